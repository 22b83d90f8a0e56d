/**
 * Bytes to messages and back (RFC 7252 section 3), in one strict pass each way. Both directions are total: what is not a
 * message gives a reason to drop it, never an exception.
 *
 *   0               1               2               3
 *   Ver T TKL       Code            Message ID                 token, options, 0xff and payload follow
 */
import { assert } from '../base/assert.ts';
import { noBytes } from '../base/bytes.ts';
import type { DropReason } from '../base/drop-reason.ts';
import { limits } from '../base/limits.ts';
import { type Code, classOf, codeOfByte, emptyCode, toByte } from './code.ts';
import type { CoapMessage, CoapOption, MessageType } from './message.ts';

const version = 1;
const headerBytes = 4;
const tokenBytesMax = 8;
const payloadMarker = 0xff;
const numberMax = 0xffff;
/** A nibble of 13 is followed by one byte, of 14 by two; 15 is reserved (RFC 7252 section 3.1). */
const oneByteMore = 13;
const twoBytesMore = 14;
const oneByteBase = 13;
const twoBytesBase = 269;
const types: readonly MessageType[] = ['CON', 'NON', 'ACK', 'RST'];

/** A message, or the reason to drop the datagram. Values are views into `bytes`: copy what is kept. */
export function decode(bytes: Uint8Array): CoapMessage | DropReason {
  if (bytes.length > limits.datagramBytesMax) return 'datagram-too-long';
  if (bytes.length < headerBytes) return 'malformed-message';
  const first = bytes[0] as number;
  if (first >> 6 !== version) return 'unknown-version';
  const tokenEnd = headerBytes + (first & 15);
  const options: CoapOption[] = [];
  const payloadAt = readOptions(bytes, tokenEnd, options);
  if ((first & 15) > tokenBytesMax || payloadAt === undefined) return 'malformed-message';
  const type = types[(first >> 4) & 3] as MessageType;
  const code = codeOfByte(bytes[1] as number);
  if (!isPossible(type, code, bytes.length)) return 'malformed-message';
  return {
    type,
    code,
    messageId: ((bytes[2] as number) << 8) + (bytes[3] as number),
    token: view(bytes, headerBytes, tokenEnd),
    options,
    payload: view(bytes, payloadAt, bytes.length),
  };
}

/** The datagram of a message. Options may come in any order; equal numbers keep theirs. */
export function encode(message: CoapMessage): Uint8Array {
  const { type, code, messageId, token, payload } = message;
  if (code === emptyCode) return encodeEmpty(type, messageId);
  const options = inOrder(message.options);
  const bytes = new Uint8Array(lengthOf(token, options, payload));
  assert(bytes.length <= limits.datagramBytesMax, 'a message fits into a datagram');
  bytes[0] = (version << 6) | (types.indexOf(type) << 4) | token.length;
  bytes[1] = toByte(code);
  bytes[2] = messageId >> 8;
  bytes[3] = messageId;
  put(bytes, token, headerBytes);
  let at = writeOptions(bytes, headerBytes + token.length, options);
  if (payload.length > 0) {
    bytes[at++] = payloadMarker;
    put(bytes, payload, at);
  }
  return bytes;
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

/** Adds the options to `into`; where the payload begins, or undefined when the bytes do not keep to the format. */
function readOptions(bytes: Uint8Array, start: number, into: CoapOption[]): number | undefined {
  const end = bytes.length;
  let at = start;
  let number = 0;
  while (at < end) {
    const head = bytes[at++] as number;
    if (head === payloadMarker) return at < end ? at : undefined;
    const deltaNibble = head >> 4;
    const lengthNibble = head & 15;
    const lengthAt = at + extensionBytes(deltaNibble);
    const valueAt = lengthAt + extensionBytes(lengthNibble);
    if (deltaNibble === 15 || lengthNibble === 15 || valueAt > end) return undefined;
    number += extended(bytes, at, deltaNibble);
    at = valueAt + extended(bytes, lengthAt, lengthNibble);
    if (number > numberMax || at > end) return undefined;
    into.push({ number, value: view(bytes, valueAt, at) });
  }
  return at > end ? undefined : end;
}

function extensionBytes(nibble: number): number {
  return nibble < oneByteMore ? 0 : nibble - oneByteMore + 1;
}

/** A delta or length of 4 bits, or of the bytes at `at` that the 4 bits announce. */
function extended(bytes: Uint8Array, at: number, nibble: number): number {
  if (nibble < oneByteMore) return nibble;
  const first = bytes[at] as number;
  return nibble === oneByteMore ? first + oneByteBase : (first << 8) + (bytes[at + 1] as number) + twoBytesBase;
}

function inOrder(options: readonly CoapOption[]): readonly CoapOption[] {
  for (let i = 1; i < options.length; i++)
    if ((options[i - 1] as CoapOption).number > (options[i] as CoapOption).number)
      return [...options].sort((a, b) => a.number - b.number);
  return options;
}

function lengthOf(token: Uint8Array, options: readonly CoapOption[], payload: Uint8Array): number {
  let length = headerBytes + token.length + (payload.length > 0 ? 1 + payload.length : 0);
  let number = 0;
  for (const option of options) {
    const size = option.value.length;
    length += 1 + extensionBytes(nibbleOf(option.number - number)) + extensionBytes(nibbleOf(size)) + size;
    number = option.number;
  }
  return length;
}

/** Writes the options, and returns where they end. */
function writeOptions(bytes: Uint8Array, start: number, options: readonly CoapOption[]): number {
  let at = start;
  let number = 0;
  for (const option of options) {
    const delta = option.number - number;
    const length = option.value.length;
    bytes[at++] = (nibbleOf(delta) << 4) | nibbleOf(length);
    at = writeExtension(bytes, at, delta);
    at = writeExtension(bytes, at, length);
    put(bytes, option.value, at);
    at += length;
    number = option.number;
  }
  return at;
}

function nibbleOf(value: number): number {
  if (value < oneByteBase) return value;
  return value < twoBytesBase ? oneByteMore : twoBytesMore;
}

function writeExtension(bytes: Uint8Array, start: number, value: number): number {
  if (value < oneByteBase) return start;
  if (value < twoBytesBase) {
    bytes[start] = value - oneByteBase;
    return start + 1;
  }
  bytes[start] = (value - twoBytesBase) >> 8;
  bytes[start + 1] = (value - twoBytesBase) & 0xff;
  return start + 2;
}

/** `set` costs more than a loop for the few bytes that tokens and options have. */
function put(into: Uint8Array, bytes: Uint8Array, start: number): void {
  if (bytes.length > 32) return into.set(bytes, start);
  for (let i = 0; i < bytes.length; i++) into[start + i] = bytes[i] as number;
}

/** Never a `Buffer`, also when `bytes` is one: its `slice` shares memory, that of Uint8Array copies. */
function view(bytes: Uint8Array, start: number, end: number): Uint8Array {
  return start === end ? noBytes : new Uint8Array(bytes.buffer, bytes.byteOffset + start, end - start);
}
