/**
 * Muting a device and what goes with it: its registration and its connection end in the same commit, so nothing turns to it any
 * more; its key, the wishes for its notifications and what waits for it stay for the day when it is unmuted. Then it comes in with
 * a new handshake and a new registration.
 */
import type { Connections } from './connections.ts';
import type { InHand } from './crash-loop.ts';
import type { Credentials } from './credentials.ts';
import type { DeviceInterface } from './device-interface.ts';
import type { DeviceViews } from './device-views.ts';
import { breakerAccount, type MutedDevices, type Muting, routeOf } from './muted-devices.ts';
import { type OperatorAction, type OperatorAnswer, unknownDevice } from './operator.ts';
import { identityIn } from './peer-records.ts';
import { plainPeerOf } from './peers.ts';
import type { Registrations } from './registrations.ts';
import type { Step } from './step.ts';

export interface MutingParts {
  readonly muted: MutedDevices;
  readonly credentials: Credentials;
  readonly connections: Connections;
  readonly registrations: Registrations;
  readonly devices: DeviceInterface;
}

type ActionOf<Kind extends OperatorAction['kind']> = Extract<OperatorAction, { kind: Kind }>;
type OperatorMutingParts = MutingParts & { readonly views: DeviceViews };

export function muteDevice(
  { endpoint, forMs }: ActionOf<'mute-device'>,
  account: string,
  parts: OperatorMutingParts,
  step: Step,
): OperatorAnswer {
  if (!parts.views.knows(endpoint)) return unknownDevice(endpoint);
  mute(endpoint, { account, forMs, byBreaker: false, reason: `muted by ${account}` }, parts, step);
  return { kind: 'muted', endpoint };
}

export function unmuteDevice(
  { endpoint }: ActionOf<'unmute-device'>,
  account: string,
  { muted, views }: OperatorMutingParts,
  step: Step,
): OperatorAnswer {
  if (!views.knows(endpoint)) return unknownDevice(endpoint);
  if (!muted.unmute(endpoint, step)) return { kind: 'not-muted', endpoint };
  tellChange(endpoint, account, 'unmuted', step);
  return { kind: 'unmuted', endpoint };
}

/** What the crash-loop breaker has convicted is muted, with an alarm. Records were set aside before, and need nothing here. */
export function muteCulprit({ kind, name }: InHand, parts: MutingParts, step: Step): void {
  if (kind === 'record') return;
  if (kind === 'address') {
    parts.muted.addresses.mute(name, step.now.monotonic);
    const text = `the gateway died again and again of what came from ${name}; that address is ignored for a while`;
    return step.tell({ kind: 'alarm', code: 'address-muted', text, next: 'holdfast status' });
  }
  const endpoint = parts.credentials.endpointOf(identityIn(name)) ?? identityIn(name);
  const reason = 'the gateway died again and again of what it sent';
  mute(endpoint, { account: breakerAccount, forMs: undefined, byBreaker: true, reason }, parts, step);
  const text = `${reason}: ${endpoint} is muted, and its records are set aside under quarantine/`;
  const event = { kind: 'alarm', code: 'device-muted', text, next: `holdfast device show ${endpoint}` } as const;
  step.afterCommit(undefined, { kind: 'event', event });
}

function mute(endpoint: string, muting: Omit<Muting, 'route'>, parts: MutingParts, step: Step): void {
  const { muted, credentials, connections, registrations, devices } = parts;
  const registration = registrations.registered(endpoint);
  if (registration !== undefined) devices.end(registration, 'muted', step);
  const identity = credentials.get(endpoint)?.identity;
  if (identity !== undefined) connections.end(identity, step);
  // Whoever has a key never registers without DTLS.
  const plain = identity === undefined && registration !== undefined ? plainPeerOf(registration.peer) : undefined;
  const route = plain && routeOf(plain.listener, plain.address);
  muted.mute(endpoint, { ...muting, route }, step);
  tellChange(endpoint, muting.account, 'muted', step);
}

function tellChange(endpoint: string, account: string, text: string, step: Step): void {
  step.afterCommit(undefined, { kind: 'event', event: { kind: 'change', endpoint, account, text } });
}
