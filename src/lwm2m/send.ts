/**
 * Send: a device reports on its own, `POST /dp` (LwM2M 1.1 and 1.2 core 6.4.6). All of it is taken or nothing: a payload that cannot be
 * read is 4.00, one that names an object which the device has not registered is 4.04.
 */
import { contentFormatName } from './content-format.ts';
import { decodePayload } from './decode-payload.ts';
import type { RegisteredLink } from './object-list.ts';
import type { ObjectModel } from './objects/model.ts';
import { everything, objectIdOf } from './path.ts';
import { type Refusal, refuse } from './refusal.ts';
import type { Entry } from './value.ts';

export interface SendMessage {
  readonly contentFormat: number | undefined;
  readonly payload: Uint8Array;
}

/** The registration of the sender. */
export interface SendingDevice {
  readonly rootPath: string;
  readonly objectLinks: readonly RegisteredLink[];
}

/** The values of a Send, with their times, or the answer that refuses it. `receivedAtWallSeconds` makes relative times absolute. */
export function readSend(
  message: SendMessage,
  device: SendingDevice,
  model: ObjectModel,
  receivedAtWallSeconds?: number,
): { readonly entries: readonly Entry[] } | Refusal {
  const { contentFormat, payload } = message;
  if (contentFormat === undefined) return refuse('4.00', 'malformed', 'A Send has a Content-Format.');
  const name = contentFormatName(contentFormat);
  if (name !== 'senml-json' && name !== 'senml-cbor')
    return refuse('4.15', 'content-format', `Content-Format ${contentFormat} is not read in a Send.`);
  const time = receivedAtWallSeconds === undefined ? {} : { receivedAtWallSeconds };
  const decoded = decodePayload(contentFormat, payload, everything, model, { rootPath: device.rootPath, ...time });
  if ('error' in decoded) return refuse('4.00', 'malformed', `The Send cannot be read: ${decoded.error.reason}.`);
  if (decoded.entries.length === 0) return refuse('4.00', 'malformed', 'The Send holds no value.');
  const registered = new Set(device.objectLinks.map(({ path }) => objectIdOf(path)));
  const unknown = decoded.entries.find(({ path }) => !registered.has(objectIdOf(path)));
  if (unknown !== undefined)
    return refuse('4.04', 'not-registered', `The object of ${unknown.path} is not registered.`);
  return { entries: decoded.entries };
}
