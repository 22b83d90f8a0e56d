/** A request of ours that waits for its turn, its acknowledgement or its response, and the messages that it takes. */

import { noBytes } from '../base/bytes.ts';
import type { Monotonic } from '../base/instants.ts';
import { limits } from '../base/limits.ts';
import { blockOption } from './block-option.ts';
import { codeOf, type Method } from './code.ts';
import type { Download } from './download.ts';
import type { CoapMessage, CoapOption, Content } from './message.ts';
import type { NotificationArrival } from './observation.ts';
import { optionNumber, uintOption } from './option.ts';
import type { Outgoing } from './outgoing.ts';
import type { PeerId, RequestId } from './output.ts';
import type { TransmissionParameters } from './parameters.ts';
import { type CoapRequest, requestOptions } from './request.ts';
import type { IncomingResponse } from './response.ts';
import type { Upload } from './upload.ts';

export interface PendingRequest {
  readonly kind: 'pending-request';
  readonly id: RequestId;
  readonly peer: PeerId;
  /** The token that the caller knows. */
  readonly token: Uint8Array;
  readonly request: CoapRequest;
  readonly parameters: TransmissionParameters;
  /** The end of everything, when the caller set one. */
  readonly deadlineAt: Monotonic | undefined;
  /** The rest of a long notification is fetched on its behalf; the caller knows nothing of this request. */
  readonly notification: NotificationArrival | undefined;
  /** The acknowledgement of a response that comes by itself is the caller's, after his commit. */
  readonly keepsAnswer: boolean;
  /** Its token was drawn in this start, and not resumed. */
  readonly isFresh: boolean;
  /** Its first message waits for the caller's commit. */
  held: boolean;
  /** Its message left before, in this start or an earlier one, and is to be repeated when it has the turn. */
  resumed: ResumedMessage | undefined;
  readonly upload: Upload | undefined;
  /** The token on the wire: another one as soon as the first belongs to an observation (RFC 7959 section 3.4). */
  wireToken: Uint8Array;
  download: Download | undefined;
  /** What came with the first block of a body: the response but for its body. */
  first: IncomingResponse | undefined;
  /** The message whose acknowledgement is still owed. */
  outgoing: Outgoing | undefined;
  sentAt: Monotonic | undefined;
}

/** A message of ours that is taken up again. */
export interface ResumedMessage {
  readonly message: CoapMessage;
  readonly bytes: Uint8Array;
  readonly sentAt: Monotonic;
}

/** When the first message of a request left, if one did. */
export function firstSentAt(pending: PendingRequest): Monotonic | undefined {
  return pending.sentAt ?? pending.outgoing?.sentAt;
}

/** The next message of a request: all of it, a block of its body, or the wish for a block of its response. */
export function nextContent(pending: PendingRequest): Content {
  const { request, upload, download, parameters } = pending;
  const follows = download !== undefined;
  const options = requestOptions(follows ? withoutObserve(request) : request);
  if (download !== undefined) options.push(blockOption(optionNumber.block2, download.wished));
  else if (upload !== undefined) options.push(...uploadOptions(upload));
  else if (parameters.blockBytes < limits.blockBytesMax && isReading(request.method))
    options.push(blockOption(optionNumber.block2, { number: 0, more: false, size: parameters.blockBytes }));
  return {
    code: codeOf(request.method),
    token: pending.wireToken,
    options,
    payload: follows ? repeatedPayload(pending) : (upload?.payload ?? request.payload ?? noBytes),
  };
}

/** Whose response may be long: a size is asked for with the first message already (RFC 7959 section 2.4, early negotiation). */
function isReading(method: Method): boolean {
  return method === 'GET' || method === 'FETCH';
}

function uploadOptions(upload: Upload): CoapOption[] {
  const { block, body } = upload;
  const option = blockOption(optionNumber.block1, block);
  return block.number === 0 ? [option, uintOption(optionNumber.size1, body.length)] : [option];
}

/** The request for the later blocks of a response (RFC 7959 section 3.4). */
export function withoutObserve({ observe: _, ...request }: CoapRequest): CoapRequest {
  return request;
}

/** FETCH says with its payload what it is about, for every block of the response (RFC 8132 section 2). */
function repeatedPayload({ request, upload }: PendingRequest): Uint8Array {
  return request.method === 'FETCH' && upload === undefined ? (request.payload ?? noBytes) : noBytes;
}
