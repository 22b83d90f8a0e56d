/** What the host does with the records of a start before the machine gets them. */
import type { StoredRecord } from '../../src/commit/commit.ts';
import type { InHand } from '../../src/gateway/crash-loop.ts';
import { PeerRecords } from '../../src/gateway/peer-records.ts';
import { deviceIn, isLate } from '../../src/records/late-kinds.ts';
import { simulatedAead } from './simulated-aead.ts';

/** What is read first, and what is late, device by device. */
export function inStartOrder(records: readonly StoredRecord[]): [first: StoredRecord[], late: StoredRecord[]] {
  const late = records.filter(({ key }) => isLate(key));
  const isBefore = (a: StoredRecord, b: StoredRecord): boolean => deviceIn(a.key) < deviceIn(b.key);
  late.sort((a, b) => (isBefore(a, b) ? -1 : isBefore(b, a) ? 1 : 0));
  return [records.filter(({ key }) => !isLate(key)), late];
}

/** Which records are set aside with a culprit, as the host finds them. */
export function convictedBy(culprit: InHand | undefined, records: readonly StoredRecord[]): (key: string) => boolean {
  if (culprit?.kind === 'record') return (key) => key === culprit.name;
  if (culprit?.kind !== 'peer') return () => false;
  const ofPeer = new PeerRecords(culprit.name, simulatedAead);
  for (const record of records) ofPeer.look(record);
  return (key) => ofPeer.has(key);
}
