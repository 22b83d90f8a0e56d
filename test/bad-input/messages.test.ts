/** CoAP and LwM2M messages that are wrong in themselves: options, parameters, lists and values that nobody can take. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Packet } from 'coap-packet';
import { address } from '../../src/base/address.ts';
import { deviceKey } from '../simulation/gateway-process.ts';
import { Random } from '../simulation/random.ts';
import type { World } from '../simulation/world.ts';
import { dropped, inScene, refusals, statusOf } from './scene.ts';
import { locationOf, post, register, Stranger, target } from './stranger.ts';

const elsewhere = address('198.51.100.66', 4_000);
const good = 'ep=stranger&lt=600&lwm2m=1.1&b=U';

const badLists: Record<string, string | Uint8Array> = {
  'no list': '',
  'no link at all': 'meter',
  'a link without its end': '</1/0>,</3/0',
  'a comma too many': '</1/0>,,</3/0>',
  'a comma at the end': '</1/0>,',
  'an attribute without its end': '</1/0>;ver="1.0',
  'no UTF-8': Uint8Array.of(0x3c, 0x2f, 0xff, 0xfe, 0x3e),
  'no object in it': '</70000/0>',
  'an alternate path with a number': '</1>;rt="oma.lwm2m",</1/3/0>',
};

test('a Register with a wrong list of objects gets 4.00, and the operator is told why', () => {
  inScene(51, ({ world }) => {
    const stranger = connected(world);
    for (const [what, list] of Object.entries(badLists)) {
      world.run(61_000);
      world.events.length = 0;
      assert.equal(stranger.asks(post(`/rd?${good}`, list)).code, '4.00', what);
      assert.match(refusals(world)[0]?.text ?? '', /^Register refused: /, what);
    }
    assert.equal(registered(world), 3);
    assert.equal(stranger.asks(register('stranger')).code, '2.01', 'a right one is taken');
    stranger.free();
  });
});

test('an Update with a wrong list gets 4.00, and the registration is as it was', () => {
  inScene(52, ({ world }) => {
    const stranger = connected(world);
    const location = locationOf(stranger.asks(register('stranger')));
    for (const [what, list] of Object.entries(badLists)) {
      if (list.length === 0 || what === 'no object in it') continue;
      assert.equal(stranger.asks(post(location, list)).code, '4.00', what);
    }
    const answer = world.gateway.inspect({ kind: 'device', endpoint: 'stranger' });
    assert.deepEqual(answer.kind === 'device' && answer.device?.objectLinks.map(({ uri }) => uri), ['/1/0', '/3/0']);
    stranger.free();
  });
});

test('a Register with wrong parameters gets 4.00', () => {
  const wrong = {
    'no name': 'lt=600&lwm2m=1.1&b=U',
    'an empty name': 'ep=&lt=600&lwm2m=1.1&b=U',
    'two names': 'ep=a&ep=b&lt=600&lwm2m=1.1&b=U',
    'a lifetime that is no number': 'ep=a&lt=soon&lwm2m=1.1&b=U',
    'a lifetime below zero': 'ep=a&lt=-1&lwm2m=1.1&b=U',
    'a lifetime without end': 'ep=a&lt=99999999999&lwm2m=1.1&b=U',
    'no version': 'ep=a&lt=600&b=U',
    'a version that is none': 'ep=a&lt=600&lwm2m=new&b=U',
    'a binding that is none': 'ep=a&lt=600&lwm2m=1.1&b=X',
    'too many of them': `ep=a&lt=600&lwm2m=1.1&b=U&${Array.from({ length: 40 }, (_, i) => `p${i}=1`).join('&')}`,
  };
  inScene(53, ({ world }) => {
    const stranger = new Stranger(world, elsewhere, false);
    for (const [what, query] of Object.entries(wrong)) {
      assert.equal(stranger.asks(post(`/rd?${query}`, '</1/0>')).code, '4.00', what);
    }
    assert.equal(stranger.asks(post('/rd?ep=a&lt=600&lwm2m=2.0&b=U', '</1/0>')).code, '4.12');
    assert.equal(stranger.asks(post('/rd?ep=a&lt=600&lwm2m=1.1&b=U', '</1/0>', 0)).code, '4.15');
    assert.equal(registered(world), 3);
    stranger.free();
  });
});

test('a Send that cannot be read gets 4.00, and nothing of it is kept', () => {
  const json = {
    'no JSON': '[{"n":"/3/0/1","v":',
    'no list': '{"n":"/3/0/1","v":1}',
    'nothing in it': '[]',
    'no value': '[{"n":"/3/0/1"}]',
    'a name that is no path': '[{"n":"three","v":1}]',
    'a good and a bad one': '[{"n":"/3/0/9","v":1},{"n":"/3/0/x","v":1}]',
    'a label that must be understood': '[{"n":"/3/0/9","v":1,"new_":1}]',
    'very deep': `${'['.repeat(5_00)}`,
    'a number without bounds': '[{"n":"/3/0/9","v":1e999}]',
  };
  const cbor = { 'no CBOR': '\xff\xff', 'a length without bounds': '\x9b\x7f\xff\xff\xff\xff\xff\xff\xff' };
  inScene(54, ({ world }) => {
    const stranger = connected(world);
    stranger.asks(register('stranger'));
    const before = world.loggedReports().length;
    for (const [what, body] of Object.entries(json))
      assert.equal(stranger.asks(post('/dp', body, 110)).code, '4.00', what);
    for (const [what, body] of Object.entries(cbor)) {
      assert.equal(stranger.asks(post('/dp', Buffer.from(body, 'latin1'), 112)).code, '4.00', what);
    }
    assert.equal(stranger.asks(post('/dp', '1', 0)).code, '4.15');
    assert.equal(stranger.asks(post('/dp', '[{"n":"/9/0/1","v":1}]', 110)).code, '4.04', 'an object that it has not');
    world.run(5_000);
    assert.equal(world.loggedReports().length, before);
    assert.equal(stranger.asks(post('/dp', '[{"n":"/3/0/9","v":1}]', 110)).code, '2.04', 'a right one is taken');
    stranger.free();
  });
});

test('a notification that cannot be read is kept as it came', () => {
  inScene(55, ({ world, lamp }) => {
    const stranger = new Stranger(world, lamp.address, false);
    const token = lamp.observeToken as Buffer;
    world.run(1_000);
    const options = [
      { name: 'Observe' as const, value: Buffer.from([0x70, 0]) },
      { name: 'Content-Format' as const, value: Buffer.from([110]) },
    ];
    world.events.length = 0;
    const messageId = stranger.says({ code: '2.05', token, options, payload: Buffer.from('[{'), messageId: 40_000 });
    world.run(10_000);
    assert.ok(stranger.messages.some((message) => message.ack && message.messageId === messageId));
    const logged = world.events.flatMap((event) =>
      event.kind === 'logged' && event.event.kind !== 'response' ? [event.event] : [],
    );
    assert.deepEqual(logged[0]?.undecoded, { contentFormat: 110, hex: '5b7b' });
    stranger.free();
  });
});

test('critical options that are not known get 4.02, elective ones are left alone', () => {
  inScene(56, ({ world }) => {
    const stranger = new Stranger(world, elsewhere, false);
    const packet = register('stranger');
    const withOption = (name: number): Packet => ({
      ...packet,
      options: [...(packet.options ?? []), { name, value: Buffer.from('x') } as never],
    });
    for (const number of [9, 2_053, 65_001]) assert.equal(stranger.asks(withOption(number)).code, '4.02', `${number}`);
    assert.equal(registered(world), 3);
    assert.equal(stranger.asksInVain({ ...withOption(9), confirmable: false }), undefined);
    assert.equal(dropped(world, 'bad-option'), 1);
    assert.equal(
      stranger.asks({
        ...packet,
        options: [...(packet.options ?? []), { name: 'Proxy-Uri', value: Buffer.from('coap://x') }],
      }).code,
      '5.05',
    );
    assert.equal(stranger.asks(withOption(65_000)).code, '2.01');
    stranger.free();
  });
});

test('paths and methods that are not served get their error', () => {
  inScene(57, ({ world }) => {
    const stranger = connected(world);
    const wanted = {
      '0.01 /': '4.04',
      '0.01 /.well-known/core': '4.04',
      '0.01 /rd': '4.05',
      '0.01 /dp': '4.05',
      '0.02 /bs?ep=stranger': '4.04',
      '0.02 /rd/a/b': '4.04',
      '0.02 /rd/none': '4.04',
      '0.04 /rd/': '4.04',
      '0.07 /rd': '4.05',
    };
    for (const [asked, code] of Object.entries(wanted)) {
      const [method = '', path = ''] = asked.split(' ');
      assert.equal(stranger.asks({ code: method, options: target(path) }).code, code, asked);
    }
    assert.equal(stranger.asks({ code: '0.31', options: target('/rd') }).code, '4.05');
    stranger.free();
  });
});

test('a ping is answered with RST, by whomever it comes', () => {
  inScene(58, ({ world }) => {
    for (const stranger of [new Stranger(world, address('198.51.100.67', 9), false), connected(world)]) {
      stranger.saysBytes(Uint8Array.of(0x40, 0, 0x12, 0x34));
      world.run(1_000);
      const [answer] = stranger.messages;
      assert.deepEqual([answer?.reset, answer?.code, answer?.messageId], [true, '0.00', 0x1234]);
      stranger.free();
    }
  });
});

test('stray acknowledgements and resets get no answer, a stray response RST', () => {
  inScene(59, ({ world }) => {
    const stranger = connected(world);
    const random = new Random(59);
    for (let i = 0; i < 40; i++) {
      const messageId = random.between(0, 65_535);
      stranger.says({ ack: true, confirmable: false, code: '0.00', token: Buffer.alloc(0), messageId });
      stranger.says({ reset: true, confirmable: false, code: '0.00', token: Buffer.alloc(0), messageId });
      stranger.says({ ack: true, confirmable: false, code: '2.05', messageId, payload: Buffer.from('1') });
      world.run(500);
    }
    assert.equal(stranger.messages.length, 0);
    assert.equal(dropped(world, 'unmatched-acknowledgement'), 80);
    assert.equal(dropped(world, 'unmatched-reset'), 40);
    const messageId = stranger.says({ code: '2.05', payload: Buffer.from('1') });
    world.run(5_000);
    assert.ok(stranger.messages.some((message) => message.reset && message.messageId === messageId));
    // Of a device that may only be unknown since the start: RST would end an observation of its.
    stranger.asks(register('stranger'));
    stranger.messages.length = 0;
    stranger.says({ code: '2.05', payload: Buffer.from('1') });
    world.run(5_000);
    assert.equal(stranger.messages.length, 0);
    stranger.free();
  });
});

test('random messages over an established connection', () => {
  inScene(60, ({ world }) => {
    const stranger = connected(world);
    const random = new Random(60);
    for (let i = 0; i < 2_000; i++) {
      const bytes = new Uint8Array(random.between(1, random.pick([4, 20, 200])));
      random.fill(bytes);
      if (random.chance(0.8)) bytes[0] = 0x40 | ((bytes[0] as number) & 0x3f);
      if (random.chance(0.5)) bytes[1] = random.pick([1, 2, 3, 4, 5, 69, 132]);
      stranger.saysBytes(bytes);
      if (i % 10 === 9) world.run(1_000);
    }
    assert.equal(registered(world), 3);
    assert.ok(dropped(world, 'malformed-message') > 100);
    assert.ok(dropped(world, 'unknown-version') > 100);
    stranger.free();
  });
});

/** Somebody with a key of his own. */
function connected(world: World): Stranger {
  world.operate({
    kind: 'add-device',
    endpoint: 'stranger',
    identity: 'stranger',
    key: deviceKey('stranger'),
    replace: false,
  });
  world.run(5_000);
  const stranger = new Stranger(world, elsewhere, true);
  stranger.connect({ identity: 'stranger' });
  assert.ok(stranger.established);
  return stranger;
}

function registered(world: World): number {
  const { online, awake, asleep, restored, silent } = statusOf(world).devices;
  return online + awake + asleep + restored + silent;
}
