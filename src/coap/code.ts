/** Codes of CoAP messages (RFC 7252 section 12.1, RFC 8132): a class and a detail, written `2.05`. */

import { assert } from '../base/assert.ts';

/** Any code as text: `0.00` is the empty message, class 0 a request, classes 2 to 5 a response. */
export type Code = `${number}.${string}`;

export type Method = 'GET' | 'POST' | 'PUT' | 'DELETE' | 'FETCH' | 'PATCH' | 'iPATCH';

export type ResponseCode = `${2 | 3 | 4 | 5}.${string}`;

export const emptyCode: Code = '0.00';

/** The response codes by their names in RFC 7252, RFC 7959 and RFC 8132. */
export const responseCodes = {
  created: '2.01',
  deleted: '2.02',
  valid: '2.03',
  changed: '2.04',
  content: '2.05',
  continue: '2.31',
  badRequest: '4.00',
  unauthorized: '4.01',
  badOption: '4.02',
  forbidden: '4.03',
  notFound: '4.04',
  methodNotAllowed: '4.05',
  notAcceptable: '4.06',
  requestEntityIncomplete: '4.08',
  preconditionFailed: '4.12',
  requestEntityTooLarge: '4.13',
  unsupportedContentFormat: '4.15',
  internalServerError: '5.00',
  notImplemented: '5.01',
  serviceUnavailable: '5.03',
  proxyingNotSupported: '5.05',
} as const satisfies Record<string, ResponseCode>;

const methodCodes: Readonly<Record<Method, Code>> = {
  GET: '0.01',
  POST: '0.02',
  PUT: '0.03',
  DELETE: '0.04',
  FETCH: '0.05',
  PATCH: '0.06',
  iPATCH: '0.07',
};

const methods: ReadonlyMap<Code, Method> = new Map(
  Object.entries(methodCodes).map(([method, code]) => [code, method as Method]),
);

/** The code of a method. */
export function codeOf(method: Method): Code {
  return methodCodes[method];
}

/** The method of a request code, or undefined when no standard gives it one. */
export function methodOf(code: Code): Method | undefined {
  return methods.get(code);
}

export type CodeClass = 'empty' | 'request' | 'response' | 'reserved';

/** What a code says about its message. Classes 1, 6 and 7 are reserved (7 is signalling, of CoAP over TCP only). */
export function classOf(code: Code): CodeClass {
  if (code === emptyCode) return 'empty';
  const first = code[0];
  if (first === '0') return 'request';
  return first === '2' || first === '3' || first === '4' || first === '5' ? 'response' : 'reserved';
}

/** Class 2: the request was carried out. */
export function isSuccess(code: Code): boolean {
  return code[0] === '2';
}

/** All 256 codes by their byte, so that reading one makes no text. */
const codes: readonly Code[] = Array.from(
  { length: 256 },
  (_, byte): Code => `${byte >> 5}.${String(byte & 31).padStart(2, '0')}`,
);
const codeBytes: ReadonlyMap<Code, number> = new Map(codes.map((code, byte) => [code, byte]));

/** The code that a byte of a message means: 3 bits of class, 5 of detail. */
export function codeOfByte(byte: number): Code {
  return codes[byte] as Code;
}

/** The byte of a code. */
export function toByte(code: Code): number {
  const byte = codeBytes.get(code);
  assert(byte !== undefined, 'a code is a class of 3 bits and a detail of 5');
  return byte;
}
