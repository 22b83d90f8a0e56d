/**
 * Which records a start reads last, when it serves already: whoever sends over the connection that he has needs few of them. First
 * those of devices, device by device, in the order in which their keys name them: a device whose records have been read is
 * served. Then those that only handshakes need, which wait for all of it.
 */
import { clientSessionRecord } from './client-session-record.ts';
import { credentialRecord } from './credential-record.ts';
import { learnedRecord } from './learned-record.ts';
import { prefixOf } from './record-kind.ts';
import { registrationRecord } from './registration-record.ts';
import { relationRecord } from './relation-record.ts';
import { seenRecord } from './seen-record.ts';
import { sequenceRecord } from './sequence-record.ts';
import { sessionRecord } from './session-record.ts';
import { wishRecord } from './wish-record.ts';

/** The prefixes of the keys that name a device, in the order of keys. */
export const devicePrefixes = inOrder(
  credentialRecord,
  learnedRecord,
  registrationRecord,
  relationRecord,
  seenRecord,
  sequenceRecord,
  wishRecord,
);

/** Those of the keys that do not. */
export const lastPrefixes = inOrder(clientSessionRecord, sessionRecord);

const ofDevices: ReadonlySet<string> = new Set(devicePrefixes);
const last: ReadonlySet<string> = new Set(lastPrefixes);
/** Comes after every device. */
const nobody = '\uffff';

export function isLate(key: string): boolean {
  const prefix = prefixOf(key);
  return ofDevices.has(prefix) || last.has(prefix);
}

/** Which device a late record is of, as its key names it: such texts are compared to know which device comes first. */
export function deviceIn(key: string): string {
  const from = key.indexOf('/') + 1;
  if (!ofDevices.has(key.slice(0, from))) return nobody;
  const end = key.indexOf('/', from);
  return end < 0 ? `${key.slice(from)}/` : key.slice(from, end + 1);
}

/** The same of a device's name. */
export function deviceText(endpoint: string): string {
  return `${encodeURIComponent(endpoint)}/`;
}

function inOrder(...kinds: readonly { readonly prefix: string }[]): readonly string[] {
  return kinds.map(({ prefix }) => prefix).sort();
}
