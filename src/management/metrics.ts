/**
 * `GET /metrics`: what `status` tells, and what was written since the start, for Prometheus (text exposition format 0.0.4). Names
 * begin with `holdfast_` and end in their unit; what only rises ends in `_total`.
 */
import type { RecoveryView } from '../gateway/recovery-view.ts';
import type { StatusView } from '../gateway/views.ts';
import type { Information } from './information.ts';

interface Metric {
  readonly name: string;
  readonly type: 'counter' | 'gauge';
  readonly help: string;
  readonly samples: readonly Sample[];
}

interface Sample {
  readonly labels?: Readonly<Record<string, string>>;
  /** Null or undefined: not known, so not told. */
  readonly value: number | null | undefined;
}

const storeStates = ['ok', 'full', 'readonly', 'failed', 'superseded'] as const;

/** The whole body. */
export function metricsText(status: StatusView, recovery: RecoveryView, information: Information): string {
  const metrics = [
    ...processMetrics(status, information),
    ...fleetMetrics(status),
    ...recoveryMetrics(recovery),
    ...storeMetrics(status, information),
    ...wearMetrics(information),
  ];
  return metrics.map(metricText).join('');
}

function processMetrics({ generation, servingSeconds, drops }: StatusView, { version, clock }: Information): Metric[] {
  return [
    { ...gauge('build_info', 'Always 1; the version is its label.'), samples: [{ labels: { version }, value: 1 }] },
    gauge('generation', 'Of this start: it rises with each.', generation),
    gauge('serving_seconds', 'For how long this process has served.', servingSeconds),
    gauge('clock_trusted', '1 when somebody vouches for the clock.', clock.trusted ? 1 : 0),
    {
      ...counter('drops_total', 'Datagrams and messages dropped, by reason.'),
      samples: drops.map(({ reason, total }) => ({ labels: { reason }, value: total })),
    },
  ];
}

function fleetMetrics({ devices, sinceStart, events, operations }: StatusView): Metric[] {
  return [
    { ...gauge('devices', 'Devices by state.'), samples: byLabel('state', devices) },
    counter('handshakes_total', 'DTLS handshakes completed.', sinceStart.handshakes),
    counter('registrations_total', 'New registrations.', sinceStart.registrations),
    gauge('devices_heard', 'Peers heard from since the start.', sinceStart.heardFrom),
    counter('events_total', 'Events ever logged: the newest id, over all starts.', events.lastId),
    gauge('event_log_records', 'Events that the log holds.', events.held),
    gauge('event_log_young_records', 'Those of them that may not make room yet.', events.youngHeld),
    gauge('event_log_records_max', 'Events that the log holds at most.', events.heldMax),
    {
      ...gauge('operations', 'Operations under way, by state.'),
      samples: byLabel('state', { queued: operations.queued, sent: operations.sent, 'in-doubt': operations.inDoubt }),
    },
  ];
}

function recoveryMetrics({ heard, toDo, underWay, asleep, unreachable, rungs }: RecoveryView): Metric[] {
  return [
    {
      ...gauge('recovery_devices', 'Devices that were registered at the start, by what has become of them.'),
      samples: byLabel('state', { heard, 'to-do': toDo, 'under-way': underWay, asleep, unreachable }),
    },
    {
      ...counter('recovered_total', 'Devices that the gateway has reached since its start, by rung.'),
      samples: rungs.map(({ rung, succeeded }) => ({ labels: { rung }, value: succeeded })),
    },
    {
      ...counter('recovery_failures_total', 'Rungs on which a device did not answer.'),
      samples: rungs.map(({ rung, failed }) => ({ labels: { rung }, value: failed })),
    },
  ];
}

function storeMetrics({ store, budgetSpent, setAside }: StatusView, information: Information): Metric[] {
  const { totals } = information.store.wear;
  const { database, journal, journalFill } = information.store.health;
  return [
    {
      ...gauge('store_state', '1 for the state that the store is in.'),
      samples: storeStates.map((state) => ({ labels: { state }, value: state === store ? 1 : 0 })),
    },
    gauge('store_database_refuses', '1 while the database takes nothing.', database === 'ok' ? 0 : 1),
    gauge('store_journal_failed', '1 while there is no journal.', journal === 'ok' ? 0 : 1),
    gauge('store_journal_fill_ratio', 'Which part of the journal is in use, from 0 to 1.', journalFill),
    gauge('records_set_aside', 'Damaged records that this start has set aside.', setAside.count),
    counter('store_commits_total', 'Commits that became durable.', totals.commits),
    counter('store_logical_bytes_total', 'Keys and values of records written.', totals.logicalBytes),
    counter('store_journal_bytes_total', 'Bytes written to the journal.', totals.journalBytes),
    counter('store_database_bytes_total', 'Keys and values handed to LevelDB.', totals.databaseBytes),
    gauge('devices_over_budget', 'Devices that have used up what they may write a day.', budgetSpent.count),
  ];
}

function wearMetrics({ store }: Information): Metric[] {
  const { totals, budgetBytesPerDay, spacingMs, state } = store.wear;
  return [
    counter(
      'written_bytes_total',
      'Bytes that the store wrote, with what database and file system add.',
      totals.writtenBytes,
    ),
    counter(
      'device_written_bytes_total',
      'Bytes written to the block device of the state directory, by whomever.',
      totals.deviceBytes,
    ),
    gauge('write_budget_bytes_per_day', 'What may be written a day.', budgetBytesPerDay),
    gauge('write_budget_exceeded', '1 when more is written, though commits wait as long as they may.', flag(state)),
    gauge('commit_spacing_seconds', 'From one commit to the next, as it is now.', spacingMs / 1_000),
  ];
}

function flag(state: Information['store']['wear']['state']): number {
  return state === 'over' ? 1 : 0;
}

function gauge(name: string, help: string, value?: number | null): Metric {
  return { name: `holdfast_${name}`, type: 'gauge', help, samples: [{ value }] };
}

function counter(name: string, help: string, value?: number | null): Metric {
  return { ...gauge(name, help, value), type: 'counter' };
}

function byLabel(label: string, values: Readonly<Record<string, number>>): readonly Sample[] {
  return Object.entries(values).map(([word, value]) => ({ labels: { [label]: word }, value }));
}

/** Nothing when no sample is known. */
function metricText({ name, type, help, samples }: Metric): string {
  const lines = samples
    .filter(({ value }) => value !== null && value !== undefined)
    .map(({ labels, value }) => `${name}${labelText(labels)} ${value}\n`);
  return lines.length === 0 ? '' : `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${lines.join('')}`;
}

/** The words are ours and need no escapes. */
function labelText(labels: Readonly<Record<string, string>> = {}): string {
  const pairs = Object.entries(labels).map(([label, value]) => `${label}="${value}"`);
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`;
}
