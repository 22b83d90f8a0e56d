/** Every key of the configuration file, in the order in which `config show --effective` prints them. */
import { limits } from '../../base/limits.ts';
import { certificateKeys } from './certificate-keys.ts';
import { type LimitKey, limitNames, logLevels } from './configuration.ts';
import { isIpv4, isIpv6, isLoopbackWithPort } from './host-text.ts';
import { type Key, oneOf, text, truth, wholeNumber } from './key.ts';

/** The keys of `[listener.NAME]`. */
export const listenerKeys: readonly Key[] = [
  text(
    { name: 'address', default: '0.0.0.0', description: 'address to listen on; 0.0.0.0 and :: are all of a family' },
    'an address is IPv4 or IPv6, in digits',
    (value) => isIpv4(value) || isIpv6(value),
  ),
  wholeNumber({ name: 'port', unit: null, default: 5684, description: 'UDP port' }, 1, 65_535, 'a port'),
  oneOf(
    {
      name: 'security',
      default: 'psk',
      description: '"psk" is DTLS, with keys and certificates; "none" is plain CoAP',
    },
    ['psk', 'none'],
  ),
  truth({ name: 'enabled', default: true, description: 'false: do not listen here' }),
  wholeNumber(
    {
      name: 'recovery_per_second',
      unit: 'devices/s',
      default: 0,
      description: 'asked over it after a restart; 0: as many as over all',
    },
    0,
    10_000,
  ),
];

/** The listeners that are there unless the file says `enabled = false`. */
export const listenerDefaults: Readonly<Record<string, { readonly address: string }>> = {
  ipv4: { address: '0.0.0.0' },
  ipv6: { address: '::' },
};

export const listenerNameRule = /^[a-z0-9][a-z0-9_-]{0,31}$/;

/** Sections with fixed names, each with its keys. The default of `state.directory` depends on how Holdfast is installed. */
export const sections: Readonly<Record<string, readonly Key[]>> = {
  certificates: certificateKeys,
  http: [
    text(
      { name: 'address', default: '', description: 'loopback address and port for REST, "127.0.0.1:8080"; "" is off' },
      'it is a loopback address with a port, or "" for none',
      (value) => value === '' || isLoopbackWithPort(value),
    ),
  ],
  state: [
    text(
      { name: 'directory', default: '', description: 'where the store is; on a disk, not in memory' },
      'it is a directory',
      (value) => value !== '' && !value.includes('\0'),
    ),
  ],
  log: [
    oneOf(
      { name: 'level', default: 'info', description: 'what is logged; a terminal is shown "warn" until it is said' },
      logLevels,
    ),
  ],
  store: [
    wholeNumber(
      {
        name: 'spacing',
        unit: 'ms',
        default: limits.commitSpacingMs,
        description: 'least time between two commits; more spares the flash, acknowledgements wait for it',
      },
      0,
      limits.commitLatestMs,
    ),
    wholeNumber(
      {
        name: 'soon_window',
        unit: 's',
        default: limits.commitSoonWindowMs / 1_000,
        description: 'how long what nobody waits for may stay unwritten',
      },
      1,
      3_600,
    ),
    wholeNumber(
      {
        name: 'daily_budget',
        unit: 'MB',
        default: 0,
        description: 'what may be written a day before commits wait longer; 0: as endurance and years say',
      },
      0,
      10_000_000,
    ),
    wholeNumber(
      {
        name: 'endurance',
        unit: 'TB',
        default: 4,
        description: 'what the flash is good for, 4 for a consumer card of 32 GB; 0: no budget',
      },
      0,
      100_000,
    ),
    wholeNumber({ name: 'years', unit: 'years', default: 10, description: 'how long the flash is to last' }, 1, 100),
    wholeNumber(
      {
        name: 'device_daily_budget',
        unit: 'MB',
        default: limits.peerBytesPerDay / 1_000_000,
        description: 'what one device may have written a day before it has to wait; 0: no budget',
      },
      0,
      10_000_000,
    ),
  ],
  limits: [
    limit('handshakes_pending', 'handshakes under way, each some 7 KB', 'handshakes', 1, 10_000),
    limit('handshakes_pending_per_source', 'handshakes under way from one address', 'handshakes', 1, 10_000),
    limit('source_datagrams_per_second', 'from one address, on average', 'datagrams/s', 1, 1_000_000),
    limit('source_datagrams_burst', 'from one address, at once', 'datagrams', 1, 1_000_000),
    limit('device_messages_per_second', 'from one device, on average', 'messages/s', 1, 1_000_000),
    limit('device_messages_burst', 'from one device, at once', 'messages', 1, 1_000_000),
    limit('observations_per_device', 'paths observed on one device', 'paths', 1, limits.observationsPerPeerMax),
    limit('operations_queued_per_device', 'requests that wait for one device', 'requests', 1, 1_000),
    limit('event_log_records', 'events kept, in the store and in memory', 'events', 1_000, 1_000_000),
    limit('recovery_per_second', 'asked after a restart whether they answer', 'devices/s', 1, 10_000),
  ],
  time: [
    oneOf({ name: 'battery_clock', default: 'none', description: '"good": the board keeps time without power' }, [
      'good',
      'none',
    ]),
  ],
  device: [
    wholeNumber(
      {
        name: 'awake_window',
        unit: 's',
        default: limits.queueModeAwakeMs / 1_000,
        description: 'how long a device in queue mode listens after its last message',
      },
      1,
      3_600,
    ),
  ],
};

function limit(name: LimitKey, description: string, unit: string, min: number, max: number): Key {
  return wholeNumber({ name, unit, default: limits[limitNames[name]], description }, min, max);
}
