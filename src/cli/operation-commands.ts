/** `holdfast operations ...`: what was asked of devices, and what became of it. */
import { type Command, many, one } from './command.ts';
import { waitingOption } from './operation-flags.ts';

const list: Command = {
  name: 'operations list',
  isDefault: true,
  arguments: '',
  summary: 'all that are known, the newest last',
  examples: [
    'holdfast operations',
    'holdfast operations --state queued,sent,in-doubt',
    'holdfast operations --device meter-17 --limit 10 --json',
  ],
  options: [
    ['--state <states>', 'only these: queued,sent,done,failed,in-doubt,expired,cancelled'],
    ['--device <endpoint>', 'only of this device'],
    ['--limit <count>', 'the newest so many'],
  ],
  needsAdmin: false,
  run: async (context, _, flags) => (await import('./verbs/operations-list.ts')).operationsList(context, flags),
};

const show: Command = {
  name: 'operations show',
  arguments: '<id>',
  summary: 'everything known about one',
  examples: ['holdfast operations show 1843', 'holdfast operations show 1843 --json | jq .state'],
  options: [],
  needsAdmin: false,
  run: async (context, given) => (await import('./verbs/operations-show.ts')).operationsShow(context, one(given, 0)),
};

const wait: Command = {
  name: 'operations wait',
  arguments: '<id>',
  summary: 'until it is over, then its answer; over restarts of the gateway',
  examples: ['holdfast operations wait 1843', 'holdfast operations wait 1843 --wait 2h'],
  options: [['--wait <duration>', 'no longer than this']],
  needsAdmin: false,
  run: async (context, given, flags) =>
    (await import('./verbs/operations-wait.ts')).operationsWait(context, one(given, 0), flags),
};

const cancel: Command = {
  name: 'operations cancel',
  arguments: '<ids...>',
  summary: 'not to be sent any more, nor again',
  examples: ['holdfast operations cancel 1843', 'holdfast operations cancel 1843 1844'],
  options: [],
  needsAdmin: true,
  run: async (context, given) =>
    (await import('./verbs/operations-cancel.ts')).operationsCancel(context, many(given, 0)),
};

const retry: Command = {
  name: 'operations retry',
  arguments: '<id>',
  summary: 'send one anew that is in doubt',
  examples: ['holdfast operations retry 1850', 'holdfast operations retry 1850 --wait 30s'],
  options: [waitingOption.wait, waitingOption.noWait],
  needsAdmin: true,
  run: async (context, given, flags) =>
    (await import('./verbs/operations-retry.ts')).operationsRetry(context, one(given, 0), flags),
};

export const operationCommands: readonly Command[] = [list, show, wait, cancel, retry];
