/** Reads the list of devices as it streams in, and picks and orders what was asked for. */
import type { DeviceBody } from '../api/bodies/device.ts';
import { elementOfLine } from '../api/json.ts';
import { routes } from '../api/routes.ts';
import { type DeviceState, deviceStates } from '../api/state-words.ts';
import type { Context } from './context.ts';
import { globMatcher } from './glob.ts';

export const sortKeys = ['endpoint', 'heard', 'expires', 'queued', 'state'] as const;
export type SortKey = (typeof sortKeys)[number];

export interface Selection {
  readonly states: readonly DeviceState[] | undefined;
  readonly match: string | undefined;
  readonly sort: SortKey;
  readonly reverse: boolean;
  readonly limit: number;
}

/** A device with the JSON it came as. */
export interface ListedDevice {
  readonly device: DeviceBody;
  readonly json: string;
}

/** The devices that fit, in the gateway's order (by endpoint, bytewise), as they arrive. */
export async function* streamDevices(context: Context, selection: Selection): AsyncGenerator<ListedDevice> {
  const matches = selection.match === undefined ? () => true : globMatcher(selection.match);
  const { states } = selection;
  const answer = await context.gateway.open({ method: 'GET', path: routes.devices() });
  for await (const line of answer.lines()) {
    const json = elementOfLine(line);
    if (json === undefined) continue;
    const device = JSON.parse(json) as DeviceBody;
    if ((states === undefined || states.includes(device.state)) && matches(device.endpoint)) yield { device, json };
  }
}

/** All that were asked for, sorted and limited. */
export async function listDevices(context: Context, selection: Selection): Promise<readonly ListedDevice[]> {
  const all: ListedDevice[] = [];
  for await (const listed of streamDevices(context, selection)) all.push(listed);
  if (selection.sort !== 'endpoint') all.sort((a, b) => compare(a.device, b.device, selection.sort));
  if (selection.reverse) all.reverse();
  return all.slice(0, selection.limit);
}

/** Whether the stream's own order is the one asked for, so that rows can be printed as they come. */
export function isStreamOrder(selection: Selection): boolean {
  return selection.sort === 'endpoint' && !selection.reverse;
}

/** Most recently heard, soonest to expire, longest queue first; what has no figure last. The sort is stable. */
function compare(a: DeviceBody, b: DeviceBody, sort: SortKey): number {
  switch (sort) {
    case 'heard':
      return (a.heardSecondsAgo ?? Infinity) - (b.heardSecondsAgo ?? Infinity) || 0;
    case 'expires':
      return (a.expiresInSeconds ?? Infinity) - (b.expiresInSeconds ?? Infinity) || 0;
    case 'queued':
      return b.queued - a.queued;
    case 'state':
      return deviceStates.indexOf(a.state) - deviceStates.indexOf(b.state);
    case 'endpoint':
      return 0;
  }
}
