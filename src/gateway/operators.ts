/**
 * What operators and programs ask. An answer that confirms a change waits for its commit; a mistake is answered at once, with a
 * code and a sentence, and changes nothing.
 */

import type { PeerId } from '../base/address.ts';
import { utf8Encode } from '../base/bytes.ts';
import { limits } from '../base/limits.ts';
import { isFormatError } from '../lwm2m/format-error.ts';
import type { ResourcePath } from '../lwm2m/path.ts';
import type { Connections } from './connections.ts';
import type { Credentials } from './credentials.ts';
import type { DeviceInterface } from './device-interface.ts';
import { type DeviceViews, stateOf } from './device-views.ts';
import type { Downlink } from './downlink.ts';
import type { EventLog } from './event-log.ts';
import type { EventReaders } from './event-readers.ts';
import { changesNothing } from './idempotence.ts';
import type { MutedDevices } from './muted-devices.ts';
import { muteDevice, unmuteDevice } from './muting.ts';
import type { Observations } from './observations.ts';
import { relationRequest } from './observations.ts';
import type { Operation } from './operation.ts';
import { type OperatorAction, type OperatorAnswer, type OperatorRequest, problem, unknownDevice } from './operator.ts';
import type { Presence } from './presence.ts';
import type { Registrations } from './registrations.ts';
import type { DeviceRungs } from './rungs.ts';
import type { Step } from './step.ts';

type ActionOf<Kind extends OperatorAction['kind']> = Extract<OperatorAction, { kind: Kind }>;

interface Observed {
  readonly endpoint: string;
  readonly path: ResourcePath;
}

/** Of all operators together the confirmations leave in commit order, like the answers of one peer. */
const operatorsTogether = 'operators' as PeerId;

export type ObserveAnswer = Pick<Operation, 'code' | 'entries' | 'roundTripMs'>;

export interface OperatorParts {
  readonly credentials: Credentials;
  readonly connections: Connections;
  readonly registrations: Registrations;
  readonly observations: Observations;
  readonly presence: Presence;
  readonly rungs: DeviceRungs;
  readonly downlink: Downlink;
  readonly devices: DeviceInterface;
  readonly muted: MutedDevices;
  readonly views: DeviceViews;
  readonly eventLog: EventLog;
  readonly readers: EventReaders;
  readonly storeTakes: () => boolean;
  /** The gateway has a certificate, so devices may come in with theirs. */
  readonly hasCertificate: boolean;
}

export class Operators {
  readonly parts: OperatorParts;

  constructor(parts: OperatorParts) {
    this.parts = parts;
  }

  receive(request: OperatorRequest, step: Step): void {
    const { action } = request;
    const answer = this.carryOut(action, request, step);
    // What confirms a change also waits for the commits of earlier ones: it may repeat what another operator has just asked for.
    // What is not kept waits for nothing.
    const isKept = answer.kind !== 'accepted' || step.hasWrites('before-ack');
    const confirms = answer.kind !== 'error' && isKept;
    const event = { kind: 'answer', request: request.id, answer } as const;
    step.afterCommit(confirms ? operatorsTogether : undefined, { kind: 'event', event });
  }

  /** A request for an observation left: once more, or for the first time. */
  observeSent({ endpoint, path }: Observed, step: Step): void {
    for (const { id } of this.observing(endpoint, path)) this.parts.downlink.sent(id, step);
  }

  /** The device observes, and said this: everybody who asked for it is told. */
  observeDone({ endpoint, path }: Observed, answer: ObserveAnswer, step: Step): void {
    for (const operation of this.observing(endpoint, path)) {
      Object.assign(operation, answer);
      this.parts.downlink.conclude(operation, 'done', step);
    }
  }

  /**
   * The device does not observe, or did not answer: everybody who asked for it is told. True when the wish is not to stay: one
   * that the device refused, and that was not there before.
   */
  observeFailed({ endpoint, path }: Observed, code: string | undefined, failure: string, step: Step): boolean {
    const operations = this.observing(endpoint, path);
    for (const operation of operations) {
      operation.code = code;
      this.parts.downlink.conclude(operation, 'failed', step, failure);
    }
    return code !== undefined && operations.some(({ asked }) => asked.verb === 'observe' && asked.isNew);
  }

