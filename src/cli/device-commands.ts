/** `holdfast devices` and `holdfast device ...`. */
import { type Command, many, one } from './command.ts';

const devices: Command = {
  name: 'devices',
  arguments: '',
  summary: 'all devices, one a line',
  examples: [
    'holdfast devices',
    'holdfast devices --state silent,gone',
    "holdfast devices --match 'urn:imei:*' --sort heard --limit 10",
    'holdfast devices --watch',
  ],
  options: [
    ['--state <states>', 'only these: online,awake,asleep,silent,restored,gone,unseen,muted'],
    ['--match <glob>', 'only endpoints that fit: * is any text, ? one character'],
    ['--sort <key>', 'endpoint, heard, expires, queued or state'],
    ['--reverse', 'the other way round'],
    ['--limit <count>', 'at most so many'],
    ['--watch', 'go on, showing what changes'],
  ],
  needsAdmin: false,
  run: async (context, _, flags) => (await import('./verbs/devices.ts')).devices(context, flags),
};

const show: Command = {
  name: 'device show',
  arguments: '<endpoint>',
  summary: 'everything known about one device',
  examples: ['holdfast device show meter-17', 'holdfast device show meter-17 --json | jq .objectLinks'],
  options: [],
  needsAdmin: false,
  run: async (context, given) => (await import('./verbs/device-show.ts')).deviceShow(context, one(given, 0)),
};

const add: Command = {
  name: 'device add',
  arguments: '<endpoint>',
  summary: 'identity and key, the key over stdin; or by certificate',
  examples: [
    'holdfast device add meter-17 < meter-17.key',
    'holdfast device add meter-17 --generate-key meter-17.key',
    'printf %s try-me-now-1 | holdfast device add probe-1 --key-format text',
    'holdfast device add meter-18 --x509',
  ],
  options: [
    ['--psk-identity <identity>', 'PSK identity (default: the endpoint name)'],
    ['--key-format <format>', 'how the key on stdin is written: hex, base64 or text (default: hex)'],
    ['--generate-key <file>', 'make a key and write it to a new file of mode 0600'],
    ['--x509', 'no key: it comes in with a certificate whose subject is named as the endpoint'],
    ['--replace', 'change an existing device; its connection ends'],
  ],
  hidden: [['--key [key]', 'refused: arguments are visible to every process']],
  needsAdmin: true,
  run: async (context, given, flags) =>
    (await import('./verbs/device-add.ts')).deviceAdd(context, one(given, 0), flags),
};

const remove: Command = {
  name: 'device remove',
  arguments: '<endpoints...>',
  summary: 'registration, observations, queue, connection, credentials',
  examples: ['holdfast device remove meter-17', 'holdfast device remove meter-17 meter-18 --yes'],
  options: [
    ['--keep-credentials', 'leave its identity and key'],
    ['--yes', 'do not ask'],
  ],
  needsAdmin: true,
  run: async (context, given, flags) =>
    (await import('./verbs/device-remove.ts')).deviceRemove(context, many(given, 0), flags),
};

const reset: Command = {
  name: 'device reset',
  arguments: '<endpoint>',
  summary: 'drop its connection, and shake hands anew',
  examples: ['holdfast device reset meter-17'],
  options: [],
  needsAdmin: true,
  run: async (context, given) => (await import('./verbs/device-reset.ts')).deviceReset(context, one(given, 0)),
};

const mute: Command = {
  name: 'device mute',
  arguments: '<endpoint>',
  summary: 'ignore it, as the crash-loop breaker does',
  examples: ['holdfast device mute meter-17', 'holdfast device mute meter-17 --for 2h'],
  options: [['--for <duration>', 'unmute it by itself after so long (default: when somebody does)']],
  needsAdmin: true,
  run: async (context, given, flags) =>
    (await import('./verbs/device-mute.ts')).deviceMute(context, one(given, 0), flags),
};

const unmute: Command = {
  name: 'device unmute',
  arguments: '<endpoint>',
  summary: 'let it come in again, with a new handshake and registration',
  examples: ['holdfast device unmute meter-17', 'holdfast devices --state muted'],
  options: [],
  needsAdmin: true,
  run: async (context, given) => (await import('./verbs/device-mute.ts')).deviceUnmute(context, one(given, 0)),
};

export const deviceCommands: readonly Command[] = [devices, show, add, remove, reset, mute, unmute];
