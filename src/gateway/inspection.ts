/** Answers questions from what the gateway knows. Contacts no device, changes nothing. */
import type { Now } from '../base/instants.ts';
import type { ObjectModel } from '../lwm2m/objects/model.ts';
import type { Admission } from './admission.ts';
import type { Connections } from './connections.ts';
import type { StoreState } from './contract.ts';
import type { Counters } from './counters.ts';
import type { Credentials } from './credentials.ts';
import type { DamagedRecords } from './damaged-records.ts';
import type { DeviceViews } from './device-views.ts';
import type { Downlink } from './downlink.ts';
import type { EventLog } from './event-log.ts';
import type { EventReaders } from './event-readers.ts';
import { listedObservations } from './listed-observations.ts';
import { listedOperations } from './listed-operations.ts';
import { loggedEvent } from './logged-event.ts';
import type { MutedDevices } from './muted-devices.ts';
import type { Observations } from './observations.ts';
import type { Peers } from './peers.ts';
import type { Recovery } from './recovery.ts';
import type { Registrations } from './registrations.ts';
import { toSeconds } from './seconds.ts';
import type { Uptime } from './uptime.ts';
import type { Answer, CredentialView, OperationsQuery, Query, StatusView, WritersView } from './views.ts';

export interface InspectionParts {
  readonly credentials: Credentials;
  readonly registrations: Registrations;
  readonly observations: Observations;
  readonly connections: Connections;
  readonly eventLog: EventLog;
  readonly readers: EventReaders;
  readonly downlink: Downlink;
  readonly peers: Peers;
  readonly counters: Counters;
  readonly uptime: Uptime;
  readonly views: DeviceViews;
  readonly damaged: DamagedRecords;
  readonly muted: MutedDevices;
  readonly admission: Admission;
  readonly recovery: Recovery;
  readonly model: ObjectModel;
}

/** What only the gateway itself knows of its start. */
export interface StartFacts {
  readonly generation: number;
  readonly lastStop: 'clean' | 'unclean' | 'first';
  readonly store: StoreState;
}

export class Inspection {
  private readonly parts: InspectionParts;

  constructor(parts: InspectionParts) {
    this.parts = parts;
  }

  answer(query: Query, facts: StartFacts, now: Now): Answer {
    const { views, eventLog, downlink } = this.parts;
    switch (query.kind) {
      case 'status':
        return { kind: 'status', status: this.status(facts, now) };
      case 'devices':
        return { kind: 'devices', ...views.list(query.after, query.limit, now) };
      case 'device':
        return { kind: 'device', device: views.detail(query.endpoint, now) };
      case 'credentials':
        return this.credentials(query.after, query.limit);
      case 'events': {
        const { events, lost } = eventLog.read(query.after, query.limit);
        const told = events.map((event) => loggedEvent(event, this.rootPathOf(event.endpoint), this.parts.model));
        return { kind: 'events', events: told, lost, oldestId: eventLog.oldest()?.id, lastId: eventLog.newestId };
      }
      case 'readers': {
        const listed = this.parts.readers.list();
        return {
          kind: 'readers',
          readers: listed.map(([name, cursor]) => ({ name, cursor, ...eventLog.unread(cursor) })),
        };
      }
      case 'recovery':
        return { kind: 'recovery', recovery: this.parts.recovery.view(now) };
      case 'operation': {
        const operation = downlink.get(query.id);
        return { kind: 'operation', operation: operation && downlink.view(operation, now) };
      }
      case 'operations':
        return this.operations(query, now);
      case 'observations':
        return this.observations(query, now);
      case 'writers':
        return { kind: 'writers', writers: this.writers(query.limit, now) };
    }
  }

  private status(facts: StartFacts, now: Now): StatusView {
    const { views, eventLog, downlink, peers, connections, registrations, counters, uptime, damaged } = this.parts;
    const devices = views.states(now);
    const oldest = eventLog.oldest();
    return {
      generation: facts.generation,
      servingSeconds: toSeconds(uptime.sinceStartMs(now)),
      lastStop: facts.lastStop,
      devices,
      sinceStart: {
        heardFrom: peers.heardFrom,
        handshakes: connections.dtls.counts.handshakes,
        registrations: registrations.count,
      },
      events: {
        perMinute: eventLog.perMinute(now.monotonic),
        held: eventLog.held,
        oldestSecondsAgo: oldest && toSeconds(uptime.at(now) - oldest.atUptimeMs),
        lastId: eventLog.newestId,
        youngHeld: eventLog.youngHeld(uptime.at(now)),
        heldMax: eventLog.recordsMax,
      },
      operations: downlink.operations.counts(),
      store: facts.store,
      budgetSpent: this.budgetSpent(now),
      mutedByBreaker: this.mutedByBreaker(),
      drops: counters.list(now.monotonic),
      setAside: { count: damaged.count, what: damaged.what, endpoints: damaged.endpoints },
    };
  }

  private operations(query: OperationsQuery, now: Now): Answer {
    const { downlink } = this.parts;
    const { operations, more } = listedOperations(downlink.list(), query);
    return { kind: 'operations', operations: operations.map((operation) => downlink.view(operation, now)), more };
  }

  private observations(query: Extract<Query, { kind: 'observations' }>, now: Now): Answer {
    const { views, observations, uptime } = this.parts;
    const { endpoint, after, limit } = query;
    const names = endpoint === undefined ? views.namesAfter(after, limit + 1) : [endpoint];
    const shown = names.slice(0, limit);
    return {
      kind: 'observations',
      observations: listedObservations(shown, observations, now, uptime.at(now)),
      after: names.length > limit ? shown.at(-1) : undefined,
    };
  }

  private writers(limit: number, now: Now): WritersView {
    const { admission, registrations, uptime } = this.parts;
    const writers = admission.writers(limit, now.monotonic);
    return {
      servingSeconds: toSeconds(uptime.sinceStartMs(now)),
      bytesPerDay: admission.peerBytesPerDay,
      writers: writers.map((writer) => ({ ...writer, endpoint: registrations.ofPeer(writer.peer)?.endpoint })),
    };
  }

  private budgetSpent(now: Now): StatusView['budgetSpent'] {
    const spent = this.parts.admission.spent(now.monotonic);
    const named = spent.slice(0, 3).map((peer) => this.parts.registrations.ofPeer(peer)?.endpoint);
    return { count: spent.length, endpoints: named.filter((name) => name !== undefined) };
  }

  private mutedByBreaker(): StatusView['mutedByBreaker'] {
    const { byBreaker } = this.parts.muted;
    return { count: byBreaker.length, endpoints: byBreaker.slice(0, 3) };
  }

  private credentials(after: string | undefined, limit: number): Answer {
    const { credentials } = this.parts;
    const names = credentials.names.after(after, limit + 1);
    const views = names.slice(0, limit).map((name) => credentials.view(name) as CredentialView);
    return { kind: 'credentials', credentials: views, more: names.length > limit };
  }

  private rootPathOf(endpoint: string): string {
    return this.parts.registrations.known(endpoint)?.request.rootPath ?? '/';
  }
}
