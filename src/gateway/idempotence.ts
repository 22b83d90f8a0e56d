/**
 * Whether a request that may have been carried out may be made once more. Where it may not, a person decides.
 *
 * Source: RFC 7252 section 5.1. A Write leaves the same values however often it is made; but in the objects of security, the
 * server account, firmware and software updates and OSCORE a write begins something.
 */
import { objectIdOf } from '../lwm2m/path.ts';
import type { DeviceOperation } from './operator.ts';

/** Security, Server, Firmware Update, Software Management, OSCORE. */
const objectsThatAct: ReadonlySet<number | undefined> = new Set([0, 1, 5, 9, 21]);

/** True when doing it twice is the same as doing it once. */
export function mayBeRepeated(asked: DeviceOperation): boolean {
  switch (asked.verb) {
    case 'read':
    case 'discover':
      return true;
    case 'execute':
      return false;
    case 'write':
      return !objectsThatAct.has(objectIdOf(asked.path));
  }
}

/** True when the device stays as it is: then nothing about the request need be kept before it leaves. */
export function changesNothing(asked: DeviceOperation): boolean {
  return asked.verb === 'read' || asked.verb === 'discover';
}
