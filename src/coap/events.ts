/** Events about messages that peers sent by themselves. */
import type { CoapEvent } from './output.ts';
import type { ReceivedMessage } from './received-message.ts';
import type { IncomingResponse } from './response.ts';

export function notificationEvent(
  received: ReceivedMessage,
  token: Uint8Array,
  fresh: boolean,
  response: IncomingResponse,
): CoapEvent {
  return { kind: 'notification', ...from(received), digest: received.digest, token, fresh, response };
}

export function observationEnded(received: ReceivedMessage, response: IncomingResponse): CoapEvent {
  const { digest, token } = received;
  return { kind: 'observation-ended', ...from(received), digest, token, code: response.code, response };
}

export function unknownToken(received: ReceivedMessage, response: IncomingResponse): CoapEvent {
  return { kind: 'unknown-token', ...from(received), token: received.token, response };
}

function from({ peer, exchange, association, messageId, confirmable }: ReceivedMessage) {
  return { peer, exchange, association, messageId, confirmable };
}
