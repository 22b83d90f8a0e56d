/** JSON Schema (draft 7) in the few forms that our bodies need. Objects stay open: fields may be added, none may be missing. */
export type Schema = Readonly<Record<string, unknown>>;

export const string: Schema = { type: 'string' };
export const number: Schema = { type: 'number' };
export const integer: Schema = { type: 'integer' };
export const count: Schema = { type: 'integer', minimum: 0 };
export const boolean: Schema = { type: 'boolean' };
/** RFC 3339, UTC, milliseconds. */
export const instant: Schema = {
  type: 'string',
  pattern: '^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z$',
};
export const scalar: Schema = { type: ['string', 'number', 'boolean'] };

export function orNull(schema: Schema): Schema {
  return { anyOf: [schema, { type: 'null' }] };
}

export function oneOf(words: readonly string[]): Schema {
  return { enum: words };
}

export function arrayOf(items: Schema): Schema {
  return { type: 'array', items };
}

/** An object with all of these fields, and perhaps more. */
export function object(properties: Readonly<Record<string, Schema>>): Schema {
  return { type: 'object', properties, required: Object.keys(properties) };
}
