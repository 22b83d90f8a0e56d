/**
 * What can be read off a session of ours (`c/session.c`) without an engine: `HfS`, a version, two layout bytes, length and
 * identity. Version 1 was made with a pre-shared key; version 2 with certificates, and has the SHA-256 of the peer's next.
 */
import type { PeerCertificate } from './connection.ts';

const magic = Uint8Array.of(0x48, 0x66, 0x53);
const versions = { psk: 1, certificate: 2 } as const;
const versionAt = 3;
const identityLengthAt = 6;
const identityAt = 7;
const sha256Bytes = 32;

/**
 * The PSK identity that a server's session belongs to: to refuse the sessions and tickets of an identity that was taken away.
 * Undefined when the bytes are no such session.
 */
export function sessionPeerIdentity(session: Uint8Array): Uint8Array | undefined {
  return identityOf(session, versions.psk, identityAt);
}

/** The peer whose certificate a session belongs to, in either role. Undefined when the bytes are no such session. */
export function sessionPeerCertificate(session: Uint8Array): PeerCertificate | undefined {
  const identity = identityOf(session, versions.certificate, identityAt + sha256Bytes);
  if (identity === undefined) return undefined;
  const at = identityAt + identity.length;
  return { identity, sha256: session.slice(at, at + sha256Bytes) };
}

/** Length of the session id: in the body it is behind version, role, two bytes of suite and eight of time. */
const idLengthAt = 12;

/** Whether a session can be taken up by its id: the server that made it gave it one (RFC 5246 section 7.4.1.3). */
export function sessionHasId(session: Uint8Array): boolean {
  const certificateBytes = session[versionAt] === versions.certificate ? sha256Bytes : 0;
  const at = identityAt + (session[identityLengthAt] ?? 0) + certificateBytes + idLengthAt;
  return magic.every((byte, i) => session[i] === byte) && (session[at] ?? 0) > 0;
}

function identityOf(session: Uint8Array, version: number, bytesMin: number): Uint8Array | undefined {
  const length = session[identityLengthAt] ?? 0;
  const isOurs = magic.every((byte, i) => session[i] === byte) && session[versionAt] === version;
  return isOurs && session.length >= bytesMin + length ? session.slice(identityAt, identityAt + length) : undefined;
}
