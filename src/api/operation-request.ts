/**
 * `POST /api/holdfast/operations`: asks one device for something, in the words of the command line.
 *
 *   {"verb":"read","endpoint":"meter-17","paths":["/3303/0/5700"],"waitMs":null,"expiresMs":86400000}
 *
 * The answer is one JSON object a line. Read, discover, observe and unobserve make one operation a path, in the order of the
 * paths; write and execute make one in all. A line is an `OperationBody` each time an operation changes (the last line of an
 * operation is its result), or an `ErrorBody` for a path that could not even be tried. A request that is wrong as a whole, or
 * meets an unknown device, is answered with the status of its error and one `ErrorBody`. The response ends when
 * every operation is final or `waitMs` is over. A caller that hangs up stops waiting; the operation goes on.
 */
import { type Verb, verbs } from './bodies/operation.ts';

export interface OperationRequestBody {
  readonly verb: Verb;
  readonly endpoint: string;
  /** What is read, executed, discovered, observed; empty for write, and for unobserve when all are meant. */
  readonly paths: readonly string[];
  /** What is written. */
  readonly values: readonly WrittenValue[];
  /** Write: replace the instance (PUT) where it would be updated (POST). */
  readonly replace: boolean;
  /** Execute: in LwM2M's own syntax. */
  readonly arguments: string | null;
  /** `text`, `cbor`, `senml-json`, `senml-cbor`, `tlv`, `opaque`. */
  readonly format: string | null;
  readonly pminSeconds: number | null;
  readonly pmaxSeconds: number | null;
  /** How long to wait for the answer. Null: `waitDefaultMs` if the device is awake, not at all if it sleeps. */
  readonly waitMs: number | null;
  /** How long the operation may wait for a sleeping device. */
  readonly expiresMs: number;
  /** Put the answer's payload into `payload`. */
  readonly raw: boolean;
}

/** One of `text` and `fileHex` is set. How the text is read depends on the type, which the gateway knows. */
export interface WrittenValue {
  readonly path: string;
  /** The suffix that was typed, `float`. */
  readonly type: string | null;
  readonly text: string | null;
  /** The bytes of a file: opaque takes them, other types read them as UTF-8 text and drop one final newline. */
  readonly fileHex: string | null;
}

export const waitDefaultMs = 10_000;
export const expiresDefaultMs = 86_400_000;

/** A request with everything that was not said at its default. */
export function operationRequest(
  verb: Verb,
  endpoint: string,
  said: Partial<Omit<OperationRequestBody, 'verb' | 'endpoint'>>,
): OperationRequestBody {
  return {
    verb,
    endpoint,
    paths: [],
    values: [],
    replace: false,
    arguments: null,
    format: null,
    pminSeconds: null,
    pmaxSeconds: null,
    waitMs: null,
    expiresMs: expiresDefaultMs,
    raw: false,
    ...said,
  };
}

/** Checks the shape of a parsed body; what is missing gets its default. Returns a sentence about the first thing wrong. */
export function parseOperationRequest(body: unknown): OperationRequestBody | string {
  if (!isRecord(body)) return 'The body is not a JSON object.';
  const { verb, endpoint } = body;
  if (!isVerb(verb)) return `"verb" is one of ${verbs.join(' ')}.`;
  if (typeof endpoint !== 'string' || endpoint === '') return '"endpoint" is a name.';
  for (const [field, holds] of fieldChecks) {
    const value = body[field];
    if (value !== undefined && !holds(value)) return `"${field}" has the wrong type.`;
  }
  const said = Object.fromEntries(
    fieldChecks.flatMap(([field]) => (body[field] === undefined ? [] : [[field, body[field]]])),
  );
  const request = operationRequest(verb, endpoint, said as Partial<OperationRequestBody>);
  return { ...request, values: request.values.map(wholeValue) };
}

type FieldCheck = readonly [field: string, holds: (value: unknown) => boolean];

const isCount = (value: unknown): boolean => typeof value === 'number' && Number.isFinite(value) && value >= 0;
const isText = (value: unknown): boolean => typeof value === 'string';
const orNull = (check: (value: unknown) => boolean) => (value: unknown) => value === null || check(value);

const fieldChecks: readonly FieldCheck[] = [
  ['paths', (value) => Array.isArray(value) && value.every(isText)],
  ['values', (value) => Array.isArray(value) && value.every(isWrittenValue)],
  ['replace', (value) => typeof value === 'boolean'],
  ['arguments', orNull(isText)],
  ['format', orNull(isText)],
  ['pminSeconds', orNull(isCount)],
  ['pmaxSeconds', orNull(isCount)],
  ['waitMs', orNull(isCount)],
  ['expiresMs', isCount],
  ['raw', (value) => typeof value === 'boolean'],
];

function isWrittenValue(value: unknown): boolean {
  if (!isRecord(value) || !isText(value['path'])) return false;
  const { text, fileHex, type } = value;
  const optional = [text, fileHex, type].every((field) => field === undefined || field === null || isText(field));
  return optional && (typeof text === 'string') !== (typeof fileHex === 'string');
}

function wholeValue(value: WrittenValue): WrittenValue {
  return { path: value.path, type: value.type ?? null, text: value.text ?? null, fileHex: value.fileHex ?? null };
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isVerb(value: unknown): value is Verb {
  return (verbs as readonly unknown[]).includes(value);
}
