/** What the CoAP layer has to know again after a restart: observations that run, and messages that were answered before. */
import type { PeerId } from '../base/address.ts';
import { limits } from '../base/limits.ts';
import type { Coap } from '../coap/coap.ts';
import type { CoapResponse } from '../coap/response.ts';
import type { RegistrationOrigin } from '../records/registration-record.ts';
import { deregisteredAnswer, registeredAnswer } from './device-interface.ts';
import type { EventLog } from './event-log.ts';
import { type Observations, relationRequest } from './observations.ts';
import type { Registrations } from './registrations.ts';
import type { Step } from './step.ts';
import type { Uptime } from './uptime.ts';

interface RestoredParts {
  readonly observations: Observations;
  readonly eventLog: EventLog;
  readonly registrations: Registrations;
  readonly uptime: Uptime;
}

const acknowledged = 'acknowledgement' as const;

export function restoreExchanges(coap: Coap, parts: RestoredParts, step: Step): void {
  const { observations, eventLog, registrations, uptime } = parts;
  const now = step.now.monotonic;
  const uptimeMs = uptime.at(step.now);
  observations.sawLogged(eventLog.young(uptimeMs));
  for (const relation of observations.relations()) {
    const { token, sequence, sequenceAtUptimeMs } = relation;
    const age = sequenceAtUptimeMs === undefined ? {} : { ageMs: uptimeMs - sequenceAtUptimeMs };
    const last = sequence === undefined ? {} : { lastSequence: sequence, ...age };
    coap.restoreObservation(relation.peer, { token, request: relationRequest(relation), ...last }, now);
  }
  for (const event of eventLog.young(uptimeMs)) {
    const answer = event.kind === 'send' ? ({ code: '2.04' } as const) : acknowledged;
    coap.rememberMessage(event.peer as PeerId, { ...event, answer, ageMs: uptimeMs - event.atUptimeMs }, now);
  }
  const remember = (peer: PeerId, answer: CoapResponse, atUptimeMs: number, origin?: RegistrationOrigin): void => {
    const ageMs = uptimeMs - atUptimeMs;
    if (origin === undefined || ageMs > limits.exchangeLifetimeMs) return;
    coap.rememberMessage(peer, { ...origin, answer, ageMs }, now);
  };
  for (const registration of registrations) {
    const { peer, registeredAtUptimeMs, origin } = registration;
    remember(peer, registeredAnswer(registration), registeredAtUptimeMs, origin);
  }
  for (const { peer, ended } of registrations.former) {
    remember(peer, deregisteredAnswer, ended?.atUptimeMs ?? 0, ended?.origin);
  }
}
