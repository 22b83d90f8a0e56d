/**
 * Which records a start reads last, when it serves already: what is observed of devices, most of all records. They are handed over
 * device by device, in the order in which their keys name the devices: a device whose records have been read is served.
 */
import { relationRecord } from './relation-record.ts';
import { sequenceRecord } from './sequence-record.ts';
import { wishRecord } from './wish-record.ts';

/** The prefixes of their keys, in the order of keys. */
export const latePrefixes: readonly string[] = [relationRecord, sequenceRecord, wishRecord]
  .map(({ prefix }) => prefix)
  .sort();

export function isLate(key: string): boolean {
  return latePrefixes.some((prefix) => key.startsWith(prefix));
}

/** Which device a record of these is of, as its key names it: such texts are compared to know which device comes first. */
export function deviceIn(key: string): string {
  const from = key.indexOf('/') + 1;
  return key.slice(from, key.indexOf('/', from) + 1);
}

/** The same of a device's name. */
export function deviceText(endpoint: string): string {
  return `${encodeURIComponent(endpoint)}/`;
}
