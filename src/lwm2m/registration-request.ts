/**
 * What Register says (LwM2M 1.2 core 6.2.1, transport 6.4.3): `POST /rd?ep=..&lt=..&lwm2m=..&b=..&Q` with the object list as
 * payload. It is read and checked here; who may register, and what follows, is decided by the gateway.
 */
import { utf8Encode } from '../base/bytes.ts';
import { limits } from '../base/limits.ts';
import { contentFormats } from './content-format.ts';
import { type ObjectList, parseObjectList, type RegisteredLink } from './object-list.ts';
import { isRefusal, type Refusal, refuse } from './refusal.ts';
import {
  checkBinding,
  type Lwm2mVersion,
  parseParameters,
  type RegistrationParameters,
  type RegistrationRules,
  tolerantRules,
} from './registration-parameters.ts';

export interface RegistrationRequest {
  readonly endpoint: string;
  readonly lifetimeSeconds: number;
  readonly version: Lwm2mVersion;
  /** As the device wrote it; `U` when it did not. */
  readonly binding: string;
  readonly queueMode: boolean;
  readonly sms: string | undefined;
  readonly profileIds: readonly string[];
  /** The alternate path, or `/`. */
  readonly rootPath: string;
  /** Content-Format numbers of the root link. */
  readonly contentFormats: readonly number[];
  /** As the device listed them, duplicates included; `ver` is among the attributes. */
  readonly objectLinks: readonly RegisteredLink[];
  /** Parameters of other specifications. */
  readonly additionalAttributes: Readonly<Record<string, string | true>>;
}

/** The parts of the CoAP message that matter. */
export interface RegistrationMessage {
  readonly query: readonly string[];
  readonly contentFormat: number | undefined;
  readonly payload: Uint8Array;
}

export const lifetimeDefaultSeconds = 86_400;
const versions: readonly string[] = ['1.0', '1.1', '1.2'];

/**
 * Reads a Register. `authenticatedName` is the endpoint name that belongs to the peer's security identity, where there is one:
 * it stands in for a missing `ep`, and another `ep` is refused (transport 5.2.6).
 */
export function parseRegister(
  message: RegistrationMessage,
  authenticatedName: string | undefined,
  rules: RegistrationRules = tolerantRules,
): RegistrationRequest | Refusal {
  const parameters = parseParameters(message.query, rules);
  if (isRefusal(parameters)) return parameters;
  const version = versionOf(parameters.version, rules);
  if (typeof version === 'object') return version;
  const endpoint = endpointOf(parameters.endpoint, authenticatedName);
  if (typeof endpoint === 'object') return endpoint;
  const binding = parameters.binding ?? 'U';
  const wrong = checkBinding(binding, version, rules) ?? checkQueueFlag(parameters, version, rules);
  if (wrong !== undefined) return wrong;
  const list = requiredList(message, version);
  if (isRefusal(list)) return list;
  return {
    endpoint,
    lifetimeSeconds: parameters.lifetimeSeconds ?? lifetimeDefaultSeconds,
    version,
    binding,
    queueMode: parameters.queueFlag || binding.includes('Q'),
    sms: parameters.sms,
    profileIds: parameters.profileIds,
    ...list,
    additionalAttributes: parameters.additional,
  };
}

/** The object list of a message, checked for its Content-Format (Wakaama sends none). */
export function objectListOf(message: RegistrationMessage, knownRootPath = '/'): ObjectList | Refusal {
  const { contentFormat } = message;
  if (contentFormat !== undefined && contentFormat !== contentFormats.link)
    return refuse('4.15', 'content-format', `Content-Format ${contentFormat} is not the link format.`);
  return parseObjectList(message.payload, knownRootPath);
}

function requiredList(message: RegistrationMessage, version: Lwm2mVersion): ObjectList | Refusal {
  const list = objectListOf(message);
  if (isRefusal(list) || list.objectLinks.length > 0) return list;
  // From 1.2 on a profile may stand for the list; we know none, so the device has to send it (core 6.2.1).
  return refuse(version === '1.2' ? '4.09' : '4.00', 'object-list', 'There is no list of objects.');
}

function versionOf(text: string | undefined, rules: RegistrationRules): Lwm2mVersion | Refusal {
  if (text === undefined && rules.versionMayBeMissing) return '1.0';
  if (text === undefined) return refuse('4.00', 'malformed', 'The parameter "lwm2m" is missing.');
  if (versions.includes(text)) return text as Lwm2mVersion;
  if (!/^[0-9]{1,5}\.[0-9]{1,5}$/.test(text)) return refuse('4.00', 'malformed', `"${text}" is no version.`);
  return refuse('4.12', 'version', `LwM2M ${text} is not served; 1.0, 1.1 and 1.2 are.`);
}

function endpointOf(given: string | undefined, authenticatedName: string | undefined): string | Refusal {
  const endpoint = given ?? authenticatedName;
  if (endpoint === undefined || endpoint === '') return refuse('4.00', 'malformed', 'The endpoint name is missing.');
  if (utf8Encode(endpoint).length > limits.endpointNameBytesMax)
    return refuse('4.00', 'malformed', `The endpoint name is longer than ${limits.endpointNameBytesMax} bytes.`);
  if (authenticatedName !== undefined && endpoint !== authenticatedName)
    return refuse('4.00', 'identity-mismatch', 'The endpoint name is not that of the security identity.');
  return endpoint;
}

function checkQueueFlag(parameters: RegistrationParameters, version: Lwm2mVersion, rules: RegistrationRules) {
  if (!rules.strict || !parameters.queueFlag || version !== '1.0') return undefined;
  return refuse('4.00', 'malformed', 'LwM2M 1.0 has no parameter "Q".');
}
