/** Who is let in with a certificate, as server and as client, and what of it outlives a restart. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { issue } from '../mbedtls-wasm/authority.ts';
import { Authority, deviceWith } from './certificates.ts';
import { at, DtlsWorld, peerOf, type Trust } from './dtls-world.ts';
import { Meeting } from './meeting.ts';

const authority = new Authority();
const year = 365 * 86_400_000;

function scene(own = authority.gateway()): { world: DtlsWorld; trust: Trust } {
  const world = new DtlsWorld(own);
  world.credentials.clear();
  world.credentials.set('meter-17', { serial: 1 });
  return { world, trust: world.trust as Trust };
}

function meeting(certificates = authority.device(), own = authority.gateway()): Meeting {
  const made = new Meeting({ certificates }, own);
  made.world.credentials.set('meter-17', { serial: 1 });
  return made;
}

/** What the gateway says of a device that is refused. */
function refusalOf(certificates: ReturnType<Authority['device']>, prepared = scene()): string {
  const { world } = prepared;
  const device = world.device({ certificates });
  device.exchange([device.hello()]);
  assert.equal(device.connection.established, false);
  const [drop] = world.looked('drop');
  return `${drop?.reason} ${drop?.identity} ${drop?.refused}`;
}

test('a device is let in by the name in its certificate, beside one with a key on the same listener', () => {
  const { world, trust } = scene();
  world.credentials.set('pump', { key: new Uint8Array(16).fill(3), serial: 7 });
  const device = world.established({ certificates: authority.device() });
  assert.deepEqual([device.say('up'), device.hears('down')], [['up'], ['down']]);
  assert.equal(trust.proofs.get('meter-17')?.sha256.length, 32);
  const pump = world.established({ identity: 'pump', key: new Uint8Array(16).fill(3), address: at('192.0.2.18') });
  assert.deepEqual([pump.say('up'), pump.hears('down')], [['up'], ['down']]);
});

test('whoever may not come in is refused, with the reason', () => {
  const stranger = new Authority('another');
  assert.equal(refusalOf(authority.device('pump')), 'certificate-refused pump not-allowed');
  const untrusted = deviceWith(issue({ commonNames: ['meter-17'], by: stranger.root }), authority.root);
  assert.equal(refusalOf(untrusted), 'certificate-refused meter-17 not-trusted');
  const nameless = deviceWith(issue({ commonNames: [], by: authority.root }), authority.root);
  assert.equal(refusalOf(nameless), 'certificate-refused undefined wrong-name');
  const illegible = authority.device('', { uris: ['meter-17'] });
  assert.equal(refusalOf(illegible), 'certificate-refused undefined wrong-name');
  const twofold = authority.device('meter-17', { commonNames: ['meter-17', 'pump'] });
  assert.equal(refusalOf(twofold), 'certificate-refused meter-17 wrong-name');
  const tooLong = authority.device('m'.repeat(300));
  assert.equal(refusalOf(tooLong), 'certificate-refused undefined wrong-name');
});

test('a name that was added with a key does not come in with a certificate, nor the other way round', () => {
  const { world, trust } = scene();
  trust.holders.clear();
  world.credentials.set('meter-17', { key: new Uint8Array(16), serial: 1 });
  assert.equal(refusalOf(authority.device(), { world, trust }), 'certificate-refused meter-17 not-allowed');
  const other = scene();
  const device = other.world.device();
  device.exchange([device.hello()]);
  assert.equal(other.world.drops()[0], 'unknown-identity meter-17');
});

test('validity counts when the clock is trusted, and only then', () => {
  const ended = authority.device('meter-17', { notAfter: '240101000000Z' });
  assert.equal(refusalOf(ended), 'certificate-refused meter-17 not-valid-now');
  const { world, trust } = scene();
  trust.isClockTrusted = false;
  assert.deepEqual(world.established({ certificates: ended }).say('up'), ['up']);
});

test('a chain without its key proves nothing', () => {
  const { world, trust } = scene();
  // The engine does not take a key that is another one: the certificate is exchanged on the way.
  const own = issue({ commonNames: ['meter-17'], by: authority.root });
  let { der } = issue({ commonNames: ['meter-17'], by: authority.root });
  // Signatures differ in length.
  while (der.length !== own.der.length) ({ der } = issue({ commonNames: ['meter-17'], by: authority.root }));
  const device = world.device({ certificates: deviceWith(own, authority.root) });
  const flight = device.hello();
  const exchanged = (bytes: Uint8Array): Uint8Array => replaced(bytes, own.der, der);
  const waiting = [flight];
  for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
    for (const datagram of world.receive(device.address, exchanged(next))) waiting.push(...device.take(datagram));
  }
  assert.equal(device.connection.established, false);
  assert.equal(trust.proofs.size, 0);
  assert.equal(world.drops()[0], 'certificate-refused meter-17');
});

test('sessions and tickets are taken up with the certificate that was proved last, and no other', () => {
  for (const tickets of [false, true]) {
    const { world, trust } = scene();
    const certificates = authority.device();
    const session = world.established({ certificates, tickets }).connection.exportSession();
    assert.ok(session);
    world.restart([]);
    const back = world.established({ certificates, tickets, session });
    assert.deepEqual([back.connection.resumed, back.say('up')], [true, ['up']]);
    assert.equal(world.looked('established').length, 0);

    world.established({ certificates: authority.device(), tickets });
    assert.equal(world.established({ certificates, tickets, session }).connection.resumed, false);

    const proof = trust.proofs.get('meter-17');
    assert.ok(proof);
    world.clock.wallMs = proof.endsAtWall + 1;
    const late = world.device({ certificates, tickets, session });
    late.exchange([late.hello()]);
    assert.equal(late.connection.established, false, 'the certificate has ended meanwhile');
  }
});

