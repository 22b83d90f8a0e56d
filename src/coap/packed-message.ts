/**
 * The duplicate record of a message whose answer has left, as one text of a character a byte: it is kept for minutes and hardly
 * ever read. As an object with its arrays and its deadline it would take four times the memory.
 *
 *   arrived (8), association (8), exchange (8), digest (4), flags and state (1), answer
 */
import { bytesOfText, textOfBytes } from '../base/bytes.ts';
import { after, type Monotonic } from '../base/instants.ts';
import { limits } from '../base/limits.ts';
import type { ExchangeId, PeerId } from './output.ts';
import { lifetimeMs, type ReceivedMessage, type ReceivedState } from './received-message.ts';

const associationAt = 8;
const exchangeAt = 16;
const digestAt = 24;
const flagsAt = 28;
const headBytes = 29;
const states: readonly ReceivedState[] = [
  'open',
  'open-acknowledged',
  'answered',
  'answered-separately',
  'acknowledged',
  'rejected',
  'settled',
];
const confirmableFlag = 16;
const requestFlag = 32;
const stateMask = 15;

const memory = new Uint8Array(headBytes + limits.datagramBytesMax);
const view = new DataView(memory.buffer);

export function pack(received: ReceivedMessage): string {
  const { confirmable, isRequest, state, answer } = received;
  view.setFloat64(0, received.arrivedAt);
  view.setFloat64(associationAt, received.association);
  view.setFloat64(exchangeAt, received.exchange);
  view.setUint32(digestAt, received.digest);
  memory[flagsAt] = states.indexOf(state) | (confirmable ? confirmableFlag : 0) | (isRequest ? requestFlag : 0);
  if (answer !== undefined) memory.set(answer, headBytes);
  return textOfBytes(memory.subarray(0, headBytes + (answer?.length ?? 0)));
}

/** The record again. Message ID and key are those under which it was found. */
export function unpack(
  packed: string,
  peer: PeerId,
  { messageId, key }: Pick<ReceivedMessage, 'messageId' | 'key'>,
): ReceivedMessage {
  load(packed, headBytes);
  const flags = memory[flagsAt] as number;
  const confirmable = (flags & confirmableFlag) !== 0;
  const arrivedAt = view.getFloat64(0) as Monotonic;
  return {
    kind: 'received-message',
    exchange: view.getFloat64(exchangeAt) as ExchangeId,
    peer,
    association: view.getFloat64(associationAt),
    messageId,
    key,
    digest: view.getUint32(digestAt),
    confirmable,
    isRequest: (flags & requestFlag) !== 0,
    arrivedAt,
    expiresAt: after(arrivedAt, lifetimeMs(confirmable)),
    state: states[flags & stateMask] as ReceivedState,
    answer: packed.length > headBytes ? bytesOfText(packed, headBytes) : undefined,
    note: undefined,
  };
}

/** When the record may be forgotten. */
export function packedExpiry(packed: string): Monotonic {
  load(packed, associationAt);
  const confirmable = (packed.charCodeAt(flagsAt) & confirmableFlag) !== 0;
  return after(view.getFloat64(0) as Monotonic, lifetimeMs(confirmable));
}

function load(packed: string, length: number): void {
  for (let i = 0; i < length; i++) memory[i] = packed.charCodeAt(i);
}
