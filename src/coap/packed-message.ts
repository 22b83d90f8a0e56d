/**
 * The duplicate record of a message whose answer has left, as one text: it is kept for minutes and hardly ever read. As an
 * object with its arrays and its deadline it would take four times the memory.
 *
 *   arrived, confirmable, state, request, association, exchange, digest, answer (a character a byte)
 */
import { after, type Monotonic } from '../base/instants.ts';
import type { ExchangeId, PeerId } from './output.ts';
import { lifetimeMs, type ReceivedMessage, type ReceivedState } from './received-message.ts';

const separator = ',';
const fields = 7;

export function pack(received: ReceivedMessage): string {
  const { arrivedAt, confirmable, state, isRequest, association, exchange, digest, answer } = received;
  const flags = [arrivedAt, confirmable ? 1 : 0, state, isRequest ? 1 : 0, association, exchange, digest];
  // `join` makes a flat text; adding them up would keep every part.
  return [...flags, answer === undefined ? '' : latin1(answer)].join(separator);
}

/** The record again. Message ID and token are those under which it was found. */
export function unpack(
  packed: string,
  peer: PeerId,
  { messageId, token }: { readonly messageId: number; readonly token: Uint8Array },
): ReceivedMessage {
  const parts = packed.split(separator, fields);
  const [arrived, confirmable, state, request, association, exchange, digest] = parts;
  const answerAt = parts.join(separator).length + 1;
  const arrivedAt = Number(arrived) as Monotonic;
  return {
    kind: 'received-message',
    exchange: Number(exchange) as ExchangeId,
    peer,
    association: Number(association),
    messageId,
    token,
    digest: Number(digest),
    confirmable: confirmable === '1',
    isRequest: request === '1',
    arrivedAt,
    expiresAt: after(arrivedAt, lifetimeMs(confirmable === '1')),
    state: state as ReceivedState,
    answer: answerAt < packed.length ? fromLatin1(packed.slice(answerAt)) : undefined,
    note: undefined,
  };
}

/** When the record may be forgotten. */
export function packedExpiry(packed: string): Monotonic {
  const end = packed.indexOf(separator);
  return after(Number(packed.slice(0, end)) as Monotonic, lifetimeMs(packed[end + 1] === '1'));
}

/** One character a byte, in as few bytes as that takes. */
export function latin1(bytes: Uint8Array): string {
  return String.fromCharCode.apply(undefined, bytes as unknown as number[]);
}

function fromLatin1(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}
