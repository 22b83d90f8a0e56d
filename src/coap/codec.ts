/**
 * Bytes to messages and back (RFC 7252 section 3). `coap-packet` reads fields and writes messages; it takes truncated tokens,
 * truncated options, long tokens and reserved codes without a word, so a strict walk over the raw bytes comes first.
 * Both directions are total: what is not a message gives a reason to drop it, never an exception.
 *
 *   datagram ──walk──► numbers of the options ──coap-packet──► message
 *
 * `coap-packet` works on Node's Buffer. This is the only file of the core that knows it; what leaves is plain Uint8Array
 * (Buffer's `slice` shares memory, Uint8Array's copies: the two must not be mixed).
 */
import { generate, type ParsedPacket, parse } from 'coap-packet';
import { noBytes } from '../base/bytes.ts';
import type { DropReason } from '../base/drop-reason.ts';
import { limits } from '../base/limits.ts';
import { type Code, classOf, emptyCode } from './code.ts';
import type { CoapMessage, CoapOption, MessageType } from './message.ts';

const version = 1;
const headerBytes = 4;
const tokenBytesMax = 8;
const payloadMarker = 0xff;
const types: readonly MessageType[] = ['CON', 'NON', 'ACK', 'RST'];

/** A message, or the reason to drop the datagram. Values are views into `bytes`: copy what is kept. */
export function decode(bytes: Uint8Array): CoapMessage | DropReason {
  if (bytes.length > limits.datagramBytesMax) return 'datagram-too-long';
  if (bytes.length < headerBytes) return 'malformed-message';
  const first = bytes[0] as number;
  if (first >> 6 !== version) return 'unknown-version';
  const numbers = optionNumbers(bytes, headerBytes + (first & 15));
  if ((first & 15) > tokenBytesMax || numbers === undefined) return 'malformed-message';
  const packet = parsed(bytes);
  if (packet === undefined || packet.options.length !== numbers.length) return 'malformed-message';
  const type = types[(first >> 4) & 3] as MessageType;
  const code = packet.code as Code;
  return isPossible(type, code, bytes.length) ? message(type, code, packet, numbers) : 'malformed-message';
}

/** The datagram of a message. */
export function encode(message: CoapMessage): Uint8Array {
  if (message.code === emptyCode) return encodeEmpty(message.type, message.messageId);
  const packet = {
    confirmable: message.type === 'CON',
    ack: message.type === 'ACK',
    reset: message.type === 'RST',
    code: message.code,
    messageId: message.messageId,
    token: buffer(message.token),
    options: message.options.map(({ number, value }) => ({ name: number, value: buffer(value) })),
    payload: buffer(message.payload),
  };
  return plain(generate(packet, limits.datagramBytesMax));
}

/** An empty message: ACK, RST, or (as CON) a ping. */
export function encodeEmpty(type: MessageType, messageId: number): Uint8Array {
  return Uint8Array.of((version << 6) | (types.indexOf(type) << 4), 0, messageId >> 8, messageId & 0xff);
}

/** RFC 7252 table 1, and RFC 7252 section 4.1: an empty message is its header. */
function isPossible(type: MessageType, code: Code, length: number): boolean {
  const kind = classOf(code);
  if (kind === 'empty') return length === headerBytes && type !== 'NON';
  if (kind === 'request') return type === 'CON' || type === 'NON';
  return kind === 'response' && type !== 'RST';
}

function message(type: MessageType, code: Code, packet: ParsedPacket, numbers: readonly number[]): CoapMessage {
  const options: CoapOption[] = packet.options.map((option, index) => ({
    number: numbers[index] as number,
    value: plain(option.value),
  }));
  return {
    type,
    code,
    messageId: packet.messageId,
    token: plain(packet.token),
    options,
    payload: plain(packet.payload),
  };
}

/** Every option's number, or undefined when the options or the payload do not keep to the format (RFC 7252 section 3.1). */
function optionNumbers(bytes: Uint8Array, start: number): number[] | undefined {
  const numbers: number[] = [];
  let at = start;
  let number = 0;
  while (at < bytes.length && bytes[at] !== payloadMarker) {
    const delta = extended(bytes, at + 1, (bytes[at] as number) >> 4);
    if (delta === undefined) return undefined;
    const length = extended(bytes, delta.next, (bytes[at] as number) & 15);
    if (length === undefined) return undefined;
    number += delta.value;
    if (number > 0xffff) return undefined;
    numbers.push(number);
    at = length.next + length.value;
  }
  const cutOff = at > bytes.length;
  const markerWithoutPayload = at === bytes.length - 1;
  return cutOff || markerWithoutPayload ? undefined : numbers;
}

/** A delta or length of 4 bits with its extension at `at`, or undefined when it is reserved or cut off. */
function extended(bytes: Uint8Array, at: number, nibble: number): { value: number; next: number } | undefined {
  if (nibble < 13) return { value: nibble, next: at };
  if (nibble === 15 || at + nibble - 12 > bytes.length) return undefined;
  if (nibble === 13) return { value: (bytes[at] as number) + 13, next: at + 1 };
  return { value: ((bytes[at] as number) << 8) + (bytes[at + 1] as number) + 269, next: at + 2 };
}

function parsed(bytes: Uint8Array): ParsedPacket | undefined {
  try {
    return parse(buffer(bytes));
  } catch {
    return undefined;
  }
}

function buffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function plain(bytes: Uint8Array): Uint8Array {
  return bytes.length === 0 ? noBytes : new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
