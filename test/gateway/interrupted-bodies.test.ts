/** Bodies in blocks that a restart of the gateway interrupts: none is taken up where it was, and none is mixed or done twice. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Packet, ParsedPacket } from 'coap-packet';
import type { DeviceOperation } from '../../src/gateway/operator.ts';
import type { ResourcePath } from '../../src/lwm2m/path.ts';
import { loggedEnds, operate, port, registered, request, restarted, stateOf, wallMs } from './operated-gateway.ts';
import { answerTo, confirmable, observedGateway, type PlainGateway } from './plain-gateway.ts';

const blockBytes = 1_024;
const text = Array.from({ length: 2_500 }, (_, i) => String.fromCharCode(97 + ((i >> 6) % 26))).join('');

test('a long Write that was cut off begins anew under another token, and arrives whole', () => {
  const gateway = registered();
  const id = operate(gateway, writing('/3300/0/5750'));
  const first = request(gateway);
  assert.deepEqual(block1Of(first), [0, true]);
  const second = answered(gateway, continued(first));
  assert.deepEqual(block1Of(second), [1, true]);
  const next = restarted(gateway, 5_000);
  next.pass(1_500);
  let asked = request(next);
  assert.deepEqual(block1Of(asked), [0, true], 'not where it was');
  assert.notDeepEqual(asked?.token, first?.token);
  let body = '';
  for (let number = 0; number < 3; number++) {
    body += asked?.payload;
    next.receive(port, continued(asked, number === 2 ? '2.04' : '2.31')).forEach((packet) => {
      asked = packet;
    });
  }
  assert.ok(body === text, `${body.length} of ${text.length}`);
  assert.equal(stateOf(next, id), 'done');
});

test('a long Write to an object that acts is in doubt, and nothing more of it leaves', () => {
  const gateway = registered();
  const id = operate(gateway, writing('/1/0/10'));
  answered(gateway, continued(request(gateway)));
  const next = restarted(gateway, 5_000);
  next.pass(60_000);
  assert.deepEqual([stateOf(next, id), request(next)], ['in-doubt', undefined]);
});

test('a long answer to a Read that was cut off is asked for anew, from its beginning', () => {
  const gateway = registered();
  const id = operate(gateway, { verb: 'read', path: '/3300/0/5750' as ResourcePath });
  const second = answered(gateway, page(request(gateway), 0));
  assert.deepEqual(block2Of(second), [1, false]);
  const next = restarted(gateway, 5_000);
  next.pass(1_500);
  const again = request(next);
  assert.equal(block2Of(again), undefined);
  const rest = answered(next, page(again, 0, '7'));
  next.receive(port, page(rest, 1, '7', '7'));
  assert.equal(stateOf(next, id), 'done');
});

test('a long Send that was cut off is told to begin anew (4.08), and is taken once', () => {
  const gateway = registered();
  const pack = `[${Array.from({ length: 60 }, (_, i) => `{"n":"/3300/0/5700/${i}","v":${i}}`).join(',')}]`;
  assert.ok(pack.length > blockBytes && pack.length < 2 * blockBytes);
  const codes: (string | undefined)[] = [];
  const sends = (to: PlainGateway, number: number) => codes.push(to.receive(port, send(pack, number))[0]?.code);
  sends(gateway, 0);
  const next = restarted(gateway, 5_000);
  for (const number of [1, 0, 1]) sends(next, number);
  assert.deepEqual(codes, ['2.31', '4.08', '2.31', '2.04']);
  const answer = next.inspect({ kind: 'events', after: 0, limit: 10 });
  assert.deepEqual(answer.kind === 'events' && answer.events.map(({ kind }) => kind), ['send']);
});

test('a long notification that was cut off was not acknowledged: it comes again, is fetched anew and logged once', () => {
  const { gateway, token } = observedGateway(port);
  const notification = confirmable({
    ...page(undefined, 0, '2'),
    token,
    ack: false,
  });
  notification.options?.unshift({ name: 'Observe', value: Buffer.of(2) });
  const [fetch] = gateway.receive(port, notification);
  assert.deepEqual(block2Of(fetch), [1, false]);
  const next = restarted(Object.assign(gateway, { bootedAtWallMs: wallMs }), 2_000);
  const [again, ...more] = next.receive(port, notification);
  assert.deepEqual([block2Of(again), more], [[1, false], []]);
  assert.notDeepEqual(again?.token, fetch?.token);
  const [acknowledgement] = next.receive(port, page(again, 1, '2', '2'));
  assert.deepEqual([acknowledgement?.code, acknowledgement?.messageId], ['0.00', notification.messageId]);
  const answer = next.inspect({ kind: 'events', after: 0, limit: 10 });
  assert.deepEqual(answer.kind === 'events' && answer.events.map(({ kind }) => kind), ['notification']);
  assert.deepEqual(loggedEnds(next), []);
});

function writing(path: string): DeviceOperation {
  const entries = [{ path: path as ResourcePath, value: { type: 'string', value: text } } as const];
  return { verb: 'write', path: path as ResourcePath, entries, replace: true };
}

/** The request that follows. */
function answered(gateway: PlainGateway, answer: Packet): ParsedPacket {
  const [next, ...more] = gateway.receive(port, answer);
  assert.ok(next !== undefined && more.length === 0);
  return next;
}

/** The device has this block of ours. */
function continued(asked: ParsedPacket | undefined, code = '2.31'): Packet {
  assert.ok(asked);
  const { value } = asked.options.find(({ name }) => name === 'Block1') ?? assert.fail('a block');
  return { ...answerTo(asked), code, options: [{ name: 'Block1', value }], payload: Buffer.alloc(0) };
}

/** A block of a long text: the first full, the second of one character. */
function page(asked: ParsedPacket | undefined, number: 0 | 1, digit = '2', payload = digit.repeat(blockBytes)): Packet {
  const options = [
    { name: 'Content-Format' as const, value: Buffer.alloc(0) },
    { name: 'Block2' as const, value: Buffer.of(number * 16 + (number === 0 ? 8 : 0) + 6) },
  ];
  return { ...(asked && answerTo(asked)), code: '2.05', options, payload: Buffer.from(payload) };
}

function send(pack: string, number: number): Packet {
  const options = [
    { name: 'Uri-Path' as const, value: Buffer.from('dp') },
    { name: 'Content-Format' as const, value: Buffer.of(110) },
    { name: 'Block1' as const, value: Buffer.of(number * 16 + (number === 0 ? 8 : 0) + 6) },
  ];
  const payload = Buffer.from(pack.slice(number * blockBytes, (number + 1) * blockBytes));
  return confirmable({ code: '0.02', options, payload });
}

function block1Of(packet: ParsedPacket | undefined): readonly [number, boolean] | undefined {
  return blockIn(packet, 'Block1');
}

function block2Of(packet: ParsedPacket | undefined): readonly [number, boolean] | undefined {
  return blockIn(packet, 'Block2');
}

function blockIn(packet: ParsedPacket | undefined, option: string): readonly [number, boolean] | undefined {
  const value = packet?.options.find(({ name }) => name === option)?.value;
  if (value === undefined) return undefined;
  const number = [...value].reduce((sum, byte) => sum * 256 + byte, 0);
  return [number >> 4, (number & 8) !== 0];
}