test('a connection outlives a restart, but not the trust that it was made in', () => {
  const { world, trust } = scene();
  const device = world.established({ certificates: authority.device() });
  world.clock.wallMs += 100 * year;
  world.restart();
  assert.deepEqual([device.say('up'), device.hears('down')], [['up'], ['down']], 'also when the certificate has ended');
  const kept = world.kept();
  trust.own = authority.gateway([new Authority('another').anchor, authority.anchor]);
  world.restart(kept);
  assert.deepEqual(device.say('up'), ['up'], 'another anchor beside it does no harm');
  const again = world.kept();
  trust.own = authority.gateway([new Authority('another').anchor]);
  world.restart(again);
  assert.deepEqual(device.say('up'), []);
});

test('a connection that was made with another certificate than the one proved last is not taken up', () => {
  const { world } = scene();
  const first = world.established({ certificates: authority.device() });
  const old = world.kept();
  const second = world.established({ certificates: authority.device(), address: at('192.0.2.18') });
  assert.deepEqual(first.say('up'), ['up'], 'before a restart it goes on beside the other');
  const older = old.map(({ snapshot }) => snapshot.id);
  const newer = world.kept().filter(({ snapshot }) => !older.includes(snapshot.id));
  world.restart([...old, ...newer]);
  assert.deepEqual([first.say('up'), second.say('up')], [[], ['up']]);
  world.restart(old);
  assert.deepEqual(first.hears('down'), [], 'nor does anything go out over it');
});

test('an anchor is known by its name as the engine knows it: in another kind of string, and in other case', () => {
  const printable = 0x13;
  const { name } = issue({ commonNames: ['AUTHORITY'], commonNameTag: printable });
  const certificates = deviceWith(
    issue({ commonNames: ['meter-17'], by: { ...authority.root, name } }),
    authority.root,
  );
  const other = new Authority('another').anchor;
  const { world, trust } = scene(authority.gateway([other, authority.anchor]));
  const device = world.established({ certificates });
  assert.deepEqual(trust.proofs.get('meter-17')?.anchors, [authority.anchor.sha256]);
  trust.own = authority.gateway();
  world.restart();
  assert.deepEqual(device.say('up'), ['up']);
});

test('where no name of an anchor is known again, the trust in every one of them counts', () => {
  const { name } = authority.root;
  // The same name in another encoding: a length of one byte written in two.
  const long = Buffer.concat([Buffer.of(0x30, 0x81, name[1] as number), name.subarray(2)]);
  const certificates = deviceWith(
    issue({ commonNames: ['meter-17'], by: { ...authority.root, name: long } }),
    authority.root,
  );
  const other = new Authority('another').anchor;
  const { world, trust } = scene(authority.gateway([other, authority.anchor]));
  const device = world.established({ certificates });
  world.restart();
  assert.deepEqual(device.say('up'), ['up']);
  const kept = world.kept();
  trust.own = authority.gateway();
  world.restart(kept);
  assert.deepEqual(device.say('up'), [], 'the one that is gone may have been its own');
});

test('the gateway shakes hands with a device that has a certificate, in full and abbreviated', () => {
  const made = meeting();
  assert.equal(made.connect(), undefined);
  made.deliverAll();
  assert.deepEqual([made.say('up'), made.hears('down')], [['up'], ['down']]);
  made.world.restart();
  assert.deepEqual([made.hears('down'), made.say('up')], [['down'], ['up']], 'it is restored in its role');
  made.world.restart([]);
  assert.equal(made.world.endpoint.canResume('meter-17'), true);
  made.connect();
  made.deliverAll();
  assert.deepEqual([made.device.handshakes, made.device.resumptions], [2, 1]);
  assert.deepEqual([made.say('up'), made.hears('down')], [['up'], ['down']]);
  const [association] = made.world.endpoint.routes.ofPeer(peerOf('meter-17'));
  assert.equal(association?.role, 'client');
});

test('the session of a handshake that the device began serves the gateway too', () => {
  const made = meeting();
  made.device.open();
  made.deliverAll();
  made.world.restart([]);
  made.connect();
  made.deliverAll();
  assert.equal(made.device.handshakes, 2);
  assert.deepEqual([made.say('up'), made.hears('down')], [['up'], ['down']]);
});

test('whoever answers with the certificate of another device is refused, and told', () => {
  const made = meeting(authority.device('pump'));
  made.world.trust?.holders.add('pump');
  made.connect();
  made.deliverAll();
  assert.deepEqual([made.established, made.failures], [0, ['refused']]);
  assert.equal(made.world.endpoint.canResume('meter-17'), false);
});

test('no session is offered to a device that is not trusted any more', () => {
  const made = meeting();
  made.connect();
  made.deliverAll();
  const { trust } = made.world;
  assert.ok(trust);
  trust.own = authority.gateway([new Authority('another').anchor]);
  made.world.restart([]);
  assert.equal(made.world.endpoint.canResume('meter-17'), false);
  made.connect();
  made.deliverAll();
  assert.equal(made.established, 1, 'nor is its certificate taken');
});

test('both sides may begin at once', () => {
  const made = meeting();
  made.connect();
  made.device.open();
  made.deliverAll();
  made.pass(70_000);
  assert.deepEqual([made.say('up'), made.hears('down')], [['up'], ['down']]);
});

/** The bytes with one part in place of another of the same length. */
function replaced(bytes: Uint8Array, from: Uint8Array, to: Uint8Array): Uint8Array {
  const found = Buffer.from(bytes).indexOf(from);
  if (found < 0 || from.length !== to.length) return bytes;
  const changed = bytes.slice();
  changed.set(to, found);
  return changed;
}