  /** Operations that wait for the same observation: several operators may have asked for it. */
  private observing(endpoint: string, path: ResourcePath | undefined): readonly Operation[] {
    const open = this.parts.downlink.openOf(endpoint);
    return open.filter(
      (operation) => operation.asked.verb === 'observe' && (path ?? operation.path) === operation.path,
    );
  }

  private carryOut(action: OperatorAction, request: OperatorRequest, step: Step): OperatorAnswer {
    const needsStore = action.kind !== 'operate' || !changesNothing(action.operation);
    if (needsStore && !this.parts.storeTakes()) {
      return problem('STORE_UNAVAILABLE', 'The store takes no changes now.');
    }
    switch (action.kind) {
      case 'add-device':
        return this.addDevice(action, request.account, step);
      case 'remove-device':
        return this.removeDevice(action, request.account, step);
      case 'reset-device':
        return this.resetDevice(action.endpoint, request.account, step);
      case 'mute-device':
        return muteDevice(action, request.account, this.parts, step);
      case 'unmute-device':
        return unmuteDevice(action, request.account, this.parts, step);
      case 'operate':
        return this.operate(action, request.account, step);
      case 'cancel-operation':
        return this.cancelOperation(action.id, request.account, step);
      case 'retry-operation':
        return this.retryOperation(action.id, request.account, step);
      case 'observe':
        return this.observe(action, request.account, step);
      case 'unobserve':
        return this.unobserve(action, step);
      case 'set-reader':
      case 'remove-reader':
        return this.changeReader(action, request.account, step);
    }
  }

  private addDevice(action: ActionOf<'add-device'>, account: string, step: Step): OperatorAnswer {
    const { endpoint, identity, key, replace } = action;
    const wrong = credentialProblem(endpoint, identity, key);
    if (wrong !== undefined) return problem('BAD_REQUEST', wrong);
    const { credentials, hasCertificate } = this.parts;
    if (key === undefined && !hasCertificate) return problem('BAD_REQUEST', noCertificate);
    const owner = credentials.endpointOf(identity);
    if (owner !== undefined && owner !== endpoint) {
      return problem('EXISTS_ALREADY', `The identity "${identity}" belongs to ${owner}.`);
    }
    const old = credentials.get(endpoint);
    if (old !== undefined && !replace) return problem('EXISTS_ALREADY', `${endpoint} has credentials already.`);
    if (old === undefined && credentials.names.size >= limits.credentialsMax) {
      return problem('LIMIT_REACHED', `There are ${limits.credentialsMax} devices already.`);
    }
    if (old !== undefined) this.endIdentity(endpoint, old.identity, identity, step);
    credentials.put(endpoint, identity, key, account, step);
    const kind = old === undefined ? 'added' : 'replaced';
    this.tellChange(endpoint, account, changeText(old?.key, key, old !== undefined), step);
    return { kind, endpoint };
  }

  private removeDevice(action: ActionOf<'remove-device'>, account: string, step: Step): OperatorAnswer {
    const { endpoint, keepCredentials } = action;
    if (!this.parts.views.knows(endpoint)) return unknownDevice(endpoint);
    const { credentials, registrations, observations, downlink, devices, muted } = this.parts;
    const registration = registrations.registered(endpoint);
    if (registration !== undefined) devices.end(registration, 'removed', step);
    registrations.remove(endpoint, step);
    for (const wish of observations.of(endpoint)) observations.withdraw(wish, step);
    downlink.cancelAll(endpoint, step);
    // What is on its way must not be repeated over a connection that the device makes later.
    step.afterCommit(undefined, { kind: 'cancel-requests', endpoint });
    const identity = credentials.get(endpoint)?.identity;
    if (identity !== undefined) this.parts.connections.end(identity, step);
    if (!keepCredentials) credentials.remove(endpoint, step);
    this.parts.rungs.forget(endpoint, step);
    muted.unmute(endpoint, step);
    this.tellChange(endpoint, account, keepCredentials ? 'removed, its key kept' : 'removed', step);
    return { kind: 'removed', endpoint };
  }

