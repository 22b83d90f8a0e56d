/** Handshakes with certificates on both sides: every suite, chains, the caller's decision, and the ways in which one fails. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import {
  type CertificateOptions,
  type ChainDecision,
  type ChainFinding,
  type ClientEndpoint,
  type Connection,
  certificateSuites,
  type DtlsError,
  type PeerChain,
  type ServerEndpoint,
  type Suite,
} from 'mbedtls-wasm';
import { type Issued, type IssueOptions, issue } from './authority.ts';
import {
  connect,
  establish,
  firstDatagram,
  freePair,
  identity,
  imported,
  key,
  makeEngine,
  serverConnectionId,
  talk,
  text,
  transportId,
  utf8,
} from './pair.ts';

const root = issue({ commonNames: ['root'], isAuthority: true });
const gateway = issue({ commonNames: ['gateway'], by: root });
const device = issue({ commonNames: ['meter-17'], by: root });
const suites: readonly Suite[] = ['TLS_ECDHE_ECDSA_WITH_AES_128_CCM_8'];
const accept = (): ChainDecision => ({ identity: utf8('somebody') });

/** The options of one end: who it is, whom it trusts, and what it says to its peer's chain. */
function end(own: Issued, rest: Partial<CertificateOptions> = {}): { certificates: CertificateOptions } {
  return {
    certificates: { chain: [own.der], privateKey: own.privateKey, trustAnchors: [root.der], decide: accept, ...rest },
  };
}

const sha256 = (der: Uint8Array): Uint8Array => Uint8Array.from(createHash('sha256').update(der).digest());

for (const suite of certificateSuites) {
  test(`a handshake with ${suite} carries data both ways`, () => {
    const decide = (peer: PeerChain): ChainDecision => {
      assert.deepEqual(peer.findings, []);
      return { identity: utf8(peer.certificates.length === 1 ? 'one certificate' : 'more') };
    };
    const pair = establish({
      server: { suites: [suite], ...end(gateway, { decide }) },
      client: { suites: [suite], ...end(device, { decide }) },
    });
    assert.equal(pair.server.suite, suite);
    assert.deepEqual(pair.server.peerCertificate, { identity: utf8('one certificate'), sha256: sha256(device.der) });
    assert.deepEqual(pair.client.peerCertificate, { identity: utf8('one certificate'), sha256: sha256(gateway.der) });
    assert.equal(pair.server.peerIdentity, undefined);
    talk(pair);
    freePair(pair);
  });
}

test('a server with both kinds of suites takes clients of both kinds', () => {
  const engine = makeEngine();
  const psk = (named: Uint8Array): Uint8Array | undefined => (text(named) === text(identity) ? key : undefined);
  const both: readonly Suite[] = [...suites, 'TLS_PSK_WITH_AES_128_CCM_8'];
  const server = { suites: both, psk, ...end(gateway) };
  const withKey = establish({ engine, server });
  assert.deepEqual(withKey.server.peerIdentity, identity);
  assert.equal(withKey.server.peerCertificate, undefined);
  talk(withKey);
  const withCertificate = establish({ engine, server, client: { suites, ...end(device) } });
  assert.equal(withCertificate.server.peerIdentity, undefined);
  assert.deepEqual(withCertificate.server.peerCertificate?.identity, utf8('somebody'));
  talk(withCertificate);
  assert.equal(withCertificate.client.peerCertificate?.sha256.length, 32);
});

test('a chain of four with keys on P-384 above the first is verified, its root not sent', () => {
  const top = issue({ commonNames: ['top'], isAuthority: true, curve: 'secp384r1' });
  const middle = issue({ commonNames: ['middle'], isAuthority: true, by: top, curve: 'secp384r1' });
  const lower = issue({ commonNames: ['lower'], isAuthority: true, by: middle, curve: 'secp384r1' });
  const leaf = issue({ by: lower });
  const seen: PeerChain[] = [];
  const decide = (peer: PeerChain): ChainDecision => {
    seen.push(peer);
    return accept();
  };
  const chain = [leaf.der, lower.der, middle.der];
  const pair = establish({
    server: { suites, ...end(gateway, { trustAnchors: [top.der], decide }) },
    client: { suites, ...end(leaf, { chain }), mtu: 256 },
  });
  talk(pair);
  assert.deepEqual(seen, [{ certificates: chain, findings: [] }]);
});

test('a chain of nearly 2,000 bytes travels', () => {
  const long = issue({ by: root, ballast: 1_500 });
  assert.ok(long.der.length > 1_800);
  talk(establish({ server: { suites, ...end(gateway) }, client: { suites, ...end(long), mtu: 256 } }));
});

