/** All commands. Each verb is loaded only when it is called, so that the first output comes quickly. */
import { type Command, many, one, optional } from './command.ts';
import { configCommands } from './config-commands.ts';
import { deviceCommands } from './device-commands.ts';
import { operationCommands } from './operation-commands.ts';
import { waitingOption } from './operation-flags.ts';

const waitingOptions = [
  waitingOption.wait,
  waitingOption.noWait,
  ['--expires <duration>', 'how long it may wait for a sleeping device (24h)'],
] as const;

const status: Command = {
  name: 'status',
  arguments: '',
  summary: 'gateway, fleet, recovery, what needs doing',
  examples: ['holdfast status', "holdfast status --json | jq '.devices.silent'"],
  options: [],
  needsAdmin: false,
  run: async (context) => (await import('./verbs/status.ts')).status(context),
};

const read: Command = {
  name: 'read',
  arguments: '<endpoint> <paths...>',
  summary: 'Read values from a device',
  examples: [
    'holdfast read meter-17 /3303/0/5700',
    'holdfast read meter-17 /3303/0 /3/0/13 --wait 30s',
    'holdfast read meter-17 /3303/0 --format senml-cbor --raw answer.cbor',
  ],
  options: [
    ['--format <format>', 'text, cbor, senml-json, senml-cbor, tlv or opaque'],
    ['--raw <file>', "write the answer's payload as it came to a file, - for stdout"],
    ...waitingOptions,
  ],
  needsAdmin: true,
  run: async (context, given, flags) =>
    (await import('./verbs/read.ts')).read(context, one(given, 0), many(given, 1), flags),
};

const write: Command = {
  name: 'write',
  arguments: '<endpoint> <path[:type]> [value-or-more...]',
  summary: 'Write a value, or several of one instance',
  examples: [
    'holdfast write meter-17 /3/0/14 +01:00',
    'holdfast write meter-17 /3/0/14=+01:00 /3/0/15=Europe/Berlin',
    'holdfast write meter-17 /33500/0/1:float 21.5',
    'holdfast write meter-17 /5/0/0 @firmware.bin',
  ],
  options: [['--replace', 'replace the whole instance: what is not named is removed'], ...waitingOptions],
  needsAdmin: true,
  run: async (context, given, flags) =>
    (await import('./verbs/write.ts')).write(context, one(given, 0), [one(given, 1), ...many(given, 2)], flags),
};

const execute: Command = {
  name: 'execute',
  arguments: '<endpoint> <path> [arguments]',
  summary: 'Execute a resource',
  examples: ['holdfast execute boiler-02 /3/0/4', `holdfast execute boiler-02 /3340/0/5523 '0="sensor",1'`],
  options: waitingOptions,
  needsAdmin: true,
  run: async (context, given, flags) =>
    (await import('./verbs/execute.ts')).execute(context, one(given, 0), one(given, 1), optional(given, 2), flags),
};

const discover: Command = {
  name: 'discover',
  arguments: '<endpoint> <path>',
  summary: 'What is there, with attributes',
  examples: ['holdfast discover meter-17 /3303', 'holdfast discover meter-17 /'],
  options: waitingOptions,
  needsAdmin: true,
  run: async (context, given, flags) =>
    (await import('./verbs/discover.ts')).discover(context, one(given, 0), one(given, 1), flags),
};

const observe: Command = {
  name: 'observe',
  arguments: '<endpoint> <paths...>',
  summary: 'wish for notifications, kept over restarts',
  examples: [
    'holdfast observe meter-17 /3303/0/5700 --pmin 10s --pmax 60s',
    'holdfast observe meter-17 /3303/0/5700 --follow',
  ],
  options: [
    ['--pmin <duration>', 'at most one notification in this time'],
    ['--pmax <duration>', 'at least one notification in this time'],
    ['--follow', 'print the values as they come, until Ctrl-C'],
    ...waitingOptions,
  ],
  needsAdmin: true,
  run: async (context, given, flags) =>
    (await import('./verbs/observe.ts')).observe(context, one(given, 0), many(given, 1), flags),
};

const unobserve: Command = {
  name: 'unobserve',
  arguments: '<endpoint> [paths...]',
  summary: 'withdraw the wish',
  examples: ['holdfast unobserve meter-17 /3303/0/5700', 'holdfast unobserve meter-17 --all'],
  options: [['--all', 'everything that is observed on the device']],
  needsAdmin: true,
  run: async (context, given, flags) =>
    (await import('./verbs/unobserve.ts')).unobserve(context, one(given, 0), many(given, 1), flags),
};

const observations: Command = {
  name: 'observations',
  arguments: '[endpoint]',
  summary: 'wishes and running relations, with the last values',
  examples: ['holdfast observations', 'holdfast observations meter-17 --json'],
  options: [],
  needsAdmin: false,
  run: async (context, given) => (await import('./verbs/observations.ts')).observations(context, optional(given, 0)),
};

const events: Command = {
  name: 'events',
  arguments: '',
  summary: 'the durable event log, and what happens now',
  examples: [
    'holdfast events --follow',
    'holdfast events --from 48209 --follow --json',
    'holdfast events --follow --device meter-17 --limit 1',
  ],
  options: [
    ['--from <id>', 'continue right after this id; "start" or "now" (default: the last 20)'],
    ['--follow', 'go on as things happen, over restarts of the gateway'],
    ['--type <types>', 'only these: NOTIFICATION,SEND,...'],
    ['--device <endpoint>', 'only of this device'],
    ['--operation <id>', 'only of this operation; with --follow until it is over'],
    ['--limit <count>', 'stop after so many'],
    ['--for <duration>', 'follow for so long, then stop'],
  ],
  needsAdmin: false,
  run: async (context, _, flags) => (await import('./verbs/events.ts')).events(context, flags),
};

const flash: Command = {
  name: 'flash',
  arguments: '',
  summary: 'bytes written, budget, years, by device',
  examples: ['holdfast flash', "holdfast flash --json | jq '.yearsAtThisRate'"],
  options: [],
  needsAdmin: false,
  run: async (context) => (await import('./verbs/flash.ts')).flash(context),
};

const recovery: Command = {
  name: 'recovery',
  arguments: '',
  summary: 'progress after a restart, rung by rung',
  examples: ['holdfast recovery', 'holdfast recovery --watch', "holdfast recovery --json | jq '.devices.unreachable'"],
  options: [['--watch', 'go on until it is over']],
  needsAdmin: false,
  run: async (context, _, flags) => (await import('./verbs/recovery.ts')).recovery(context, flags),
};

const version: Command = {
  name: 'version',
  arguments: '',
  summary: 'versions of CLI, gateway, engine, JSON schema',
  examples: ['holdfast version', 'holdfast version --json'],
  options: [],
  needsAdmin: false,
  run: async (context) => (await import('./verbs/version.ts')).version(context),
};

export const commands: readonly Command[] = [
  status,
  ...deviceCommands,
  read,
  write,
  execute,
  discover,
  observe,
  unobserve,
  observations,
  ...operationCommands,
  events,
  recovery,
  flash,
  ...configCommands,
  version,
];
