/** Values of resources in JSON: numbers with all their digits, opaque in hex, time RFC 3339, links `3303:0`. */

/** `bigint` is written as a plain JSON number (see `json.ts`); NaN and infinities are strings. */
export type JsonValue = string | number | bigint | boolean;

export interface ValueBody {
  readonly path: string;
  /** From the object definition; null for an object that is not known here. */
  readonly name: string | null;
  readonly type: string;
  readonly value: JsonValue;
  readonly unit: string | null;
}

export interface LinkBody {
  readonly path: string;
  readonly name: string | null;
  /** As the device gave them: `{"pmin":10}`; an attribute without a value is `true`. */
  readonly attributes: Readonly<Record<string, string | number | boolean>>;
}
