/**
 * The closed list of reasons for which a datagram or message is dropped. Noise never surfaces as an exception; it is counted
 * under one of these. Names are part of the JSON contract (`drops[].reason`): only ever added.
 */
export const dropReasons = [
  // datagrams and records
  'datagram-too-long',
  'malformed-record',
  'no-association',
  'authentication-failed',
  'replayed-record',
  'fragmented-client-hello',
  'too-many-handshakes',
  'client-hello-too-soon',
  'reflected-client-hello',
  'unknown-identity',
  'wrong-key',
  'no-common-cipher-suite',
  'certificate-refused',
  'handshake-failed',
  'handshake-timeout',
  'send-sequence-ceiling',
  'rate-limit-source',
  'rate-limit-peer',
  'unknown-listener',
  'muted',
  // CoAP messages
  'malformed-message',
  'unknown-version',
  'duplicate',
  'unmatched-acknowledgement',
  'unmatched-reset',
  'unmatched-response',
  'too-many-exchanges',
  'message-id-exhausted',
  'late-response',
  'bad-option',
  'incomplete-notification',
  'unknown-exchange',
  // LwM2M
  'no-credential',
  'endpoint-not-allowed',
  'event-log-full',
  'store-unavailable',
  'write-budget-spent',
  'records-unread',
] as const;

export type DropReason = (typeof dropReasons)[number];
