/**
 * The request layer in the server's role: requests of peers come whole to the caller, and his responses leave in as many
 * blocks as they need (RFC 7252 section 5, RFC 7959). What is refused here never reaches the caller.
 *
 *   message ─► options ─► block of a body of ours? ─► sent from what is kept
 *                  └────► block of a body of theirs? ─► 2.31, until it is whole ─► event 'request' ─► respond
 */

import { noBytes } from '../base/bytes.ts';
import type { Deadlines } from '../base/deadlines.ts';
import type { Monotonic } from '../base/instants.ts';
import { limits } from '../base/limits.ts';
import { agreedSize, type Block, blockOption, decodeBlock, offsetOf } from './block-option.ts';
import { assemble, type BodyAssembly, emptyAssembly, isRepeated } from './body-assembly.ts';
import { type BodyPages, page, pagesOf } from './body-pages.ts';
import { isSuccess, type Method, type ResponseCode, responseCodes } from './code.ts';
import type { CoapMessage, CoapOption } from './message.ts';
import type { Messaging } from './messaging.ts';
import { Options, optionNumber, uintOption } from './option.ts';
import type { CoapOutput, PeerId } from './output.ts';
import type { TransmissionParameters } from './parameters.ts';
import type { ReceivedMessage } from './received-message.ts';
import { headOf, type RequestHead } from './request.ts';
import { type CoapResponse, responseOptions } from './response.ts';
import type { Timer } from './timer.ts';
import { Transfers } from './transfers.ts';

/** What the answer to a request depends on. Holds nothing of the datagram. */
interface Asked {
  /** Method, path, query and the format asked for: what the blocks of one body have in common. */
  readonly key: string;
  readonly contentFormat: number | undefined;
  readonly block1: Block | undefined;
  readonly block2: Block | undefined;
}

const tooLarge = { kind: 'refused', code: responseCodes.requestEntityTooLarge } as const;

/** Methods that may be carried out anew for each block of their response. */
const repeatable: ReadonlySet<Method> = new Set(['GET', 'FETCH']);

export class Responder {
  private readonly messages: Messaging;
  private readonly parametersOf: (peer: PeerId) => TransmissionParameters;
  private readonly assemblies: Transfers<BodyAssembly>;
  private readonly pages: Transfers<BodyPages>;

  constructor(
    messages: Messaging,
    deadlines: Deadlines<Timer>,
    parametersOf: (peer: PeerId) => TransmissionParameters,
  ) {
    this.messages = messages;
    this.parametersOf = parametersOf;
    this.assemblies = new Transfers(deadlines);
    this.pages = new Transfers(deadlines);
  }

  get transfers(): number {
    return this.assemblies.size + this.pages.size;
  }

  /** Takes a request that came for the first time. */
  receive(message: CoapMessage, received: ReceivedMessage, now: Monotonic, output: CoapOutput): void {
    const options = new Options(message.options);
    const refusal = this.refusal(message, options);
    if (refusal !== undefined) return this.refuse(received, refusal, now, output);
    const head = headOf(message, options) as RequestHead;
    const asked: Asked = {
      key: JSON.stringify([head.method, head.path, head.query, options.uint(optionNumber.accept)]),
      contentFormat: options.uint(optionNumber.contentFormat),
      block1: blockOf(options, optionNumber.block1),
      block2: blockOf(options, optionNumber.block2),
    };
    const sent = (asked.block2?.number ?? 0) > 0 && this.sendNext(received, head, asked, now, output);
    if (!sent) this.takeBody(message, options, received, head, asked, now, output);
  }

  /** Refuses a request for which the message layer has no room, and keeps nothing of it. */
  receiveRefused(peer: PeerId, message: CoapMessage, output: CoapOutput): void {
    const options = [uintOption(optionNumber.maxAge, limits.retryAfterSeconds)];
    const content = { code: responseCodes.serviceUnavailable, token: message.token, options, payload: noBytes };
    this.messages.respondOnce(peer, message, content, output);
  }

