/** A key of the configuration file: what it may hold, and what stands there if nobody says anything. */
export type Scalar = string | number | boolean;

export interface Key {
  /** `port` within its section. */
  readonly name: string;
  readonly unit: string | null;
  readonly default: Scalar;
  readonly description: string;
  /** The rest of the sentence `KEY is VALUE; …` when the value will not do: `a port is 1 to 65535`. */
  readonly problem: (value: unknown) => string | undefined;
}

type Common = Pick<Key, 'name' | 'description'>;

/** A whole number from `min` to `max`. `noun` begins the sentence about a wrong one. */
export function wholeNumber(
  common: Common & { readonly unit: string | null; readonly default: number },
  min: number,
  max: number,
  noun = 'it',
): Key {
  const rule = `${noun} is ${min} to ${max}${common.unit === null ? '' : ` ${common.unit}`}`;
  return {
    ...common,
    problem: (value) =>
      typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max ? undefined : rule,
  };
}

export function oneOf(common: Common & { readonly default: string }, words: readonly string[]): Key {
  const rule = `it is one of ${words.map((word) => `"${word}"`).join(', ')}`;
  return {
    ...common,
    unit: null,
    problem: (value) => (typeof value === 'string' && words.includes(value) ? undefined : rule),
  };
}

export function truth(common: Common & { readonly default: boolean }): Key {
  return {
    ...common,
    unit: null,
    problem: (value) => (typeof value === 'boolean' ? undefined : 'it is true or false'),
  };
}

/** A text; `rule` is said of one for which `holds` is false. */
export function text(
  common: Common & { readonly default: string },
  rule: string,
  holds: (value: string) => boolean,
): Key {
  return {
    ...common,
    unit: null,
    problem: (value) => (typeof value === 'string' && holds(value) ? undefined : rule),
  };
}
