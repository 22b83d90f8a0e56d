/** The bodies of `devices` and `device show`. A key is not in any view, so it cannot be in a body. */
import type { DeviceBody, DeviceDetailBody, ObservationBody } from '../api/bodies/device.ts';
import type { DeviceDetail, DeviceView, ObservationView } from '../gateway/views.ts';
import { operationBody } from './operation-body.ts';
import type { Knowledge } from './plan.ts';
import { jsonValue, linkAttributes, typeWord } from './value-body.ts';
import { wallText } from './wall-text.ts';

export function deviceBody(device: DeviceView): DeviceBody {
  return {
    endpoint: device.endpoint,
    state: device.state,
    heardAt: wallText(device.heardAtWall),
    heardSecondsAgo: device.heardSecondsAgo ?? null,
    expiresInSeconds: device.expiresInSeconds ?? null,
    lifetimeSeconds: device.lifetimeSeconds ?? null,
    queueMode: device.queueMode,
    binding: device.binding ?? null,
    lwm2mVersion: device.lwm2mVersion ?? null,
    registrationId: device.registrationId ?? null,
    registeredAt: wallText(device.registeredAtWall),
    address: device.address ?? null,
    listener: device.listener ?? null,
    security: device.security ?? null,
    connectionId: device.connectionId,
    connection: device.connection,
    observations: device.observations,
    queued: device.queued,
  };
}

export function deviceDetailBody(device: DeviceDetail, knowledge: Knowledge): DeviceDetailBody {
  const { ended, registrationId } = device;
  const listener = knowledge.information().listeners.find(({ name }) => name === device.listener);
  return {
    ...deviceBody(device),
    muted: mutedBody(device),
    registeredSecondsAgo: device.registeredSecondsAgo ?? null,
    updatedSecondsAgo: device.updatedSecondsAgo ?? null,
    ended: ended === undefined ? null : { reason: ended.reason, secondsAgo: ended.secondsAgo ?? null },
    location: registrationId === undefined ? null : `/rd/${registrationId}`,
    listenerUrl: listener?.url ?? null,
    objectLinks: device.objectLinks.map((link) => ({ path: link.uri, attributes: linkAttributes(link) })),
    ...credentialBodies(device),
    dtls: dtlsBody(device, knowledge.wallNow()),
    learned: learnedBody(device),
    observationList: device.observationList.map(observationBody),
    queue: device.queue.map((operation) => operationBody(operation, knowledge)),
  };
}

/** What it comes in with: one of the two. */
function credentialBodies({ credential }: DeviceDetail): Pick<DeviceDetailBody, 'psk' | 'x509'> {
  if (credential === undefined) return { psk: null, x509: null };
  const { identity, addedAtWall, addedBy, keyBytes, certificate } = credential;
  const added = { addedAt: wallText(addedAtWall), addedBy };
  if (keyBytes !== undefined) return { psk: { identity, ...added }, x509: null };
  const shown = { certificateSha256: certificate?.sha256 ?? null, validUntil: wallText(certificate?.endsAtWall) };
  return { psk: null, x509: { ...added, ...shown } };
}

function mutedBody({ muted }: DeviceDetail): DeviceDetailBody['muted'] {
  if (muted === undefined) return null;
  const { reason, account, sinceWall, secondsAgo, endsInSeconds } = muted;
  return { reason, account, since: wallText(sinceWall), secondsAgo, unmutedInSeconds: endsInSeconds ?? null };
}

function learnedBody({ learned }: DeviceDetail): DeviceDetailBody['learned'] {
  if (learned === undefined) return null;
  const { handshake, triedSecondsAgo, failures, resumption, connectionId, keepsConnection } = learned;
  return {
    acceptsHandshake: handshake ?? null,
    triedSecondsAgo: triedSecondsAgo ?? null,
    failures,
    resumes: resumption ?? null,
    connectionId: connectionId ?? null,
    keepsConnection: keepsConnection ?? null,
  };
}

function dtlsBody({ dtls }: DeviceDetail, wallNow: number | undefined): DeviceDetailBody['dtls'] {
  if (dtls === undefined) return null;
  const secondsAgo = dtls.establishedSecondsAgo;
  const known = secondsAgo !== undefined && wallNow !== undefined;
  return {
    version: dtls.version,
    suite: dtls.suite,
    cid: dtls.connectionId,
    establishedAt: known ? wallText(wallNow - secondsAgo * 1_000) : null,
    establishedSecondsAgo: secondsAgo ?? null,
    restores: dtls.restores,
    handshakesSinceRestore: dtls.handshakesSinceRestore,
  };
}

export function observationBody(observation: ObservationView): ObservationBody {
  const { entry } = observation;
  const value = entry === undefined ? undefined : jsonValue(entry.value);
  return {
    path: observation.path,
    pminSeconds: observation.pminSeconds ?? null,
    pmaxSeconds: observation.pmaxSeconds ?? null,
    state: observation.state,
    value: value ?? null,
    type: entry === undefined ? null : typeWord(entry.value.type),
    receivedSecondsAgo: observation.receivedSecondsAgo ?? null,
    received: observation.received,
  };
}
