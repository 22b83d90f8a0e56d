/**
 * The Uri-Query parameters of Register and Update (LwM2M 1.2 core 6.2.1, 6.2.2): `ep=node`, `lt=300`, `lwm2m=1.1`, `b=U`, `Q`,
 * `sms=..`, `pid=..`, each split at its first `=` only. Parameters of other specifications are kept.
 */
import { limits } from '../base/limits.ts';
import type { Refusal } from './refusal.ts';
import { refuse } from './refusal.ts';

export type Lwm2mVersion = '1.0' | '1.1' | '1.2';

/** How far the spelling of devices may differ from the letter of their version. */
export interface RegistrationRules {
  /**
   * False (as the gateway runs): `Q` with 1.0, `UQ` with 1.1, `Q=1` all mean queue mode, and an Update may repeat `ep` and
   * `lwm2m`. True: each is answered 4.00.
   * Deviation: the tolerant reading accepts spellings that each version's own grammar excludes; devices in the field use them.
   */
  readonly strict: boolean;
  /** Take a Register without `lwm2m` as 1.0, which early 1.0 clients were. */
  readonly versionMayBeMissing: boolean;
}

export const tolerantRules: RegistrationRules = { strict: false, versionMayBeMissing: false };
export const strictRules: RegistrationRules = { strict: true, versionMayBeMissing: false };

/** What the parameters said; what was not there is undefined. */
export interface RegistrationParameters {
  readonly endpoint: string | undefined;
  readonly lifetimeSeconds: number | undefined;
  readonly version: string | undefined;
  readonly binding: string | undefined;
  readonly queueFlag: boolean;
  readonly sms: string | undefined;
  readonly profileIds: readonly string[];
  readonly additional: Readonly<Record<string, string | true>>;
}

const known = new Set(['ep', 'lt', 'lwm2m', 'b', 'Q', 'sms', 'pid']);
const versionOneBindings = new Set(['U', 'UQ', 'S', 'SQ', 'US', 'UQS']);

/** Splits and checks the parameters; a known one that stands twice, or is malformed, is a 4.00. */
export function parseParameters(query: readonly string[], rules: RegistrationRules): RegistrationParameters | Refusal {
  if (query.length > limits.registrationParametersMax)
    return refuse('4.00', 'malformed', 'There are too many parameters.');
  const values = new Map<string, string | true>();
  for (const parameter of query) {
    const equals = parameter.indexOf('=');
    const name = equals < 0 ? parameter : parameter.slice(0, equals);
    if (values.has(name) && known.has(name))
      return refuse('4.00', 'malformed', `The parameter "${name}" stands twice.`);
    if (!values.has(name)) values.set(name, equals < 0 ? true : parameter.slice(equals + 1));
  }
  const queue = values.get('Q');
  if (queue !== undefined && queue !== true && rules.strict) return refuse('4.00', 'malformed', '"Q" has no value.');
  for (const name of ['ep', 'lt', 'lwm2m', 'b', 'sms', 'pid'])
    if (values.get(name) === true) return refuse('4.00', 'malformed', `The parameter "${name}" has no value.`);
  const lifetimeSeconds = lifetimeOf(textOf(values, 'lt'));
  if (typeof lifetimeSeconds === 'object') return lifetimeSeconds;
  return {
    endpoint: textOf(values, 'ep'),
    lifetimeSeconds,
    version: textOf(values, 'lwm2m'),
    binding: textOf(values, 'b'),
    queueFlag: queue !== undefined,
    sms: textOf(values, 'sms'),
    profileIds: profilesOf(textOf(values, 'pid')),
    additional: Object.fromEntries([...values].filter(([name]) => !known.has(name))),
  };
}

/** Whether a binding is one of its version's (tolerant: letters of any version, each once), as a refusal when it is not. */
export function checkBinding(binding: string, version: Lwm2mVersion, rules: RegistrationRules): Refusal | undefined {
  const letters = rules.strict ? (version === '1.1' ? /^[UTSN]+$/ : /^[UMHTSN]+$/) : /^[UMHTSNQ]+$/;
  const fits = rules.strict && version === '1.0' ? versionOneBindings.has(binding) : letters.test(binding);
  if (fits && new Set(binding).size === binding.length) return undefined;
  return refuse('4.00', 'malformed', `"${binding}" is not a binding of LwM2M ${version}.`);
}

/** 0 counts as missing: servers take the default for both. */
function lifetimeOf(text: string | undefined): number | undefined | Refusal {
  if (text === undefined) return undefined;
  const seconds = /^[0-9]{1,10}$/.test(text) ? Number(text) : Number.NaN;
  if (!(seconds <= limits.lifetimeSecondsMax))
    return refuse('4.00', 'malformed', `The lifetime is not a number of seconds up to ${limits.lifetimeSecondsMax}.`);
  return seconds === 0 ? undefined : seconds;
}

function profilesOf(text: string | undefined): readonly string[] {
  if (text === undefined) return [];
  return text
    .replace(/^"(.*)"$/, '$1')
    .split(',')
    .map((profile) => profile.trim())
    .filter((profile) => profile !== '');
}

function textOf(values: ReadonlyMap<string, string | true>, name: string): string | undefined {
  const value = values.get(name);
  return typeof value === 'string' ? value : undefined;
}
