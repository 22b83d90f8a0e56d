/** The kept records that this start could not read: how many, and of which devices, as far as their keys tell. */
import { credentialRecord } from '../records/credential-record.ts';
import { namesIn } from '../records/record-kind.ts';
import { registrationRecord } from '../records/registration-record.ts';
import { relationRecord } from '../records/relation-record.ts';
import { seenRecord } from '../records/seen-record.ts';
import { sequenceRecord } from '../records/sequence-record.ts';
import { wishRecord } from '../records/wish-record.ts';

/** Kinds whose keys begin with an endpoint name. */
const ofDevices = [credentialRecord, registrationRecord, relationRecord, seenRecord, sequenceRecord, wishRecord];

const endpointsNamedMax = 3;

export class DamagedRecords {
  count = 0;
  private readonly named = new Set<string>();

  /** The first few devices that lost something. */
  get endpoints(): readonly string[] {
    return [...this.named];
  }

  /** Counts the record of this key; returns the device it belonged to: as its key tells, or else `owner`. */
  add(key: string, owner?: string): string | undefined {
    this.count++;
    const endpoint = endpointIn(key) ?? owner;
    if (endpoint !== undefined && this.named.size < endpointsNamedMax) this.named.add(endpoint);
    return endpoint;
  }
}

function endpointIn(key: string): string | undefined {
  for (const kind of ofDevices) {
    const names = namesIn(kind, key);
    if (names !== undefined) return names[0];
  }
  return undefined;
}