for (const [what, peer, findings] of [
  ['a stranger', { own: issue() }, ['not-trusted']],
  ['a chain whose middle is no authority', chainOver({}), ['not-trusted']],
  ['a chain over an authority that may sign none', chainOver({ isAuthority: true, keyUsage: 0x80 }), ['not-trusted']],
  ['a chain over a good authority', chainOver({ isAuthority: true, keyUsage: 0x04 }), []],
  ['a key that may not sign', { own: issue({ by: root, keyUsage: 0x08 }) }, ['key-usage']],
  ["a server's certificate", { own: issue({ by: root, extendedKeyUsage: 1 }) }, ['extended-key-usage']],
  ["a client's certificate", { own: issue({ by: root, extendedKeyUsage: 2 }) }, []],
] as const satisfies readonly (readonly [string, { own: Issued; chain?: Uint8Array[] }, readonly ChainFinding[]])[]) {
  test(`${what} comes to the decision with what was found, and may be accepted all the same`, () => {
    const found: (readonly ChainFinding[])[] = [];
    const decide = (chain: PeerChain): ChainDecision => {
      found.push(chain.findings);
      return accept();
    };
    const own = end(peer.own, 'chain' in peer && peer.chain ? { chain: peer.chain } : {});
    talk(establish({ server: { suites, ...end(gateway, { decide }) }, client: { suites, ...own } }));
    assert.deepEqual(found, [findings]);
  });
}

test('a path over more than four authorities is refused without a decision', () => {
  const chain: Uint8Array[] = [];
  let by = root;
  for (let depth = 0; depth < 5; depth++) {
    by = issue({ commonNames: [`${depth}`], isAuthority: true, by });
    chain.unshift(by.der);
  }
  const own = issue({ by, commonNames: ['own'] });
  const asked = end(gateway, { decide: () => assert.fail('a decision was asked for') });
  assert.equal(failure(asked, end(own, { chain: [own.der, ...chain] })).error.kind, 'certificate-refused');
});

for (const [refused, alert] of [
  ['not-valid-now', 45],
  ['revoked', 44],
  ['wrong-name', 42],
  ['not-trusted', 48],
  ['not-allowed', 49],
  ['unsupported', 43],
] as const) {
  test(`a refusal because it is ${refused} ends the handshake with alert ${alert}`, () => {
    const { error, atPeer } = failure(end(gateway, { decide: () => ({ refused }) }), end(device));
    assert.equal(error.kind, 'certificate-refused');
    assert.equal(error.alert, alert);
    assert.equal(atPeer?.kind, 'fatal-alert');
    assert.equal(atPeer?.alert, alert);
  });
}

test("a client refuses a server's chain as well", () => {
  const { error } = failure(end(gateway), end(device, { decide: () => ({ refused: 'wrong-name' }) }));
  assert.equal(error.kind, 'fatal-alert');
  assert.equal(error.alert, 42);
});

test('a certificate whose key the peer cannot show to have is refused, and so is none', () => {
  const signature = (flight: Uint8Array): Uint8Array => {
    const changed = Uint8Array.from(flight);
    const verify = Buffer.from(flight).indexOf(Buffer.of(...[0x16, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 0, 4]));
    changed[verify + 60] = (changed[verify + 60] ?? 0) ^ 1;
    return changed;
  };
  const none = (flight: Uint8Array): Uint8Array => {
    const [head, lengths] = [flight.slice(0, 11), Buffer.of(0, 15, 11, 0, 0, 3, 0, 2, 0, 0, 0, 0, 0, 3, 0, 0, 0)];
    return Uint8Array.of(...head, ...lengths);
  };
  assert.equal(failureOfFlight(signature).mbedtlsName, 'MBEDTLS_ERR_ECP_VERIFY_FAILED');
  assert.equal(failureOfFlight(none).mbedtlsName, 'MBEDTLS_ERR_SSL_NO_CLIENT_CERTIFICATE');
  for (const change of [signature, none]) assert.equal(failureOfFlight(change).kind, 'certificate-refused');
});

/** How a server's handshake ends when the client's flight with the certificate is changed on its way. */
function failureOfFlight(change: (flight: Uint8Array) => Uint8Array): DtlsError {
  const engine = makeEngine();
  const endpoint = engine.serverEndpoint({ suites, connectionIdLength: 8, ...end(gateway) });
  const { server, client, toClient } = greeted(endpoint, engine.clientEndpoint({ suites, ...end(device) }));
  const { ended } = server.receive(change(firstDatagram(client.receive(toClient))));
  assert.ok(ended);
  return ended;
}

test('what a decision throws comes out of the call that needed it', () => {
  const decide = (): never => {
    throw new Error('a mistake of the caller');
  };
  assert.throws(() => failure(end(gateway, { decide }), end(device)), /a mistake of the caller/);
  assert.throws(() => failure(end(gateway, { decide: () => ({ identity: utf8('') }) }), end(device)), RangeError);
});