  /** Answers a request that went to the caller. */
  respond(received: ReceivedMessage, response: CoapResponse, now: Monotonic, output: CoapOutput): void {
    const asked = received.note as Asked | undefined;
    const body = response.payload ?? noBytes;
    const size = agreedSize(asked?.block2?.size, this.parametersOf(received.peer).blockBytes);
    const options =
      asked?.block1 === undefined ? [] : [blockOption(optionNumber.block1, { ...asked.block1, more: false })];
    const isLater = (asked?.block2?.number ?? 0) > 0 && isSuccess(response.code);
    if (asked === undefined || (body.length <= size && !isLater)) {
      options.push(...responseOptions(response));
      return this.send(received, response.code, options, body, now, output);
    }
    const pages = pagesOf(received.peer, asked.key, response, body);
    if (body.length > size) this.keepPages(pages, now);
    this.sendPage(received, pages, inSize(asked.block2, size), options, now, output);
  }

  /** The deadline of a transfer has come. */
  due(transfer: BodyAssembly | BodyPages): void {
    if (transfer.kind === 'body-assembly') this.assemblies.remove(transfer);
    else this.pages.remove(transfer);
  }

  removePeer(peer: PeerId): void {
    this.assemblies.removePeer(peer);
    this.pages.removePeer(peer);
  }

  /** The code with which a request is refused for its options or method alone. */
  private refusal(message: CoapMessage, options: Options): ResponseCode | undefined {
    if (options.unrecognisedCritical !== undefined) return responseCodes.badOption;
    const proxied = options.bytes(optionNumber.proxyUri) ?? options.bytes(optionNumber.proxyScheme);
    if (proxied !== undefined) return responseCodes.proxyingNotSupported;
    const blocks = [options.uint(optionNumber.block1), options.uint(optionNumber.block2)];
    if (blocks.some((value) => value !== undefined && decodeBlock(value) === undefined))
      return responseCodes.badRequest;
    return headOf(message, options) === undefined ? responseCodes.methodNotAllowed : undefined;
  }

  /** A non-confirmable request that cannot be understood is ignored (RFC 7252 sections 4.3 and 5.4.1). */
  private refuse(received: ReceivedMessage, code: ResponseCode, now: Monotonic, output: CoapOutput): void {
    if (received.confirmable || code !== responseCodes.badOption)
      return this.send(received, code, [], noBytes, now, output);
    output.drops.push({ peer: received.peer, reason: 'bad-option' });
    this.messages.settle(received);
  }

  /** Sends a later block of a body that is kept. False when the caller has to be asked. */
  private sendNext(
    received: ReceivedMessage,
    head: RequestHead,
    asked: Asked,
    now: Monotonic,
    output: CoapOutput,
  ): boolean {
    const pages = this.pages.get(received.peer, asked.key);
    const { block1, block2 } = asked;
    if (pages !== undefined && block2 !== undefined) {
      const size = agreedSize(block2.size, this.parametersOf(received.peer).blockBytes);
      this.pages.keep(pages, now);
      this.remember(pages, received);
      this.sendPage(received, pages, inSize(block2, size), [], now, output);
      return true;
    }
    if (repeatable.has(head.method) || block1 !== undefined) return false;
    this.send(received, responseCodes.requestEntityIncomplete, [], noBytes, now, output);
    return true;
  }

  private takeBody(
    message: CoapMessage,
    options: Options,
    received: ReceivedMessage,
    head: RequestHead,
    asked: Asked,
    now: Monotonic,
    output: CoapOutput,
  ): void {
    const { block1 } = asked;
    if (block1 === undefined || (block1.number === 0 && !block1.more))
      return this.hand(options, received, head, asked, message.payload.slice(), output);
    const assembly = this.assemblyFor(received.peer, asked, block1, message.payload);
    if (assembly === 'full') return this.refuseBusy(received, now, output);
    const room = this.roomFor(assembly);
    const announced = options.uint(optionNumber.size1) ?? 0;
    const step = announced > room ? tooLarge : assemble(assembly, block1, message.payload, asked.contentFormat, room);
    if (step.kind === 'continue') this.assemblies.keep(assembly, now);
    else this.assemblies.remove(assembly);
    if (step.kind === 'continue' && block1.number > 0) this.remember(assembly, received);
    if (step.kind === 'complete') return this.hand(options, received, head, asked, step.body, output);
    const code = step.kind === 'continue' ? responseCodes.continue : step.code;
    const { blockBytes, bodyBytes } = this.parametersOf(received.peer);
    // The answer to the first block may ask for shorter ones; beside 4.13 that would be to send it again (RFC 7959 section 2.9.3).
    const isFirst = block1.number === 0 && step.kind === 'continue';
    const size = isFirst ? agreedSize(block1.size, blockBytes) : block1.size;
    const echo = [blockOption(optionNumber.block1, { ...block1, size })];
    if (code === responseCodes.requestEntityTooLarge) echo.push(uintOption(optionNumber.size1, bodyBytes));
    this.send(received, code, echo, noBytes, now, output);
  }

