/** Records of the store itself, `m/…`: one of a kind, never sealed, of one version. */
import { decodeRecord } from './envelope.ts';
import { asMap, type RecordMap } from './reader.ts';

/** The body; undefined when the value is damaged or of another version. */
export function ownBody(key: string, version: number, value: Uint8Array): RecordMap | undefined {
  const decoded = decodeRecord(key, value);
  return 'error' in decoded || decoded.version !== version ? undefined : asMap(decoded.body);
}
