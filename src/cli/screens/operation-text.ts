/** What is said of an operation that went well, or that waits for a sleeping device. */
import { formatAge, formatDurationMs, formatExact } from '../../api/ages.ts';
import type { OperationBody } from '../../api/bodies/operation.ts';
import type { ErrorDetails } from '../../api/error-codes.ts';
import { noAnswer, shellWord } from '../../api/error-texts.ts';
import { type DeviceState, verbsDone } from '../../api/state-words.ts';
import { textWidth, together, wrap } from '../../api/wrap.ts';
import { valueText } from './values-table.ts';

/** `meter-17 /3/0/14 written (2.04, 38 ms)`; `resources`: how many, when they went as one. */
export function doneText(operation: OperationBody, resources = 1): string {
  const { endpoint, path, verb, code, roundTripMs } = operation;
  const many = resources > 1 ? `: ${resources} resources` : '';
  const facts = [code, roundTripMs === null ? null : formatDurationMs(roundTripMs)].filter((fact) => fact !== null);
  const measured = facts.length === 0 ? '' : ` (${facts.join(', ')})`;
  return `${endpoint} ${path} ${verbsDone[verb]}${many}${measured}`;
}

/** The message of an operation that is not sent yet; `expiresMs` is what was asked for. */
export function queuedLines(operation: OperationBody, expiresMs: number): readonly string[] {
  const { operation: id } = operation;
  const text = `Queued as operation ${id}: ${queuedText(operation, `dropped after ${formatExact(expiresMs)}`)}`;
  return [...wrap(text, textWidth), `  Wait for it:  holdfast events --follow --operation ${id}`];
}

/** The same for one that was waited for in vain, or is to be sent anew. */
export function stillQueuedLines(operation: OperationBody): readonly string[] {
  const { operation: id, expiresInSeconds } = operation;
  const dropped = expiresInSeconds === null ? 'not dropped' : `dropped in ${formatAge(expiresInSeconds)}`;
  return [
    ...wrap(`Operation ${id} is queued: ${queuedText(operation, dropped)}`, textWidth),
    `  Wait for it:  holdfast operations wait ${id}`,
  ];
}

function queuedText({ device }: OperationBody, dropped: string): string {
  if (device === null || device.state === 'asleep') {
    return `${sleepText(device)}. It is sent when the device wakes, ${dropped}.`;
  }
  return device.connected
    ? `the device has earlier requests to answer. It is sent after them, ${dropped}.`
    : `the device has no connection now. It is sent over the next one, ${dropped}.`;
}

export function sleepText(device: OperationBody['device']): string {
  const heard = device?.heardSecondsAgo ?? null;
  const due = device?.nextUpdateInSeconds ?? null;
  return [
    'the device sleeps',
    ...(heard === null ? [] : [`last heard ${formatAge(heard)} ago`]),
    ...(due === null ? [] : [`next Update due within ${formatAge(due)}`]),
  ].join(', ');
}

/** For an operation whose waiting ended while an answer was still due, if the gateway did not say it itself. */
export function lateError(operation: OperationBody, waitedMs: number): ErrorDetails {
  return noAnswer({
    endpoint: operation.endpoint,
    waitedMs,
    operation: operation.operation ?? 0,
    sends: operation.sends,
    heardSecondsAgo: operation.device?.heardSecondsAgo ?? null,
    lateMs: 93_000,
  });
}

const comes: Partial<Record<DeviceState, string>> = {
  unseen: 'registers',
  gone: 'registers again',
  asleep: 'wakes',
  muted: 'is unmuted and registers again',
};

/** What is said of a wish for notifications, met or not yet. */
export function observedLines(operation: OperationBody): readonly string[] {
  const { endpoint, path, values, observation, device } = operation;
  const undo = together(`holdfast unobserve ${shellWord(endpoint)} ${path}`);
  if (operation.state !== 'done') {
    const state = device?.state;
    const when = (state === undefined ? undefined : comes[state]) ?? 'answers';
    return [`Will be observed when ${endpoint} ${when}.`];
  }
  const [value, ...more] = values;
  const now = value !== undefined && more.length === 0 && value.path === path ? `, now ${valueText(value.value)}` : '';
  const already = observation?.already === true ? 'already ' : '';
  const text = `${endpoint} ${path} ${already}observed${now}. Kept over restarts and registrations until: ${undo}`;
  return wrap(text, textWidth);
}
