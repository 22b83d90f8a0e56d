/** Names that somebody chose to do harm, or only foolishly: they are kept as they are, over a restart, and harm nobody. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { address } from '../../src/base/address.ts';
import { utf8Encode } from '../../src/base/bytes.ts';
import type { DeviceDetail } from '../../src/gateway/views.ts';
import { parsePath, type ResourcePath } from '../../src/lwm2m/path.ts';
import { deviceKey } from '../simulation/gateway-process.ts';
import type { World } from '../simulation/world.ts';
import { inScene, restart } from './scene.ts';
import { locationOf, post, Stranger, target } from './stranger.ts';

const names = {
  slashes: '../../etc/passwd',
  'a path of ours': 'rd/../cr/meter',
  'percent signs': '%2F%00%zz%',
  'control characters': 'a\u0000b\r\nc\u001b[2Jd\u007f',
  'as long as a parameter may be': 'n'.repeat(252),
  'long in another script': '路'.repeat(84),
  'right to left, emoji and combining': '\u202emeter\u202c 🔌 e\u0301',
  'a name of every object': '__proto__',
  'another one': 'constructor',
  'a key of another record': 'as/meter',
  blanks: '   ',
  quotes: `"';DROP TABLE--<script>`,
};

test('hostile endpoint names register, are listed, send and survive a restart', () => {
  inScene(91, ({ world }) => {
    const strangers = Object.entries(names).map(([what, name], i) => {
      const stranger = new Stranger(world, address('198.51.100.66', 4_000 + i), false);
      const response = stranger.asks(registerAs(name));
      assert.equal(response.code, '2.01', what);
      world.operate({ kind: 'observe', endpoint: name, path: parsePath('/3/0/9') as ResourcePath });
      return { what, name, stranger, location: locationOf(response) };
    });
    world.run(5_000);
    const before = strangers.map(({ name }) => essence(world, name));
    restart(world);
    assert.deepEqual(
      strangers.map(({ name }) => essence(world, name)),
      before,
    );
    assert.deepEqual(world.disk.quarantine, []);
    for (const { what, name, stranger, location } of strangers) {
      assert.equal(stranger.asks(post(location)).code, '2.04', what);
      assert.equal(stranger.asks(post('/dp', '[{"n":"/3/0/9","v":1}]', 110)).code, '2.04', what);
      assert.ok(
        world.loggedReports().some(({ device }) => device === name),
        what,
      );
      assert.equal(stranger.asks({ code: '0.04', options: target(location) }).code, '2.02', what);
      stranger.free();
    }
  });
});

test('a name that is longer than its bytes, or no UTF-8, is refused', () => {
  inScene(92, ({ world }) => {
    const stranger = new Stranger(world, address('198.51.100.66', 4_000), false);
    const bad = registerAs('');
    const options = (bad.options ?? []).filter(({ value }) => !String(value).startsWith('ep='));
    const withName = (value: Buffer) => ({ ...bad, options: [...options, { name: 'Uri-Query' as const, value }] });
    assert.equal(stranger.asks(withName(Buffer.from([...Buffer.from('ep='), 0xc3, 0x28]))).code, '4.02');
    assert.equal(stranger.asks(withName(Buffer.from(`ep=${'n'.repeat(253)}`))).code, '4.02');
    assert.equal(stranger.asks(withName(Buffer.from('ep='))).code, '4.00');
    stranger.free();
  });
});

test('hostile names with a key: as identity, over DTLS, over a restart', () => {
  inScene(93, ({ world }) => {
    for (const [what, name] of Object.entries(names)) {
      if (utf8Encode(name).length > 128) continue;
      world.operate({ kind: 'add-device', endpoint: name, identity: name, key: deviceKey(name), replace: false });
      world.run(5_000);
      const stranger = new Stranger(world, address('198.51.100.66', 4_000), true);
      stranger.connect({ identity: name });
      const response = stranger.asks(registerAs(name));
      assert.equal(response.code, '2.01', what);
      world.run(1_000);
      restart(world);
      assert.equal(stranger.asks(post(locationOf(response))).code, '2.04', what);
      stranger.free();
    }
    assert.deepEqual(world.disk.quarantine, []);
  });
});

test('hostile attributes and parameters survive a restart as they are', () => {
  inScene(94, ({ world }) => {
    const stranger = new Stranger(world, address('198.51.100.66', 4_000), false);
    const list = '</1/0>;__proto__="x";constructor;ver="\\"1.0\\"",</3/0>';
    const response = stranger.asks(post('/rd?ep=odd&lt=600&lwm2m=1.1&b=U&__proto__=x&toString&hasOwnProperty=1', list));
    assert.equal(response.code, '2.01');
    world.run(5_000);
    const before = essence(world, 'odd');
    assert.deepEqual(Object.keys(before?.additionalAttributes ?? {}), ['__proto__', 'toString', 'hasOwnProperty']);
    restart(world);
    assert.deepEqual(essence(world, 'odd'), before);
    assert.equal(stranger.asks(post(locationOf(response))).code, '2.04');
    stranger.free();
  });
});

test('names that differ in their bytes only are different devices', () => {
  inScene(95, ({ world }) => {
    const composed = new Stranger(world, address('198.51.100.66', 1), false);
    const decomposed = new Stranger(world, address('198.51.100.66', 2), false);
    composed.asks(registerAs('\u00e9'));
    decomposed.asks(registerAs('e\u0301'));
    const upper = new Stranger(world, address('198.51.100.66', 3), false);
    upper.asks(registerAs('METER'));
    restart(world);
    for (const name of ['\u00e9', 'e\u0301', 'METER', 'meter']) assert.ok(essence(world, name)?.registrationId, name);
    for (const one of [composed, decomposed, upper]) one.free();
  });
});

/** A Register whose name is taken as it is. */
function registerAs(name: string) {
  const packet = post('/rd?lt=600&lwm2m=1.1&b=U', '</1/0>,</3/0>');
  return {
    ...packet,
    options: [...(packet.options ?? []), { name: 'Uri-Query' as const, value: Buffer.from(`ep=${name}`) }],
  };
}

/** What a restart must not change. */
function essence(world: World, endpoint: string) {
  const answer = world.gateway.inspect({ kind: 'device', endpoint });
  const device = (answer as Extract<typeof answer, { kind: 'device' }>).device as DeviceDetail | undefined;
  if (device === undefined) return undefined;
  const { registrationId, lifetimeSeconds, objectLinks, additionalAttributes, observations } = device;
  return {
    endpoint: device.endpoint,
    registrationId,
    lifetimeSeconds,
    objectLinks,
    additionalAttributes,
    observations,
  };
}