test('certificates, anchors and keys that cannot be used are refused with their place', () => {
  const server = (rest: Partial<CertificateOptions>): void =>
    void makeEngine().serverEndpoint({ suites, connectionIdLength: 0, ...end(gateway, rest) });
  const large = issue({ curve: 'secp384r1', by: root });
  assert.throws(() => server({ chain: [] }), /at least our own/);
  assert.throws(() => server({ chain: [gateway.der, utf8('no certificate')] }), /certificate 2 of our own chain/);
  assert.throws(() => server({ chain: [gateway.der, issue({ ballast: 1_900 }).der] }), /certificate 2.*TOO_LONG/);
  assert.throws(() => server({ trustAnchors: [root.der, new Uint8Array(5_000)] }), /trust anchor 2/);
  assert.throws(() => server({ privateKey: utf8('no key') }), /the private key/);
  assert.throws(() => server({ privateKey: device.privateKey }), /the private key.*WRONG_PRIVATE_KEY/);
  assert.throws(() => server({ chain: [large.der], privateKey: large.privateKey }), /WRONG_PRIVATE_KEY/);
  assert.throws(() => makeEngine().serverEndpoint({ suites, connectionIdLength: 0 }), /need `certificates`/);
  const pskSuite = ['TLS_PSK_WITH_AES_128_CCM_8'] as const;
  assert.throws(() => makeEngine().serverEndpoint({ suites: pskSuite, connectionIdLength: 0 }), /need `psk`/);
});

/** A handshake up to the server's flight. */
function greeted(endpoint: ServerEndpoint, clientEndpoint: ClientEndpoint) {
  const client = clientEndpoint.connect();
  const check = endpoint.checkClientHello(transportId, firstDatagram(client.start()));
  assert.ok(check.kind === 'verify');
  const server = endpoint.accept({ transportId, connectionId: serverConnectionId });
  const hello = firstDatagram(client.receive(check.datagram));
  return { server, client, toClient: firstDatagram(server.receive(hello)) };
}

test('handshakes, refused ones, resumed ones and their endpoints leave the memory as it was', () => {
  const engine = makeEngine();
  const sessions = new Map<string, Uint8Array>();
  const cache = {
    get: (id: Uint8Array) => sessions.get(String(id)),
    set: (id: Uint8Array, session: Uint8Array) => void sessions.set(String(id), session),
  };
  const round = (): void => {
    sessions.clear();
    const server = { suites, sessions: cache, ...end(gateway) };
    const pair = establish({ engine, server, client: { suites, ...end(device) } });
    const session = pair.client.exportSession();
    for (let run = 0; run < 40; run++) {
      const again = connect(pair.serverEndpoint, pair.clientEndpoint, session === undefined ? {} : { session });
      const copy = imported(pair.serverEndpoint.import(again.server.export()));
      assert.ok(again.server.resumed && copy.peerCertificate !== undefined);
      for (const connection of [copy, again.server, again.client]) connection.free();
    }
    freePair(pair);
    failure(end(gateway, { decide: () => ({ refused: 'revoked' }) }), end(device), engine);
    failure(end(gateway), end(device, { decide: () => ({ refused: 'revoked' }) }), engine);
    assert.throws(() => engine.clientEndpoint({ suites, ...end(device, { privateKey: gateway.privateKey }) }));
  };
  for (let run = 0; run < 10; run++) round();
  const before = engine.linearMemoryBytes;
  for (let run = 0; run < 240; run++) round();
  assert.equal(engine.linearMemoryBytes, before);
});

/** A device under an authority of its own, which the root has signed. */
function chainOver(authority: IssueOptions): { own: Issued; chain: Uint8Array[] } {
  const middle = issue({ commonNames: ['middle'], by: root, ...authority });
  const own = issue({ by: middle });
  return { own, chain: [own.der, middle.der] };
}

type End = { certificates: CertificateOptions };

interface Failure {
  error: DtlsError;
  atPeer: DtlsError | undefined;
}

/** What the server says of a handshake that fails, and what its peer hears of it. */
function failure(serverEnd: End, clientEnd: End, engine = makeEngine()): Failure {
  const endpoint = engine.serverEndpoint({ suites, connectionIdLength: 8, ...serverEnd });
  const clientEndpoint = engine.clientEndpoint({ suites, ...clientEnd });
  const client = clientEndpoint.connect();
  const check = endpoint.checkClientHello(transportId, firstDatagram(client.start()));
  assert.ok(check.kind === 'verify');
  const server = endpoint.accept({ transportId, connectionId: serverConnectionId });
  const found = failureBetween(server, client, firstDatagram(client.receive(check.datagram)));
  for (const each of [server, client, endpoint, clientEndpoint]) each.free();
  return found;
}

function failureBetween(server: Connection, client: Connection, hello: Uint8Array): Failure {
  const toServer = [hello];
  let atPeer: DtlsError | undefined;
  for (let datagram = toServer.shift(); datagram !== undefined; datagram = toServer.shift()) {
    const progress = server.receive(datagram);
    for (const answer of progress.datagrams) {
      const answered = client.receive(answer);
      atPeer ??= answered.ended;
      toServer.push(...answered.datagrams);
    }
    if (progress.ended) return { error: progress.ended, atPeer };
  }
  return assert.fail('the handshake did not fail');
}
