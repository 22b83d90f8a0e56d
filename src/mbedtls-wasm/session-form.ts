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

/** Length of the session id: behind the identity come version, role, two bytes of suite and eight of time. */
const idLengthAfterIdentity = 12;

/** Whether a session can be taken up by its id: the server that made it gave it one (RFC 5246 section 7.4.1.3). */
export function sessionHasId(session: Uint8Array): boolean {
  const at = identityAt + (session[identityLengthAt] ?? 0) + idLengthAfterIdentity;
  return magic.every((byte, i) => session[i] === byte) && (session[at] ?? 0) > 0;
}
