/** Events about messages that peers sent by themselves. */
import type { CoapEvent } from './output.ts';
import { type ReceivedMessage, tokenOf } from './received-message.ts';
import type { IncomingResponse } from './response.ts';

export function notificationEvent(
  received: ReceivedMessage,
  token: Uint8Array,
  fresh: boolean,
  response: IncomingResponse,
): CoapEvent {
  const { peer, exchange, association, messageId, confirmable, digest } = received;
  // Written out: most of what comes are these, and objects made by spreading others take a multiple of the time.
  const kind = 'notification';
  return { kind, peer, exchange, association, messageId, confirmable, digest, token, fresh, response };
}

export function observationEnded(received: ReceivedMessage, response: IncomingResponse): CoapEvent {
  const token = tokenOf(received);
  return {
    kind: 'observation-ended',
    ...from(received),
    digest: received.digest,
    token,
    code: response.code,
    response,
  };
}

export function unknownToken(received: ReceivedMessage, response: IncomingResponse): CoapEvent {
  return { kind: 'unknown-token', ...from(received), token: tokenOf(received), response };
}

function from({ peer, exchange, association, messageId, confirmable }: ReceivedMessage) {
  return { peer, exchange, association, messageId, confirmable };
}
