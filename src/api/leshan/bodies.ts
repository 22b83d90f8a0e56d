/**
 * The other bodies of Leshan's REST interface, as far as its clients read them. A LwM2M failure is HTTP 200 with
 * `success: false`; a device that is not registered is HTTP 400 with a plain text; a time-out is HTTP 504.
 */
import type { LeshanNode } from './nodes.ts';

export interface ClientBody {
  readonly endpoint: string;
  readonly registrationId: string;
  /** Milliseconds since 1970. */
  readonly registrationDate: number;
  readonly lastUpdate: number;
  /** `192.0.2.17:52114`. */
  readonly address: string;
  readonly lwM2mVersion: string;
  readonly lifetime: number;
  readonly bindingMode: string;
  readonly rootPath: string;
  readonly objectLinks: readonly LeshanLink[];
  readonly secure: boolean;
  readonly additionalRegistrationAttributes: Readonly<Record<string, string>>;
  /** Instances by object: `{"1":[0],"3303":[0,1]}`. */
  readonly availableInstances: Readonly<Record<string, readonly number[]>>;
  readonly queuemode: boolean;
  readonly sleeping: boolean;
}

export interface LeshanLink {
  readonly url: string;
  readonly attributes: Readonly<Record<string, string | number | boolean | null>>;
}

/** The answer of read, write, execute, discover and observe. */
export interface LeshanResponse {
  /** `CONTENT(205)`. */
  readonly status: string;
  readonly valid: boolean;
  readonly success: boolean;
  readonly failure: boolean;
  readonly content?: LeshanNode;
  readonly objectLinks?: readonly LeshanLink[];
  readonly errormessage?: string;
}

/** The first answer for a device that sleeps; the real one follows as REQUEST_RESPONSE. */
export interface LeshanDelayed {
  readonly ep: string;
  readonly path: string;
  readonly requestId: string;
  readonly delayed: true;
}

/** `PUT /api/security/clients/`. */
export interface SecurityBody {
  readonly endpoint: string;
  readonly tls:
    | {
        readonly mode: 'psk';
        readonly details: { readonly identity: string /** Hex. */; readonly key: string };
      }
    /** A certificate that names the endpoint. */
    | { readonly mode: 'x509' };
}

/** `GET /api/security/clients/EP`: as it was put, without the key. */
export interface SecurityViewBody {
  readonly endpoint: string;
  readonly tls: { readonly mode: 'psk'; readonly details: { readonly identity: string } } | { readonly mode: 'x509' };
}

/** `data:` of Leshan's stream. */
export type LeshanEventData =
  | ClientBody
  /** The registration of a device that was removed: nothing else is known of it any more. */
  | { readonly endpoint: string }
  | { readonly registration: ClientBody; readonly update: { readonly registrationId: string } }
  | { readonly ep: string }
  | { readonly ep: string; readonly kind: 'single'; readonly res: string; readonly val: LeshanNode | null }
  | { readonly ep: string; readonly val: Readonly<Record<string, LeshanNode>> }
  /** The late answer; without `response` when the operation ended without one. */
  | (LeshanDelayed & { readonly response?: LeshanResponse })
  | { readonly lost: number; readonly oldestId: number };

export const leshanFormats = ['TEXT', 'OPAQUE', 'TLV', 'JSON', 'CBOR', 'SENML_JSON', 'SENML_CBOR'] as const;

const statusNames: Readonly<Record<string, string>> = {
  '2.01': 'CREATED',
  '2.02': 'DELETED',
  '2.04': 'CHANGED',
  '2.05': 'CONTENT',
  '4.00': 'BAD_REQUEST',
  '4.01': 'UNAUTHORIZED',
  '4.02': 'BAD_OPTION',
  '4.03': 'FORBIDDEN',
  '4.04': 'NOT_FOUND',
  '4.05': 'METHOD_NOT_ALLOWED',
  '4.06': 'NOT_ACCEPTABLE',
  '4.08': 'REQUEST_ENTITY_INCOMPLETE',
  '4.12': 'PRECONDITION_FAILED',
  '4.13': 'REQUEST_ENTITY_TOO_LARGE',
  '4.15': 'UNSUPPORTED_CONTENT_FORMAT',
  '5.00': 'INTERNAL_SERVER_ERROR',
  '5.01': 'NOT_IMPLEMENTED',
  '5.03': 'SERVICE_UNAVAILABLE',
};

/** `CONTENT(205)` for `2.05`. */
export function leshanStatus(code: string): string {
  const digits = code.replace('.', '');
  return `${statusNames[code] ?? 'UNKNOWN'}(${digits})`;
}

export function notRegisteredText(endpoint: string): string {
  return `No registered client with id '${endpoint}'`;
}
