/**
 * From the text of a configuration file to what the gateway runs with: parse, check every key against the schema, fill in
 * defaults. All problems are found in one go, each with its line.
 */
import { parse, TomlError } from 'smol-toml';
import type { ConfigurationKeyBody } from '../bodies/configuration.ts';
import { nearestNames } from '../nearest.ts';
import { certificateClashes, certificateFiles } from './certificate-keys.ts';
import { type Configuration, type ConfigurationProblem, type LogLevel, limitNames } from './configuration.ts';
import type { Key, Scalar } from './key.ts';
import { listenerDefaults, listenerKeys, listenerNameRule, sections } from './keys.ts';
import { clashes } from './listener-clashes.ts';
import { lineOf, tomlLines } from './toml-lines.ts';
import { budgetClashes, storeKey, wearBudget } from './wear-budget.ts';

export interface ReadConfiguration {
  /** Every key with its value and where it comes from, in the schema's order. Wrong ones stand at their default. */
  readonly keys: readonly ConfigurationKeyBody[];
  readonly configuration: Configuration;
  /** By line. The configuration may be used only if there is none. */
  readonly problems: readonly ConfigurationProblem[];
}

/** `stateDirectory` is the default of `state.directory`. An absent file is the empty text. */
export function readConfiguration(text: string, stateDirectory: string): ReadConfiguration {
  const reader = new Reader();
  const root = reader.parse(text);
  reader.refuseUnknownSections(root);
  const names = reader.readListeners(root['listener']);
  for (const [section, keys] of Object.entries(sections)) {
    reader.readTable(section, root[section], withDefaults(section, keys, root[section], stateDirectory));
  }
  const configuration = assemble(reader.values, names);
  // Wrong keys stand at their defaults, so a clash of theirs would be none of the file's.
  if (reader.problems.length === 0) {
    const lineOfKey = (key: string) => lineOf(reader.lines, key);
    const number = (key: string) => Number(reader.values.get(key));
    reader.problems.push(...clashes(configuration.listeners, lineOfKey));
    reader.problems.push(...certificateClashes((key) => String(reader.values.get(key)), lineOfKey));
    reader.problems.push(...budgetClashes(number('store.daily_budget'), number('store.endurance'), lineOfKey));
  }
  reader.problems.sort((a, b) => (a.line ?? 0) - (b.line ?? 0));
  return { keys: reader.keys, configuration, problems: reader.problems };
}

type Table = Readonly<Record<string, unknown>>;

class Reader {
  readonly keys: ConfigurationKeyBody[] = [];
  readonly values = new Map<string, Scalar>();
  readonly problems: ConfigurationProblem[] = [];
  lines: ReadonlyMap<string, number> = new Map();

  /** The document's root table; empty with a problem when it is not TOML. */
  parse(text: string): Table {
    try {
      const root = parse(text);
      this.lines = tomlLines(text);
      return root;
    } catch (error) {
      if (!(error instanceof TomlError)) throw error;
      const [sentence = ''] = error.message.replace('Invalid TOML document: ', '').split('\n');
      this.problems.push({ line: error.line, text: `not TOML: ${sentence}.` });
      return {};
    }
  }

  refuseUnknownSections(root: Table): void {
    this.#refuseUnknown('', root, ['listener', ...Object.keys(sections)]);
  }

  /** Returns the names of all listeners: the default ones and those of the file. */
  readListeners(value: unknown): readonly string[] {
    const tables = this.#table('listener', value);
    const names = [...new Set([...Object.keys(listenerDefaults), ...Object.keys(tables)])];
    for (const name of names) {
      if (!listenerNameRule.test(name)) {
        this.#problem(`listener.${name}`, `"${name}" is not a name for a listener: small letters, digits, - and _.`);
      }
      const table = this.#table(`listener.${name}`, tables[name]);
      this.readTable(
        `listener.${name}`,
        table,
        listenerKeys.map((key) => listenerKey(key, name, table)),
      );
    }
    return names;
  }