  private resetDevice(endpoint: string, account: string, step: Step): OperatorAnswer {
    const { views, credentials, registrations, connections, presence, rungs } = this.parts;
    if (!views.knows(endpoint)) return unknownDevice(endpoint);
    if (this.parts.muted.has(endpoint)) return problem('MUTED', `${endpoint} is muted.`);
    const identity = credentials.get(endpoint)?.identity;
    if (identity === undefined) return problem('BAD_REQUEST', `${endpoint} talks without DTLS: it has no connection.`);
    const registration = registrations.registered(endpoint);
    // Where the device was is known by the connection that goes.
    if (registration !== undefined) rungs.remember(registration, step);
    const dropped = connections.endAssociations(identity, step);
    rungs.tryAnew(endpoint, step);
    const mayAsk = registration !== undefined && presence.reachable(registration, step.now.monotonic);
    const next = mayAsk ? rungs.need(registration, step) : 'wait';
    this.tellChange(endpoint, account, 'reset', step);
    return { kind: 'reset', endpoint, dropped, next };
  }

  private operate(action: ActionOf<'operate'>, account: string, step: Step): OperatorAnswer {
    const { endpoint } = action;
    const { views, registrations, downlink } = this.parts;
    if (!views.knows(endpoint)) return unknownDevice(endpoint);
    if (this.parts.muted.has(endpoint)) return problem('MUTED', `${endpoint} is muted.`);
    if (registrations.known(endpoint) === undefined) {
      return problem('NOT_REGISTERED', `${endpoint} has never registered.`);
    }
    const accepted = downlink.accept({ ...action, account, isDurable: this.parts.storeTakes() }, step);
    if (accepted === 'queue-full') return this.queueFull(endpoint);
    if (accepted === 'all-full') {
      return problem('QUEUE_FULL', `${limits.operationsOpenMax} operations wait already, for all devices together.`);
    }
    if ('formatError' in accepted && isFormatError(accepted)) return problem('BAD_REQUEST', accepted.reason);
    step.afterCommit(undefined, { kind: 'deliver', endpoint });
    return { kind: 'accepted', operation: accepted };
  }

  private cancelOperation(id: number, account: string, step: Step): OperatorAnswer {
    const { downlink } = this.parts;
    const wasCancelled = downlink.get(id)?.state === 'cancelled';
    const cancelled = downlink.cancel(id, step);
    if (cancelled === 'unknown') return unknownOperation(id);
    if (cancelled === 'over') return problem('WRONG_STATE', `Operation ${id} is over: there is nothing to cancel.`);
    if (!wasCancelled) this.tellChange(cancelled.endpoint, account, `operation ${id} cancelled`, step);
    return { kind: 'cancelled', operation: this.parts.downlink.view(cancelled, step.now) };
  }

  private retryOperation(id: number, account: string, step: Step): OperatorAnswer {
    const { downlink } = this.parts;
    const retried = downlink.retry(id, step);
    if (retried === 'unknown') return unknownOperation(id);
    if (retried === 'not-in-doubt') return problem('WRONG_STATE', `Operation ${id} is not in doubt.`);
    if (retried === 'queue-full') return this.queueFull(downlink.get(id)?.endpoint ?? '');
    this.tellChange(retried.endpoint, account, `operation ${id} sent anew`, step);
    return { kind: 'accepted', operation: downlink.view(retried, step.now) };
  }

  private queueFull(endpoint: string): OperatorAnswer {
    const text = `${this.parts.downlink.queuedPerPeerMax} operations wait for ${endpoint} already.`;
    return problem('QUEUE_FULL', text);
  }

  private observe(action: ActionOf<'observe'>, account: string, step: Step): OperatorAnswer {
    const { endpoint, path, pminSeconds, pmaxSeconds } = action;
    const { views, observations, registrations, presence, downlink } = this.parts;
    if (!views.knows(endpoint)) return unknownDevice(endpoint);
    const wished = observations.take({ endpoint, path, pminSeconds, pmaxSeconds, account }, step);
    if (wished === undefined) {
      const text = `${endpoint} is observed at ${observations.perPeerMax} paths already.`;
      return problem('LIMIT_REACHED', text);
    }
    const registration = registrations.registered(endpoint);
    const { wish, already, same } = wished;
    const deviceState = stateOf(registrations.known(endpoint), step.now, presence, this.parts.registrations);
    const told = { kind: 'wished', endpoint, path, already, deviceState } as const;
    if (registration === undefined || !presence.reachable(registration, step.now.monotonic)) return told;
    if (!this.parts.rungs.isConnected(registration)) {
      step.afterCommit(undefined, { kind: 'fulfil-wishes', endpoint });
      return told;
    }
    if (same && wish.relation?.standing === true) return told;
    const isFollowed = downlink.canFollow(endpoint, path);
    const operation = isFollowed ? downlink.follow({ endpoint, account, path, isNew: !already }, step) : undefined;
    // Somebody else may have asked a moment ago: one request serves both.
    if (!same || wish.relation === undefined) observations.start(wish, registration, step);
    return operation === undefined ? told : { ...told, operation: downlink.view(operation, step.now) };
  }

