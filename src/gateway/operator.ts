/** What an operator or a program may ask of the gateway, and how it answers. Answers that confirm a change wait for its commit. */
import type { ContentFormatName } from '../lwm2m/content-format.ts';
import type { ResourcePath } from '../lwm2m/path.ts';
import type { Entry } from '../lwm2m/value.ts';
import type { Rung } from './recovery-view.ts';
import type { OperationView } from './views.ts';

/** `id` is the caller's, unique among requests under way. `account` goes into the log with every change. */
export interface OperatorRequest {
  readonly id: number;
  readonly account: string;
  readonly action: OperatorAction;
}

export type OperatorAction =
  | {
      readonly kind: 'add-device';
      readonly endpoint: string;
      /** With a certificate: the endpoint itself. */
      readonly identity: string;
      /** 4 to 64 bytes. The gateway keeps a sealed copy and never returns it. Undefined: it comes in with a certificate. */
      readonly key: Uint8Array | undefined;
      readonly replace: boolean;
    }
  | {
      readonly kind: 'mute-device';
      readonly endpoint: string;
      /** Absent: until somebody unmutes it. */
      readonly forMs?: number;
    }
  | { readonly kind: 'unmute-device'; readonly endpoint: string }
  | { readonly kind: 'remove-device'; readonly endpoint: string; readonly keepCredentials: boolean }
  /** Drops its connection, and shakes hands anew if it can be. */
  | { readonly kind: 'reset-device'; readonly endpoint: string }
  | {
      readonly kind: 'operate';
      readonly endpoint: string;
      readonly operation: DeviceOperation;
      /** How long it may wait for a sleeping device. */
      readonly expiresMs: number;
    }
  /** Withdraw what waits, is under way or in doubt; or send anew what is in doubt. */
  | { readonly kind: 'cancel-operation' | 'retry-operation'; readonly id: number }
  | {
      readonly kind: 'observe';
      readonly endpoint: string;
      readonly path: ResourcePath;
      readonly pminSeconds?: number;
      readonly pmaxSeconds?: number;
    }
  | { readonly kind: 'unobserve'; readonly endpoint: string /** Absent: all of them. */; readonly path?: ResourcePath }
  | {
      readonly kind: 'set-reader';
      readonly name: string;
      /** The id of the last event that it has handled; 0 for none. */
      readonly cursor: number;
      /** The cursor may go back. */
      readonly reset: boolean;
    }
  | { readonly kind: 'remove-reader'; readonly name: string };

export type DeviceOperation =
  | { readonly verb: 'read'; readonly path: ResourcePath; readonly format?: ContentFormatName }
  | {
      readonly verb: 'write';
      readonly path: ResourcePath;
      readonly entries: readonly Entry[];
      readonly replace: boolean;
      readonly format?: ContentFormatName;
    }
  | { readonly verb: 'execute'; readonly path: ResourcePath; readonly arguments: string }
  | { readonly verb: 'discover'; readonly path: ResourcePath };

export type OperatorErrorCode =
  | 'UNKNOWN_DEVICE'
  | 'NOT_REGISTERED'
  | 'MUTED'
  | 'EXISTS_ALREADY'
  | 'NOT_OBSERVED'
  | 'UNKNOWN_READER'
  | 'UNKNOWN_OPERATION'
  | 'WRONG_STATE'
  | 'BAD_REQUEST'
  | 'QUEUE_FULL'
  | 'STORE_UNAVAILABLE'
  | 'LIMIT_REACHED';

export type OperatorAnswer =
  | { readonly kind: 'added' | 'replaced' | 'removed' | 'muted' | 'unmuted' | 'not-muted'; readonly endpoint: string }
  /** `dropped`: it had a connection. `next`: the handshake that is begun, or `wait` for the device. */
  | { readonly kind: 'reset'; readonly endpoint: string; readonly dropped: boolean; readonly next: Rung }
  /** The operation has an id; `operation` events tell how it goes on until its state is final. */
  | { readonly kind: 'accepted'; readonly operation: OperationView }
  /** It is not sent any more; when it had been sent (`sends`), it may have been done all the same. */
  | { readonly kind: 'cancelled'; readonly operation: OperationView }
  /** The wish is durable. `operation` is absent when the device is not there to be asked (asleep, never registered). */
  | {
      readonly kind: 'wished';
      readonly endpoint: string;
      readonly path: ResourcePath;
      readonly already: boolean;
      readonly deviceState: string;
      readonly operation?: OperationView;
    }
  | { readonly kind: 'withdrawn'; readonly endpoint: string; readonly paths: readonly ResourcePath[] }
  /** Where the reader of the event log stands now, or stood when it was removed. */
  | {
      readonly kind: 'reader';
      readonly name: string;
      readonly cursor: number;
      readonly result: 'added' | 'moved' | 'reset' | 'removed';
    }
  | { readonly kind: 'error'; readonly code: OperatorErrorCode; readonly message: string };

export function problem(code: OperatorErrorCode, message: string): OperatorAnswer {
  return { kind: 'error', code, message };
}

export function unknownDevice(endpoint: string): OperatorAnswer {
  return problem('UNKNOWN_DEVICE', `There is no device "${endpoint}".`);
}
