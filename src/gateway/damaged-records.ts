/** The kept records that this start could not read: how many of which kinds, and of which devices, as far as their keys tell. */
import { credentialRecord } from '../records/credential-record.ts';
import { countedRecords } from '../records/kinds.ts';
import { mutedRecord } from '../records/muted-record.ts';
import { namesIn, prefixOf } from '../records/record-kind.ts';
import { registrationRecord } from '../records/registration-record.ts';
import { relationRecord } from '../records/relation-record.ts';
import { seenRecord } from '../records/seen-record.ts';
import { sequenceRecord } from '../records/sequence-record.ts';
import { wishRecord } from '../records/wish-record.ts';

/** Kinds whose keys begin with an endpoint name. */
const ofDevices = [
  credentialRecord,
  mutedRecord,
  registrationRecord,
  relationRecord,
  seenRecord,
  sequenceRecord,
  wishRecord,
];

const endpointsNamedMax = 3;
const kindsNamedMax = 3;

export class DamagedRecords {
  count = 0;
  private readonly named = new Set<string>();
  /** By the beginning of their keys; beyond a few they are merely records. */
  private readonly kinds = new Map<string, number>();

  /** The first few devices that lost something. */
  get endpoints(): readonly string[] {
    return [...this.named];
  }

  /** The records in words, by kind, the kind met first standing first: `a registration`, `2 receive windows`. */
  get what(): readonly string[] {
    const named = Array.from(this.kinds, ([prefix, count]) => countedRecords(prefix, count));
    const others = this.count - [...this.kinds.values()].reduce((sum, count) => sum + count, 0);
    return others === 0 ? named : [...named, others === 1 ? '1 other record' : `${others} other records`];
  }

  /** Counts the record of this key; returns the device it belonged to: as its key tells, or else `owner`. */
  add(key: string, owner?: string): string | undefined {
    this.count++;
    this.addKind(prefixOf(key));
    const endpoint = endpointIn(key) ?? owner;
    if (endpoint !== undefined && this.named.size < endpointsNamedMax) this.named.add(endpoint);
    return endpoint;
  }

  private addKind(prefix: string): void {
    const count = this.kinds.get(prefix);
    if (count !== undefined || this.kinds.size < kindsNamedMax) this.kinds.set(prefix, (count ?? 0) + 1);
  }
}

function endpointIn(key: string): string | undefined {
  for (const kind of ofDevices) {
    const names = namesIn(kind, key);
    if (names !== undefined) return names[0];
  }
  return undefined;
}
