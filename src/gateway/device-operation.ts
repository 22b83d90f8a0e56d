/** What an operation says to a device, and what the device's answer means for it. */
import type { Now } from '../base/instants.ts';
import type { CoapRequest } from '../coap/request.ts';
import type { IncomingResponse } from '../coap/response.ts';
import { carriesSeveralValues, contentFormatName, contentFormats } from '../lwm2m/content-format.ts';
import { type DeviceDialect, writeFormats } from '../lwm2m/device-dialect.ts';
import type { FormatError } from '../lwm2m/format-error.ts';
import type { ObjectModel } from '../lwm2m/objects/model.ts';
import { changeAnswer, discoverAnswer, readAnswer } from '../lwm2m/operations/answer.ts';
import { discoverRequest, readRequest } from '../lwm2m/operations/read.ts';
import { executeRequest, writeRequest } from '../lwm2m/operations/write.ts';
import type { Operation } from './operation.ts';
import type { DeviceOperation } from './operator.ts';
import type { Registration } from './registration.ts';

/** The request of an operation; for a Write in the format at `formatIndex` of those to try, undefined when there is none left. */
export function requestFor(
  asked: DeviceOperation,
  device: DeviceDialect,
  formatIndex: number,
): CoapRequest | FormatError | undefined {
  switch (asked.verb) {
    case 'read':
      return readRequest(device, asked.path, asked.format === undefined ? undefined : contentFormats[asked.format]);
    case 'discover':
      return discoverRequest(device, asked.path);
    case 'execute':
      return executeRequest(device, asked.path, asked.arguments);
    case 'write': {
      const formats =
        asked.format === undefined ? writeFormats(device, asked.path, asked.entries) : [contentFormats[asked.format]];
      const format = formats[formatIndex];
      return format === undefined ? undefined : writeRequest(device, asked.path, asked.entries, asked.replace, format);
    }
  }
}

/** Puts the answer into the operation. `failure` stays undefined when the device did what was asked. */
export function takeAnswer(
  operation: Operation,
  response: IncomingResponse,
  registration: Registration | undefined,
  model: ObjectModel,
  now: Now,
): void {
  const rootPath = registration?.request.rootPath ?? '/';
  operation.code = response.code;
  operation.payload = response.payload;
  operation.contentFormat = response.contentFormat;
  operation.format = response.contentFormat === undefined ? undefined : contentFormatName(response.contentFormat);
  const answer = interpret(operation, response, rootPath, model, now);
  switch (answer.kind) {
    case 'values':
      operation.entries = answer.entries;
      if (
        registration !== undefined &&
        answer.contentFormat !== undefined &&
        carriesSeveralValues(answer.contentFormat)
      ) {
        registration.shownFormat = answer.contentFormat;
      }
      return;
    case 'links':
      operation.links = answer.links;
      return;
    case 'done':
      return;
    case 'refused':
      operation.failure = 'refused';
      return;
    case 'unreadable':
      operation.failure = `unreadable: ${answer.error.reason}`;
  }
}

function interpret(
  operation: Operation,
  response: IncomingResponse,
  rootPath: string,
  model: ObjectModel,
  now: Now,
): ReturnType<typeof readAnswer> | ReturnType<typeof discoverAnswer> | ReturnType<typeof changeAnswer> {
  switch (operation.asked.verb) {
    case 'read':
    case 'observe':
      return readAnswer(response, operation.path, model, decodeOptions(rootPath, now));
    case 'discover':
      return discoverAnswer(response, rootPath);
    default:
      return changeAnswer(response, rootPath);
  }
}

/** Relative times of a payload become absolute only by a clock that can be trusted. */
export function decodeOptions(rootPath: string, now: Now): { rootPath: string; receivedAtWallSeconds?: number } {
  return now.wallTrusted ? { rootPath, receivedAtWallSeconds: now.wall / 1_000 } : { rootPath };
}
