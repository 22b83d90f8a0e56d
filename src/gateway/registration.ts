/** One device as the registrations know it: what it said, when, and how it ended if it did. */
import type { ListenerName, PeerId } from '../base/address.ts';
import type { Monotonic } from '../base/instants.ts';
import type { DeviceDialect } from '../lwm2m/device-dialect.ts';
import type { RegistrationRequest } from '../lwm2m/registration-request.ts';
import type { RegistrationOrigin } from '../records/registration-record.ts';

export interface Registration {
  readonly endpoint: string;
  readonly peer: PeerId;
  readonly listener: ListenerName;
  /** The short id in its location `/rd/<id>`. */
  readonly registrationId: string;
  request: RegistrationRequest;
  readonly registeredAtWall: number | undefined;
  readonly registeredAtUptimeMs: number;
  updatedAtUptimeMs: number;
  heardAtUptimeMs: number;
  heardAtWall: number | undefined;
  updatedAtWall: number | undefined;
  /** Heard in this start. */
  heardSinceStart: boolean;
  /** A request went unanswered since it was last heard. */
  unanswered: boolean;
  readonly origin: RegistrationOrigin | undefined;
  /** `origin`: the De-register, if it was one. */
  ended:
    | { readonly reason: EndReason; readonly atUptimeMs: number; readonly origin?: RegistrationOrigin | undefined }
    | undefined;
  awakeUntil: Monotonic | undefined;
  /** The format of its last answer that carried several values. */
  shownFormat: number | undefined;
}

/** How to speak to the device. */
export function dialectOf(registration: Registration): DeviceDialect {
  const { version, rootPath, contentFormats } = registration.request;
  const { shownFormat } = registration;
  return { version, rootPath, contentFormats, ...(shownFormat === undefined ? {} : { shownFormat }) };
}

export type EndReason = 'deregistered' | 'expired' | 'removed' | 'replaced' | 'muted';
