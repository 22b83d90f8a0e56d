/**
 * The devices of the random run. Each is modelled on a client that was watched while its server restarted; what matters for a
 * restart is said by its traits, and every trait has to be met.
 */
import type { DeviceOptions } from './device-habits.ts';

export const traits = [
  'connection id',
  'found by address',
  'without DTLS',
  'ignores handshakes of the gateway',
  'accepts handshakes of the gateway',
  'resumes sessions of the gateway',
  'begins as it is shaken hands with',
  'drops its idle connection',
  'exits on 4.04',
  'exits after 62 s of silence',
  'cancels on RST',
  'dies on port unreachable',
  'sleeps',
  'reboots',
  'empty ACK to FETCH',
  'resumes at each Update',
  'unconfirmed notifications',
  'responds later',
  'hesitates',
  'impatient',
] as const;

export type Trait = (typeof traits)[number];

export interface Temperament {
  readonly name: string;
  readonly traits: readonly Trait[];
  readonly options: Omit<DeviceOptions, 'name'>;
  /** How often it says that it is there. Together with a lifetime of 1,200 s and more this leaves room for one lost Update. */
  readonly updateEveryMs: number;
}

const secure = { secure: true, connectionId: false, resumes: false, queueMode: false };
const plain = { ...secure, secure: false };

export const temperaments: readonly Temperament[] = [
  {
    name: 'tinydtls',
    traits: [
      'found by address',
      'drops its idle connection',
      'exits on 4.04',
      'exits after 62 s of silence',
      'cancels on RST',
      'empty ACK to FETCH',
    ],
    options: {
      ...secure,
      habits: { dropsConnectionAfterMs: 40_000, exits: true, patience: 1, repeatsExactly: true, ignoresFetch: true },
    },
    updateEveryMs: 400_000,
  },
  {
    name: 'tickets',
    traits: [
      'found by address',
      'ignores handshakes of the gateway',
      'cancels on RST',
      'dies on port unreachable',
      'unconfirmed notifications',
    ],
    options: { ...secure, resumes: true, habits: { silentAfterUnreachableMs: 75_000, notifiesUnconfirmed: true } },
    updateEveryMs: 550_000,
  },
  {
    name: 'asleep',
    traits: ['sleeps', 'resumes at each Update', 'found by address', 'cancels on RST'],
    options: { ...secure, resumes: true, queueMode: true, habits: { shakesHandsToUpdate: true } },
    updateEveryMs: 500_000,
  },
  {
    name: 'roaming',
    traits: ['connection id', 'ignores handshakes of the gateway', 'cancels on RST'],
    options: { ...secure, connectionId: true },
    updateEveryMs: 550_000,
  },
  {
    name: 'hesitant',
    traits: ['connection id', 'hesitates', 'cancels on RST'],
    options: { ...secure, connectionId: true, resumes: true, habits: { hesitates: true } },
    updateEveryMs: 100_000,
  },
  {
    name: 'obliging',
    traits: ['found by address', 'accepts handshakes of the gateway', 'cancels on RST'],
    options: { ...secure, habits: { acceptsHandshakes: 'full' } },
    updateEveryMs: 450_000,
  },
  {
    name: 'obliging with sessions',
    traits: ['connection id', 'accepts handshakes of the gateway', 'resumes sessions of the gateway', 'cancels on RST'],
    options: { ...secure, connectionId: true, resumes: true, habits: { acceptsHandshakes: 'resuming' } },
    updateEveryMs: 500_000,
  },
  {
    name: 'overtaking',
    traits: [
      'found by address',
      'accepts handshakes of the gateway',
      'resumes sessions of the gateway',
      'begins as it is shaken hands with',
    ],
    options: {
      ...secure,
      resumes: true,
      habits: { acceptsHandshakes: 'resuming', beginsWhenGreeted: true },
    },
    updateEveryMs: 400_000,
  },
  {
    name: 'impatient',
    traits: ['found by address', 'ignores handshakes of the gateway', 'impatient'],
    options: { ...secure, habits: { patience: 1 } },
    updateEveryMs: 450_000,
  },
  {
    name: 'dozing',
    traits: ['sleeps', 'connection id'],
    options: { ...secure, connectionId: true, resumes: true, queueMode: true },
    updateEveryMs: 300_000,
  },
  {
    name: 'plain',
    traits: ['without DTLS', 'cancels on RST'],
    options: plain,
    updateEveryMs: 350_000,
  },
  {
    name: 'plain sleeper',
    traits: ['without DTLS', 'sleeps', 'exits on 4.04', 'exits after 62 s of silence'],
    options: { ...plain, queueMode: true, habits: { exits: true, patience: 1, repeatsExactly: true } },
    updateEveryMs: 450_000,
  },
  {
    name: 'slow',
    traits: ['responds later', 'found by address'],
    options: { ...secure, resumes: true, habits: { respondsLater: true } },
    updateEveryMs: 500_000,
  },
  {
    name: 'restless',
    traits: ['reboots', 'found by address'],
    options: { ...secure, resumes: true },
    updateEveryMs: 500_000,
  },
  {
    name: 'restless without DTLS',
    traits: ['reboots', 'without DTLS', 'unconfirmed notifications'],
    options: { ...plain, habits: { notifiesUnconfirmed: true } },
    updateEveryMs: 500_000,
  },
];
