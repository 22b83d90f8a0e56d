/**
 * What a device is known to understand, and the formats that follow for a request (LwM2M 1.2 core 7.4). A format that the device
 * has shown is certain; TLV is what every 1.0 client has; text and opaque are certain from 1.1 on for a single value.
 */
import { carriesSeveralValues, contentFormats } from './content-format.ts';
import { depthOf, type ResourcePath } from './path.ts';
import type { Lwm2mVersion } from './registration-parameters.ts';
import type { Entry } from './value.ts';

export interface DeviceDialect {
  readonly version: Lwm2mVersion;
  /** The alternate path, or `/`. */
  readonly rootPath: string;
  /** Content-Formats that its root link announces. */
  readonly contentFormats: readonly number[];
  /** The Content-Format of its last answer that carried several values. */
  readonly shownFormat?: number;
}

const writable: readonly number[] = [contentFormats['senml-cbor'], contentFormats['senml-json'], contentFormats.tlv];

/** The Accept of a Read or Observe for which nobody named a format; undefined leaves it to the device. */
export function readFormat(device: DeviceDialect): number | undefined {
  if (device.shownFormat !== undefined && carriesSeveralValues(device.shownFormat)) return device.shownFormat;
  return device.version === '1.0' ? contentFormats.tlv : undefined;
}

/** The formats to try for a Write or Create, best first; the next one is for an answer 4.15 or 4.06. */
export function writeFormats(device: DeviceDialect, base: ResourcePath, entries: readonly Entry[]): readonly number[] {
  const several = severalValueFormats(device);
  const [only] = entries;
  if (only === undefined || entries.length > 1 || only.path !== base || depthOf(base) < 3) return several;
  const { value } = only;
  if (value.type === 'opaque') return single(device, contentFormats.opaque, several);
  if (value.type === 'float' && !Number.isFinite(value.value)) return several;
  return single(device, contentFormats.text, several);
}

function single(device: DeviceDialect, format: number, several: readonly number[]): readonly number[] {
  return device.version === '1.0' ? [...several, format] : [format, ...several];
}

function severalValueFormats(device: DeviceDialect): readonly number[] {
  const known = [device.shownFormat, ...writable.filter((format) => device.contentFormats.includes(format))];
  const usual = device.version === '1.0' ? [contentFormats.tlv] : writable;
  const ordered = [...known, ...usual].filter(
    (format): format is number => format !== undefined && writable.includes(format),
  );
  return [...new Set(ordered)];
}
