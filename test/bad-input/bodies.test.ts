/** Bodies that are too long, in one message or in blocks: 4.13, and no more of them is kept than the limits say. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Packet, ParsedPacket } from 'coap-packet';
import { address } from '../../src/base/address.ts';
import { limits } from '../../src/base/limits.ts';
import { parsePath, type ResourcePath } from '../../src/lwm2m/path.ts';
import { dropped, inScene } from './scene.ts';
import { post, register, Stranger } from './stranger.ts';

const elsewhere = address('198.51.100.66', 4_000);
const blockBytes = 1_024;
const good = 'ep=stranger&lt=600&lwm2m=1.1&b=U';

test('a Register longer than the limit of a peer gets 4.13 at the block that goes beyond it', () => {
  inScene(61, ({ world }) => {
    const stranger = new Stranger(world, elsewhere, false);
    const answers = upload(stranger, post(`/rd?${good}`), limits.bodyBytesPerPeerMax + blockBytes);
    assert.equal(answers.at(-1)?.code, '4.13');
    assert.equal(answers.length, limits.bodyBytesPerPeerMax / blockBytes + 1);
    assert.ok(answers.slice(0, -1).every(({ code }) => code === '2.31'));
    const size = answers.at(-1)?.options.find(({ name }) => String(name) === 'Size1' || String(name) === '60');
    assert.equal(Number(`0x${(size?.value as Buffer | undefined)?.toString('hex')}`), limits.bodyBytesPerPeerMax);
    assert.equal(stranger.asks(register('stranger')).code, '2.01', 'a right one is taken');
    stranger.free();
  });
});

test('a list of more links than we take gets 4.13, whole as it is', () => {
  inScene(62, ({ world }) => {
    const stranger = new Stranger(world, elsewhere, false);
    const links = Array.from({ length: limits.objectLinksMax + 1 }, (_, i) => `</9/${i}>`).join(',');
    const answers = upload(stranger, post(`/rd?${good}`), links.length, links);
    assert.equal(answers.at(-1)?.code, '4.13');
    stranger.free();
  });
});

test('a Send longer than the limit gets 4.13, one within it is taken in blocks', () => {
  inScene(63, ({ world }) => {
    const stranger = new Stranger(world, elsewhere, false);
    stranger.asks(register('stranger'));
    const before = world.loggedReports().length;
    const long = upload(stranger, post('/dp', '', 110), limits.bodyBytesPerPeerMax * 2);
    assert.equal(long.at(-1)?.code, '4.13');
    assert.equal(world.loggedReports().length, before);
    const body = JSON.stringify(Array.from({ length: 200 }, (_, i) => ({ n: '/3/0/9', v: i, t: i - 200 })));
    assert.equal(upload(stranger, post('/dp', '', 110), body.length, body).at(-1)?.code, '2.04');
    assert.equal(world.loggedReports().length, before + 1);
    stranger.free();
  });
});

test('a block far beyond the limit gets 4.13 and costs nothing', () => {
  inScene(64, ({ world }) => {
    const stranger = new Stranger(world, elsewhere, false);
    const payload = Buffer.alloc(blockBytes, 0x20);
    for (const number of [64, 1_000, 0xfffff]) {
      const packet = withBlock(post(`/rd?${good}`), number, true);
      assert.equal(stranger.asks({ ...packet, payload }).code, '4.13', `${number}`);
    }
    const far = withBlock(post(`/rd?${good}`), 5, true);
    assert.equal(stranger.asks({ ...far, payload }).code, '4.08', 'a block in the middle of nothing');
    const short = withBlock(post(`/rd?${good}`), 0, true);
    assert.equal(stranger.asks({ ...short, payload: payload.subarray(1) }).code, '4.00', 'a block that is not full');
    stranger.free();
  });
});

test('a peer has so many uploads under way and so many bytes of them; others are served meanwhile', () => {
  inScene(65, ({ world }) => {
    const stranger = new Stranger(world, elsewhere, false);
    const codes = [];
    for (let i = 0; i <= limits.transfersPerPeerMax; i++) {
      codes.push(
        stranger.asks({ ...withBlock(post(`/rd?${good}&n=${i}`), 0, true), payload: Buffer.alloc(blockBytes) }).code,
      );
    }
    assert.deepEqual(codes, [...Array(limits.transfersPerPeerMax).fill('2.31'), '5.03']);
    // All of them together have one limit.
    let more = 0;
    for (let number = 1; codes.at(-1) !== '4.13' && number < 100; number++) {
      for (let i = 0; i < limits.transfersPerPeerMax && codes.at(-1) !== '4.13'; i++) {
        const packet = withBlock(post(`/rd?${good}&n=${i}`), number, true);
        codes.push(stranger.asks({ ...packet, payload: Buffer.alloc(blockBytes) }).code);
        more++;
      }
    }
    assert.equal(more, limits.bodyBytesPerPeerMax / blockBytes - limits.transfersPerPeerMax + 1);
    const other = new Stranger(world, address('198.51.100.67', 4_000), false);
    assert.equal(upload(other, post(`/rd?${good}`), 2_048, `</3/0>${','.padEnd(2_035)}</1/0>`).at(-1)?.code, '2.01');
    stranger.free();
    other.free();
  });
});

test('uploads of many peers have a limit in all, and it is free again after their time', () => {
  inScene(66, ({ world }) => {
    const begin = (i: number) => {
      const stranger = new Stranger(world, address(`198.51.100.${i % 200}`, 4_000 + i), false);
      const packet = withBlock(post(`/rd?${good}`), 0, true);
      const response = stranger.asks({ ...packet, payload: Buffer.alloc(blockBytes) });
      stranger.free();
      return response.code;
    };
    for (let i = 0; i < limits.transfersMax; i++) assert.equal(begin(i), '2.31');
    assert.equal(begin(limits.transfersMax), '5.03');
    assert.ok(dropped(world, 'too-many-exchanges') > 0);
    world.run(limits.exchangeLifetimeMs + 1_000);
    assert.equal(begin(limits.transfersMax + 1), '2.31');
  });
});

test('an answer to a Read that never ends is given up at its limit, and others are served', () => {
  inScene(67, ({ world }) => {
    const stranger = new Stranger(world, elsewhere, false);
    stranger.asks(register('stranger'));
    stranger.messages.length = 0;
    world.events.length = 0;
    const operation = { verb: 'read', path: parsePath('/3/0') as ResourcePath } as const;
    world.operate({ kind: 'operate', endpoint: 'stranger', operation, expiresMs: 3_600_000 });
    const ended = () => world.events.find((event) => event.kind === 'operation' && event.operation.state === 'failed');
    let blocks = 0;
    for (; ended() === undefined && blocks <= limits.bodyBytesPerPeerMax / blockBytes + 1; blocks++) {
      world.run(5_000, () => stranger.messages.length > 0);
      const asked = stranger.messages.shift();
      assert.equal(asked?.code, '0.01');
      const options = [{ name: 'Block2' as const, value: blockValue(blocks, true) }];
      stranger.says({
        ...asked,
        ack: true,
        confirmable: false,
        code: '2.05',
        options,
        payload: Buffer.alloc(blockBytes),
      });
      world.run(30);
    }
    assert.ok(ended());
    assert.equal(blocks, limits.bodyBytesPerPeerMax / blockBytes + 1);
    stranger.free();
  });
});

/** Sends a body in blocks until something else than 2.31 comes. Returns all responses. */
function upload(stranger: Stranger, packet: Packet, bytes: number, text = ' '.repeat(bytes)): ParsedPacket[] {
  const body = Buffer.from(text);
  const answers: ParsedPacket[] = [];
  for (let at = 0; at < bytes; at += blockBytes) {
    const payload = body.subarray(at, at + blockBytes);
    answers.push(stranger.asks({ ...withBlock(packet, at / blockBytes, at + blockBytes < bytes), payload }));
    if (answers.at(-1)?.code !== '2.31') break;
  }
  return answers;
}

/** The same message with a Block1 of 1,024 bytes (RFC 7959 section 2.2). */
function withBlock(packet: Packet, number: number, more: boolean): Packet {
  return { ...packet, options: [...(packet.options ?? []), { name: 'Block1', value: blockValue(number, more) }] };
}

function blockValue(number: number, more: boolean): Buffer {
  const value = number * 16 + (more ? 8 : 0) + 6;
  return Buffer.from([value >> 16, (value >> 8) & 0xff, value & 0xff]);
}