  /**
   * A peer that goes on to the next block has the answer to the one before: that message may be forgotten, so that a long body
   * in short blocks does not fill the table of those remembered. Should it come again nevertheless, it changes nothing. The
   * first block would begin a body anew, and stays.
   */
  private remember(transfer: BodyAssembly | BodyPages, received: ReceivedMessage): void {
    if (transfer.youngest !== undefined) this.messages.forgetAnswered(transfer.youngest);
    transfer.youngest = received;
  }

  /** The first block begins a body anew, unless it has only come again. */
  private assemblyFor(peer: PeerId, asked: Asked, block: Block, payload: Uint8Array): BodyAssembly | 'full' {
    const known = this.assemblies.get(peer, asked.key);
    if (known !== undefined && (block.number > 0 || isRepeated(known, block, payload))) return known;
    if (known === undefined && block.number === 0 && !this.assemblies.hasRoom(peer)) return 'full';
    return emptyAssembly(peer, asked.key, asked.contentFormat);
  }

  private roomFor(assembly: BodyAssembly): number {
    let bytes = this.parametersOf(assembly.peer).bodyBytes;
    for (const other of this.assemblies.of(assembly.peer)) if (other.key !== assembly.key) bytes -= other.bytes;
    return bytes;
  }

  /** The request, whole, to the caller. */
  private hand(
    options: Options,
    received: ReceivedMessage,
    head: RequestHead,
    asked: Asked,
    payload: Uint8Array,
    output: CoapOutput,
  ): void {
    received.note = asked;
    const { contentFormat } = asked;
    const { peer, exchange, association, confirmable, messageId, token, digest } = received;
    const request = {
      method: head.method,
      path: head.path,
      query: head.query,
      accept: options.uint(optionNumber.accept),
      contentFormat,
      observe: options.uint(optionNumber.observe),
      payload,
      confirmable,
      messageId,
      token,
      digest,
    };
    output.events.push({ kind: 'request', peer, exchange, association, request });
  }

  private refuseBusy(received: ReceivedMessage, now: Monotonic, output: CoapOutput): void {
    output.drops.push({ peer: received.peer, reason: 'too-many-exchanges' });
    const options = [uintOption(optionNumber.maxAge, limits.retryAfterSeconds)];
    this.send(received, responseCodes.serviceUnavailable, options, noBytes, now, output);
  }

  /** Bodies of ours can be computed again: the oldest makes room. */
  private keepPages(pages: BodyPages, now: Monotonic): void {
    const oldest = this.pages.of(pages.peer)[0];
    if (oldest !== undefined && !this.pages.hasRoom(pages.peer)) this.pages.remove(oldest);
    if (this.pages.hasRoom(pages.peer)) this.pages.keep(pages, now);
  }

  private sendPage(
    received: ReceivedMessage,
    pages: BodyPages,
    wished: Block,
    options: readonly CoapOption[],
    now: Monotonic,
    output: CoapOutput,
  ): void {
    const found = page(pages, wished);
    if (found === undefined) return this.send(received, responseCodes.badRequest, options, noBytes, now, output);
    this.send(received, pages.response.code, [...options, ...found.options], found.payload, now, output);
  }

  private send(
    received: ReceivedMessage,
    code: ResponseCode,
    options: readonly CoapOption[],
    payload: Uint8Array,
    now: Monotonic,
    output: CoapOutput,
  ): void {
    const content = { code, token: received.token, options, payload };
    this.messages.respond(received, content, this.parametersOf(received.peer), now, output);
  }
}

/** The same place in a body, told in blocks of a size that is at most as long. */
function inSize(block: Block | undefined, size: number): Block {
  return { number: block === undefined ? 0 : offsetOf(block) / size, more: false, size };
}

function blockOf(options: Options, number: number): Block | undefined {
  const value = options.uint(number);
  return value === undefined ? undefined : decodeBlock(value);
}
