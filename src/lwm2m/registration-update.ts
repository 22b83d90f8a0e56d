/**
 * What Update says (LwM2M 1.2 core 6.2.2): `POST /rd/{id}?lt=..&b=..&Q` with the complete object list, each only when it changed.
 * What is missing stays as it was.
 */
import type { ObjectList } from './object-list.ts';
import { isRefusal, type Refusal, refuse } from './refusal.ts';
import {
  checkBinding,
  type Lwm2mVersion,
  parseParameters,
  type RegistrationRules,
  tolerantRules,
} from './registration-parameters.ts';
import { objectListOf, type RegistrationMessage, type RegistrationRequest } from './registration-request.ts';

export interface RegistrationUpdate {
  readonly lifetimeSeconds: number | undefined;
  readonly binding: string | undefined;
  readonly queueMode: boolean | undefined;
  readonly sms: string | undefined;
  readonly profileIds: readonly string[] | undefined;
  /** The new list in place of the old one. */
  readonly objects: ObjectList | undefined;
  readonly additionalAttributes: Readonly<Record<string, string | true>>;
}

/** Reads an Update of a registration that was made with the version and alternate path of `current`. */
export function parseUpdate(
  message: RegistrationMessage,
  current: { readonly version: Lwm2mVersion; readonly rootPath: string },
  rules: RegistrationRules = tolerantRules,
): RegistrationUpdate | Refusal {
  const parameters = parseParameters(message.query, rules);
  if (isRefusal(parameters)) return parameters;
  if (rules.strict && (parameters.endpoint !== undefined || parameters.version !== undefined))
    return refuse('4.00', 'malformed', 'An Update has neither "ep" nor "lwm2m".');
  const { binding } = parameters;
  const wrong = binding === undefined ? undefined : checkBinding(binding, current.version, rules);
  if (wrong !== undefined) return wrong;
  const objects = message.payload.length === 0 ? undefined : objectListOf(message, current.rootPath);
  if (objects !== undefined && isRefusal(objects)) return objects;
  return {
    lifetimeSeconds: parameters.lifetimeSeconds,
    binding,
    queueMode: queueModeOf(binding, parameters.queueFlag, current.version),
    sms: parameters.sms,
    profileIds: parameters.profileIds.length === 0 ? undefined : parameters.profileIds,
    objects,
    additionalAttributes: parameters.additional,
  };
}

/** In 1.0 the binding says whether queue mode is on or off; later versions have a flag of its own, which says nothing when absent. */
function queueModeOf(binding: string | undefined, queueFlag: boolean, version: Lwm2mVersion): boolean | undefined {
  if (queueFlag || binding?.includes('Q')) return true;
  return binding !== undefined && version === '1.0' ? false : undefined;
}

/** The registration after an Update; the same object when the Update changes nothing, so that no commit need precede its answer. */
export function applyUpdate(current: RegistrationRequest, update: RegistrationUpdate): RegistrationRequest {
  if (saysNothing(update)) return current;
  const { objects } = update;
  const formats = objects?.contentFormats ?? [];
  const next: RegistrationRequest = {
    ...current,
    lifetimeSeconds: update.lifetimeSeconds ?? current.lifetimeSeconds,
    binding: update.binding ?? current.binding,
    queueMode: update.queueMode ?? current.queueMode,
    sms: update.sms ?? current.sms,
    profileIds: update.profileIds ?? current.profileIds,
    rootPath: objects?.rootPath ?? current.rootPath,
    contentFormats: formats.length > 0 ? formats : current.contentFormats,
    objectLinks: objects?.objectLinks ?? current.objectLinks,
    additionalAttributes: { ...current.additionalAttributes, ...update.additionalAttributes },
  };
  return JSON.stringify(next) === JSON.stringify(current) ? current : next;
}

/** Most Updates only say that the device is there. */
function saysNothing({ additionalAttributes, ...rest }: RegistrationUpdate): boolean {
  return Object.keys(additionalAttributes).length === 0 && Object.values(rest).every((value) => value === undefined);
}
