/** What can be read off a session of ours (`c/session.c`) without an engine: `HfS` 1, two layout bytes, length, identity. */

const magic = Uint8Array.of(0x48, 0x66, 0x53, 1);
const identityLengthAt = 6;
const identityAt = 7;

/**
 * The PSK identity that a server's session belongs to: to refuse the sessions and tickets of an identity that was taken away.
 * Undefined when the bytes are no session.
 */
export function sessionPeerIdentity(session: Uint8Array): Uint8Array | undefined {
  const end = identityAt + (session[identityLengthAt] ?? 0);
  const isOurs = session.length >= end && magic.every((byte, i) => session[i] === byte);
  return isOurs && session.length >= identityAt ? session.slice(identityAt, end) : undefined;
}
