/**
 * Damaged chains for a server that waits for one: the message around them is whole, so that each chain is taken apart, by the
 * module and, when that has found certificates in it, by whoever decides.
 */
import assert from 'node:assert/strict';
import type { ClientEndpoint, ServerEndpoint } from 'mbedtls-wasm';
import { keptCertificate } from './certificate-pair.ts';
import { damaged } from './damage.ts';
import { firstDatagram, serverConnectionId, transportId } from './pair.ts';

const certificates = ['client', 'authority', 'server'].map(keptCertificate);
const handshakeType = 22;
const certificateType = 11;
/** Behind two ClientHellos. */
const messageSequence = 2;
const recordSequence = 9;

/** One handshake up to the server's flight, and one chain. How it ended, by mbedTLS's name; undefined: it was accepted. */
export function offerChain(server: ServerEndpoint, client: ClientEndpoint, next: () => number): string | undefined {
  const peer = client.connect();
  const check = server.checkClientHello(transportId, firstDatagram(peer.start()));
  assert.ok(check.kind === 'verify');
  const connection = server.accept({ transportId, connectionId: serverConnectionId });
  const hello = firstDatagram(peer.receive(check.datagram));
  assert.ok(connection.receive(hello).datagrams.length > 0);
  const progress = connection.receive(certificateMessage(damagedChain(next)));
  connection.free();
  peer.free();
  return progress.ended?.mbedtlsName ?? progress.dropped?.mbedtlsName;
}

/** One to three certificates, of which one is damaged in one or two places. */
function damagedChain(next: () => number): Uint8Array {
  const chain = certificates.slice(0, 1 + Math.floor(next() * certificates.length));
  const place = Math.floor(next() * chain.length);
  const changed = chain.map((bytes, i) =>
    i !== place ? bytes : next() < 0.2 ? damaged(certificates, next) : bent(bytes, next),
  );
  return Buffer.concat(changed.flatMap((bytes) => [length24(bytes.length), bytes]));
}

/** Changes single bytes only: most of what is read is still in its place. */
function bent(bytes: Uint8Array, next: () => number): Uint8Array {
  const copy = Uint8Array.from(bytes);
  for (let times = next() < 0.5 ? 1 : 2; times > 0; times--) copy[Math.floor(next() * copy.length)] = next() * 256;
  return copy;
}

function certificateMessage(list: Uint8Array): Uint8Array {
  const body = Buffer.concat([length24(list.length), list]);
  const length = length24(body.length);
  const message = Buffer.concat([
    Buffer.of(certificateType),
    length,
    Buffer.of(0, messageSequence, 0, 0, 0),
    length,
    body,
  ]);
  const head = Buffer.of(handshakeType, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 0, recordSequence);
  return Uint8Array.from(Buffer.concat([head, Buffer.of(message.length >> 8, message.length & 255), message]));
}

function length24(length: number): Buffer {
  return Buffer.of(length >> 16, (length >> 8) & 255, length & 255);
}
