/**
 * A layer between messages and requests that changes contents on their way, as OSCORE does (RFC 8613 section 4): code and options
 * travel inside the payload, every request is a POST and every response a 2.04. Its cipher is a toy.
 */
import { noBytes } from '../../src/base/bytes.ts';
import type { Monotonic } from '../../src/base/instants.ts';
import { classOf } from '../../src/coap/code.ts';
import { decode, encode } from '../../src/coap/codec.ts';
import type { CoapMessage, Content } from '../../src/coap/message.ts';
import type { Messaging, Received } from '../../src/coap/messaging.ts';
import type { Outgoing, Purpose } from '../../src/coap/outgoing.ts';
import type { CoapOutput, PeerId } from '../../src/coap/output.ts';
import type { TransmissionParameters } from '../../src/coap/parameters.ts';
import type { ReceivedMessage } from '../../src/coap/received-message.ts';

const key = 0x5a;

export class Sealing implements Messaging {
  private readonly below: Messaging;
  readonly release: Messaging['release'];
  readonly resume: Messaging['resume'];
  readonly stop: Messaging['stop'];
  readonly acknowledge: Messaging['acknowledge'];
  readonly acknowledgeOnce: Messaging['acknowledgeOnce'];
  readonly reject: Messaging['reject'];
  readonly settle: Messaging['settle'];
  readonly forget: Messaging['forget'];
  readonly forgetAnswered: Messaging['forgetAnswered'];

  constructor(below: Messaging) {
    this.below = below;
    this.release = below.release.bind(below);
    this.resume = below.resume.bind(below);
    this.stop = below.stop.bind(below);
    this.acknowledge = below.acknowledge.bind(below);
    this.acknowledgeOnce = below.acknowledgeOnce.bind(below);
    this.reject = below.reject.bind(below);
    this.settle = below.settle.bind(below);
    this.forget = below.forget.bind(below);
    this.forgetAnswered = below.forgetAnswered.bind(below);
  }

  /** What came, opened. */
  opened(received: Received): Received {
    return 'message' in received ? { ...received, message: open(received.message) } : received;
  }

  send(
    to: PeerId,
    content: Content,
    purpose: Purpose,
    parameters: TransmissionParameters,
    now: Monotonic,
    output: CoapOutput,
    held: boolean,
  ): Outgoing {
    return this.below.send(to, seal(content), purpose, parameters, now, output, held);
  }

  respond(
    received: ReceivedMessage,
    content: Content,
    parameters: TransmissionParameters,
    now: Monotonic,
    output: CoapOutput,
  ): void {
    this.below.respond(received, seal(content), parameters, now, output);
  }

  respondOnce(to: PeerId, message: CoapMessage, content: Content, output: CoapOutput): void {
    this.below.respondOnce(to, message, seal(content), output);
  }
}

function seal(content: Content): Content {
  const inner = encode({ type: 'NON', messageId: 0, ...content, token: noBytes });
  const code = classOf(content.code) === 'request' ? '0.02' : '2.04';
  return { code, token: content.token, options: [], payload: inner.map((byte) => byte ^ key) };
}

function open(message: CoapMessage): CoapMessage {
  const inner = decode(message.payload.map((byte) => byte ^ key));
  if (typeof inner === 'string') return message;
  return { ...inner, type: message.type, messageId: message.messageId, token: message.token };
}
