/** What a response does to the request that it answers: the next block of either body, the end, or a failure (RFC 7959). */
import { type Block, decodeBlock } from './block-option.ts';
import { isSuccess } from './code.ts';
import { Download } from './download.ts';
import type { Content } from './message.ts';
import { type Options, optionNumber } from './option.ts';
import type { FailureReason } from './output.ts';
import type { PendingRequest } from './pending-request.ts';
import { type IncomingResponse, incomingResponse } from './response.ts';

export type ResponseStep =
  | { readonly kind: 'next' }
  | { readonly kind: 'finished'; readonly response: IncomingResponse }
  | { readonly kind: 'failed'; readonly reason: FailureReason };

/** Takes a response into the transfers of its request. */
export function stepOf(pending: PendingRequest, message: Content, options: Options): ResponseStep {
  if (options.unrecognisedCritical !== undefined) return { kind: 'failed', reason: 'bad-option' };
  if (pending.upload !== undefined && pending.download === undefined) {
    const step = pending.upload.take(message.code, blockOf(options, optionNumber.block1));
    if (step === 'next') return { kind: 'next' };
    if (step === 'block-error') return { kind: 'failed', reason: 'block-error' };
  }
  const isBlock = pending.download !== undefined || options.uint(optionNumber.block2) !== undefined;
  if (isBlock && isSuccess(message.code)) return downloadStep(pending, message, options);
  return { kind: 'finished', response: incomingResponse(message, options, message.payload) };
}

function downloadStep(pending: PendingRequest, message: Content, options: Options): ResponseStep {
  const block = blockOf(options, optionNumber.block2);
  if (block === undefined) return { kind: 'failed', reason: 'block-error' };
  pending.download ??= new Download(pending.parameters);
  const etag = options.bytes(optionNumber.etag);
  const step = pending.download.take(block, message.payload, etag, options.uint(optionNumber.size2));
  if (block.number === 0) pending.first = incomingResponse(message, options, new Uint8Array(0));
  if (step === 'next') return { kind: 'next' };
  if (step !== 'complete') return { kind: 'failed', reason: step };
  const first = pending.first ?? incomingResponse(message, options, new Uint8Array(0));
  return { kind: 'finished', response: { ...first, payload: pending.download.body } };
}

function blockOf(options: Options, number: number): Block | undefined {
  const value = options.uint(number);
  return value === undefined ? undefined : decodeBlock(value);
}
