/**
 * What changes of an association while it lives: its receive window, in every batch that holds an effect of a record it
 * received, and its address when that moved. Owns the keys `aw/<association id>`.
 */
import { bytes, text } from './reader.ts';
import type { RecordKind } from './record-kind.ts';

export interface WindowRecord {
  /** 16 bytes: highest sequence number received, and a bit for each of the 64 up to it. */
  readonly window: Uint8Array;
  readonly address: string;
}

const windowBytes = 16;

export const windowRecord: RecordKind<WindowRecord> = {
  prefix: 'aw/',
  version: 1,
  sealed: false,
  toBody: (value) => ({ a: value.address, w: value.window }),
  fromBody: (body) => {
    const window = bytes(body, 'w');
    const address = text(body, 'a');
    return window?.length === windowBytes && address !== undefined ? { window, address } : undefined;
  },
};