  private unobserve(action: ActionOf<'unobserve'>, step: Step): OperatorAnswer {
    const { endpoint, path } = action;
    const { views, observations, registrations, rungs } = this.parts;
    if (!views.knows(endpoint)) return unknownDevice(endpoint);
    const wishes = observations.of(endpoint).filter((wish) => path === undefined || wish.path === path);
    if (wishes.length === 0 && path !== undefined)
      return problem('NOT_OBSERVED', `${endpoint} ${path} is not observed.`);
    const registration = registrations.registered(endpoint);
    const reachable = registration !== undefined && rungs.reachable(registration, step.now.monotonic);
    for (const operation of this.observing(endpoint, path)) this.parts.downlink.conclude(operation, 'cancelled', step);
    for (const wish of wishes) {
      const relation = observations.withdraw(wish, step);
      if (relation === undefined) continue;
      const { peer, token } = relation;
      step.afterCommit(peer, { kind: 'cancel-requests', endpoint, path: wish.path });
      if (!reachable) continue;
      const request = { ...relationRequest(relation), observe: 1 as const };
      const purpose = { kind: 'cancel', endpoint, path: relation.path } as const;
      step.afterCommit(peer, { kind: 'request', peer, request, token, purpose });
    }
    return { kind: 'withdrawn', endpoint, paths: wishes.map((wish) => wish.path) };
  }

  private changeReader(action: ActionOf<'set-reader' | 'remove-reader'>, account: string, step: Step): OperatorAnswer {
    const { readers, eventLog } = this.parts;
    const answer =
      action.kind === 'set-reader'
        ? readers.set(action, account, eventLog.newestId, step)
        : readers.remove(action.name, account, step);
    eventLog.letPassedGo(step);
    return answer;
  }

  /** The key of a device changes. Under another identity it is another peer, and whoever gets its old one must not be taken for it. */
  private endIdentity(endpoint: string, old: string, fresh: string, step: Step): void {
    const { connections, registrations, devices, rungs } = this.parts;
    connections.end(old, step);
    // What was tried and learned was with the old key; and a handshake under way with it ends under a name that nobody has.
    rungs.tryAnew(endpoint, step);
    const registration = registrations.registered(endpoint);
    if (registration !== undefined && old !== fresh) devices.end(registration, 'replaced', step);
  }

  private tellChange(endpoint: string, account: string, text: string, step: Step): void {
    step.afterCommit(undefined, { kind: 'event', event: { kind: 'change', endpoint, account, text } });
  }
}

function unknownOperation(id: number): OperatorAnswer {
  return problem('UNKNOWN_OPERATION', `There is no operation ${id}.`);
}

function changeText(old: Uint8Array | undefined, fresh: Uint8Array | undefined, isReplaced: boolean): string {
  if (!isReplaced) return 'added';
  return old === undefined || fresh === undefined ? 'credentials replaced' : 'key replaced';
}

const noCertificate =
  'The gateway has no certificate, so no device comes in with one. Set certificates.chain, key and trust in its configuration.';

/** Length and kind only: never the key. */
function credentialProblem(endpoint: string, identity: string, key: Uint8Array | undefined): string | undefined {
  const nameBytes = utf8Encode(endpoint).length;
  if (nameBytes === 0 || nameBytes > limits.endpointNameBytesMax) {
    return `An endpoint name has 1 to ${limits.endpointNameBytesMax} bytes; this one has ${nameBytes}.`;
  }
  if (key === undefined)
    return identity === endpoint ? undefined : 'A certificate names its endpoint: it has no other identity.';
  const identityBytes = utf8Encode(identity).length;
  if (identityBytes === 0 || identityBytes > limits.pskIdentityBytesMax) {
    return `A PSK identity has 1 to ${limits.pskIdentityBytesMax} bytes; this one has ${identityBytes}.`;
  }
  if (key.length < limits.pskBytesMin || key.length > limits.pskBytesMax) {
    return `A key has ${limits.pskBytesMin} to ${limits.pskBytesMax} bytes; this one has ${key.length}.`;
  }
  return undefined;
}
