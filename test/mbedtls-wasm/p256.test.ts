/** Elliptic curves: in the module, by the host's crypto, and with either that fails. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ChainDecision, Engine, HostP256, PeerChain } from 'mbedtls-wasm';
import { hostP256 } from '../../src/host/host-p256.ts';
import { type Issued, issue } from './authority.ts';
import { certificateClient, certificateServer, certificatesOf } from './certificate-pair.ts';
import { clientOptions, connect, firstDatagram, makeEngine, serverOptions, talk, transportId, utf8 } from './pair.ts';

const suites = ['TLS_ECDHE_PSK_WITH_CHACHA20_POLY1305_SHA256'] as const;
const withHost = (p256: HostP256, seed = 1): Engine => makeEngine(seed, undefined, p256);

function ends(server: Engine, client: Engine) {
  return {
    serverEndpoint: server.serverEndpoint({ ...serverOptions, suites }),
    clientEndpoint: client.clientEndpoint({ ...clientOptions, suites }),
  };
}

for (const [name, server, client] of [
  ['the server', withHost(hostP256), makeEngine(2)],
  ['the client', makeEngine(3), withHost(hostP256, 4)],
  ['both ends', withHost(hostP256, 5), withHost(hostP256, 6)],
] as const) {
  test(`the module and the host's crypto agree when ${name} has it`, () => {
    const { serverEndpoint, clientEndpoint } = ends(server, client);
    for (let run = 0; run < 40; run++) {
      const pair = connect(serverEndpoint, clientEndpoint);
      assert.equal(pair.server.suite, suites[0]);
      talk(pair);
      pair.server.free();
      pair.client.free();
    }
  });
}

test("the host's crypto is asked for each key pair and each secret", () => {
  const asked: string[] = [];
  const counting: HostP256 = {
    generate: () => {
      asked.push('generate');
      return hostP256.generate();
    },
    sharedSecret: (own, peer) => {
      asked.push('shared');
      return hostP256.sharedSecret(own, peer);
    },
  };
  const { serverEndpoint, clientEndpoint } = ends(withHost(counting), makeEngine(2));
  talk(connect(serverEndpoint, clientEndpoint));
  assert.deepEqual(asked, ['generate', 'shared']);
});

test('a host that gives a point beside the curve makes a handshake fail, and no more', () => {
  const rubbish = { ...hostP256, generate: () => ({ ...hostP256.generate(), publicKey: new Uint8Array(65).fill(4) }) };
  const { serverEndpoint, clientEndpoint } = ends(withHost(rubbish), makeEngine(2));
  const { progress } = serverFlight(serverEndpoint, clientEndpoint);
  assert.ok(progress.ended);
});

test('what the host throws comes out of the call that needed it', () => {
  const failing = {
    ...hostP256,
    generate: () => {
      throw new Error('no entropy');
    },
  };
  const { serverEndpoint, clientEndpoint } = ends(withHost(failing), makeEngine(2));
  assert.throws(() => serverFlight(serverEndpoint, clientEndpoint), /no entropy/);
});

test("a peer's point beside the curve is refused before the host sees it", () => {
  const never: HostP256 = {
    ...hostP256,
    sharedSecret: () => {
      throw new Error('the host was handed a point beside the curve');
    },
  };
  const { serverEndpoint, clientEndpoint } = ends(withHost(hostP256), withHost(never, 2));
  const { client, progress } = serverFlight(serverEndpoint, clientEndpoint);
  const flight = firstDatagram(progress);
  const point = findPoint(flight);
  flight[point + 40] = (flight[point + 40] ?? 0) ^ 1;
  assert.ok(client.receive(flight).ended);
});

test("the host's crypto verifies the signatures of chains, each once, and agrees with the module", () => {
  const top = issue({ commonNames: ['top'], isAuthority: true, curve: 'secp384r1' });
  const middle = issue({ commonNames: ['middle'], isAuthority: true, by: top, curve: 'secp384r1' });
  const own = issue({ by: middle });
  const wrong = issue({ by: { ...issue({ curve: 'secp384r1' }), name: middle.name } });
  const asked: boolean[] = [];
  const counting: HostP256 = {
    ...hostP256,
    verify: (signature) => {
      const good = hostP256.verify?.(signature) === true;
      asked.push(good);
      return good;
    },
  };
  const found = (host: HostP256 | undefined, ...devices: Issued[]) => {
    const findings: string[] = [];
    const decide = (chain: PeerChain): ChainDecision => {
      findings.push(chain.findings.join());
      return { identity: utf8('somebody') };
    };
    const certificates = { ...certificatesOf('server', decide), trustAnchors: [top.der] };
    const options = { ...serverOptions, ...certificateServer, certificates };
    const server = makeEngine(1, undefined, host).serverEndpoint(options);
    for (const { der, privateKey } of devices) {
      const client = { ...certificatesOf('client'), chain: [der, middle.der], privateKey };
      talk(
        connect(server, makeEngine(2).clientEndpoint({ ...clientOptions, ...certificateClient, certificates: client })),
      );
    }
    return findings;
  };
  assert.deepEqual(found(counting, own, own, wrong, wrong), ['', '', 'not-trusted', 'not-trusted']);
  assert.deepEqual(asked, [true, true, false, false], 'what was found good is not asked for again');
  assert.deepEqual(found(undefined, own, wrong), ['', 'not-trusted']);
});

/** What a server answers to a ClientHello with a cookie. */
function serverFlight(
  serverEndpoint: ReturnType<typeof ends>['serverEndpoint'],
  clientEndpoint: ReturnType<typeof ends>['clientEndpoint'],
) {
  const client = clientEndpoint.connect();
  const check = serverEndpoint.checkClientHello(transportId, firstDatagram(client.start()));
  assert.ok(check.kind === 'verify');
  const withCookie = firstDatagram(client.receive(check.datagram));
  assert.equal(serverEndpoint.checkClientHello(transportId, withCookie).kind, 'valid');
  const server = serverEndpoint.accept({ transportId, connectionId: new Uint8Array(8) });
  return { client, server, progress: server.receive(withCookie) };
}

/** Where the point stands in a ServerKeyExchange: behind curve type, curve 23, and length 65. */
function findPoint(flight: Uint8Array): number {
  const at = Buffer.from(flight).indexOf(Buffer.from('0300174104', 'hex'));
  assert.ok(at > 0);
  return at + 4;
}
