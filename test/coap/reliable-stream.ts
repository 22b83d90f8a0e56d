/**
 * One end of a reliable stream under the request layer, framed as CoAP over TCP is (RFC 8323 section 3.2): neither types nor
 * message IDs, no acknowledgements, no repetitions. What it lacks of RFC 8323 is its signalling.
 *
 *   Len (4) TKL (4) | longer Len (0 to 4 bytes) | Code | token | options, 0xff and payload
 */
import assert from 'node:assert/strict';
import { after, type Monotonic } from '../../src/base/instants.ts';
import { limits } from '../../src/base/limits.ts';
import { classOf } from '../../src/coap/code.ts';
import { decode, encode } from '../../src/coap/codec.ts';
import type { CoapMessage, Content } from '../../src/coap/message.ts';
import type { Messaging, Received } from '../../src/coap/messaging.ts';
import type { Outgoing, Purpose } from '../../src/coap/outgoing.ts';
import type { CoapOutput, ExchangeId, PeerId } from '../../src/coap/output.ts';
import type { TransmissionParameters } from '../../src/coap/parameters.ts';
import type { ReceivedMessage } from '../../src/coap/received-message.ts';
import { peer } from './coap-world.ts';

const headerBytes = 4;

export class ReliableStream implements Messaging {
  private exchanges = 0;

  /** A frame has come. */
  receive(frame: Uint8Array, now: Monotonic): Received {
    const message = unframed(frame);
    const received = this.record(message, now);
    return classOf(message.code) === 'request'
      ? { kind: 'request', message, received }
      : { kind: 'response', peer, association: 1, message, outgoing: undefined, received };
  }

  send(
    to: PeerId,
    content: Content,
    purpose: Purpose,
    parameters: TransmissionParameters,
    now: Monotonic,
    output: CoapOutput,
  ): Outgoing {
    const bytes = framed(content);
    output.send.push({ peer: to, bytes, kind: 'request', messageId: 0, ...purpose });
    const sent = { held: false, messageId: 0, bytes, sentAt: now, timeoutMs: 0, transmissions: 1 };
    return { kind: 'outgoing', peer: to, content, purpose, parameters, ...sent };
  }

  respond(
    received: ReceivedMessage,
    content: Content,
    _parameters: TransmissionParameters,
    _now: Monotonic,
    output: CoapOutput,
  ): void {
    this.respondOnce(received.peer, undefined, content, output);
  }

  respondOnce(to: PeerId, _message: unknown, content: Content, output: CoapOutput): void {
    output.send.push({ peer: to, bytes: framed(content), kind: 'response', messageId: 0 });
  }

  // What has been handed to a stream arrives, and needs no more care.
  stop(): void {}

  acknowledge(): void {}

  acknowledgeOnce(): void {}

  reject(): void {}

  settle(): void {}

  forget(): void {}

  forgetAnswered(): void {}

  release(): void {
    assert.fail('nothing is held');
  }

  resume(): Outgoing {
    return assert.fail('a stream that has broken is another one');
  }

  private record({ code, token }: CoapMessage, now: Monotonic): ReceivedMessage {
    return {
      kind: 'received-message',
      exchange: ++this.exchanges as ExchangeId,
      peer,
      association: 1,
      messageId: 0,
      token,
      digest: 0,
      confirmable: true,
      isRequest: classOf(code) === 'request',
      arrivedAt: now,
      expiresAt: after(now, limits.exchangeLifetimeMs),
      state: 'open',
      answer: undefined,
      note: undefined,
    };
  }
}

/** The frame of a content. */
export function framed(content: Content): Uint8Array {
  const message = encode({ type: 'NON', messageId: 0, ...content });
  const tokenBytes = content.token.length;
  const rest = message.subarray(headerBytes + tokenBytes);
  const [nibble, longer] = lengthOf(rest.length);
  return Uint8Array.of((nibble << 4) | tokenBytes, ...longer, message[1] as number, ...content.token, ...rest);
}

/** The content of a frame; type and message ID mean nothing. */
export function unframed(frame: Uint8Array): CoapMessage {
  const first = frame[0] as number;
  const longerBytes = Math.max(0, (first >> 4) - 12);
  const code = frame[1 + longerBytes] as number;
  const message = decode(Uint8Array.of(0x50 | (first & 15), code, 0, 0, ...frame.subarray(2 + longerBytes)));
  assert.ok(typeof message === 'object', `${message}`);
  return message;
}

function lengthOf(bytes: number): [nibble: number, longer: readonly number[]] {
  if (bytes < 13) return [bytes, []];
  if (bytes < 269) return [13, [bytes - 13]];
  return [14, [(bytes - 269) >> 8, (bytes - 269) & 0xff]];
}