  /** Takes a section's keys, each from the file or at its default. */
  readTable(section: string, value: unknown, keys: readonly Key[]): void {
    const table = this.#table(section, value);
    const names = keys.map((key) => key.name);
    this.#refuseUnknown(section, table, names);
    for (const key of keys) this.#readKey(`${section}.${key.name}`, table[key.name], key);
  }

  #readKey(path: string, said: unknown, key: Key): void {
    const wrong = said === undefined ? undefined : key.problem(said);
    if (wrong !== undefined) this.#problem(path, `${path} is ${JSON.stringify(said)}; ${wrong}.`);
    const line = lineOf(this.lines, path);
    const usesDefault = said === undefined || wrong !== undefined;
    const value = usesDefault ? key.default : (said as Scalar);
    this.values.set(path, value);
    this.keys.push({
      key: path,
      value,
      default: key.default,
      unit: key.unit,
      origin: usesDefault || line === undefined ? 'default' : `line ${line}`,
      description: key.description,
    });
  }

  #table(path: string, value: unknown): Table {
    if (value === undefined) return {};
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Table;
    this.#problem(path, `${path} is a section, not a value: [${path}].`);
    return {};
  }

  #refuseUnknown(section: string, table: Table, known: readonly string[]): void {
    for (const name of Object.keys(table).filter((name) => !known.includes(name))) {
      const [nearest] = nearestNames(name, known, 1);
      const hint = nearest === undefined ? `; known are ${known.join(', ')}.` : `; did you mean "${nearest}"?`;
      this.#problem(section === '' ? name : `${section}.${name}`, `unknown key "${name}"${hint}`);
    }
  }

  #problem(path: string, text: string): void {
    this.problems.push({ line: lineOf(this.lines, path), text });
  }
}

/** Defaults that depend on where Holdfast is installed, or on what else the section says. */
function withDefaults(section: string, keys: readonly Key[], value: unknown, stateDirectory: string): readonly Key[] {
  if (section === 'state') return keys.map((key) => ({ ...key, default: stateDirectory }));
  const table = typeof value === 'object' && value !== null ? (value as Table) : {};
  return section === 'store' ? keys.map((key) => storeKey(key, table)) : keys;
}

/** A listener's own defaults: its family's wildcard, and plain CoAP's port for plain CoAP (RFC 7252 section 12.6). */
function listenerKey(key: Key, name: string, table: Table): Key {
  if (key.name === 'address') return { ...key, default: listenerDefaults[name]?.address ?? key.default };
  if (key.name === 'port' && table['security'] === 'none') return { ...key, default: 5683 };
  return key;
}

/** Every key has been read and checked, so each has a value of the right type. */
function assemble(values: ReadonlyMap<string, Scalar>, listeners: readonly string[]): Configuration {
  const number = (key: string) => Number(values.get(key));
  const word = (key: string) => String(values.get(key));
  return {
    listeners: listeners.map((name) => ({
      name,
      address: word(`listener.${name}.address`),
      port: number(`listener.${name}.port`),
      security: word(`listener.${name}.security`) === 'none' ? 'none' : 'psk',
      enabled: values.get(`listener.${name}.enabled`) === true,
      ...rateOf(number(`listener.${name}.recovery_per_second`)),
    })),
    certificates: certificateFiles(word),
    httpAddress: word('http.address') === '' ? undefined : word('http.address'),
    stateDirectory: word('state.directory'),
    logLevel: word('log.level') as LogLevel,
    storeSpacingMs: number('store.spacing'),
    storeSoonWindowMs: number('store.soon_window') * 1_000,
    wearBudget: wearBudget(number('store.daily_budget'), number('store.endurance'), number('store.years')),
    peerBytesPerDay: number('store.device_daily_budget') * 1_000_000,
    limits: Object.fromEntries(
      Object.entries(limitNames).map(([key, name]) => [name, number(`limits.${key}`)]),
    ) as Configuration['limits'],
    batteryClock: word('time.battery_clock') === 'good' ? 'good' : 'none',
    awakeWindowMs: number('device.awake_window') * 1_000,
  };
}

/** 0 stands for the rate over all listeners. */
function rateOf(perSecond: number): { readonly recoveryDevicesPerSecond?: number } {
  return perSecond === 0 ? {} : { recoveryDevicesPerSecond: perSecond };
}
