/** The screen of `holdfast device show`: everything known about one device, but never a key. */
import { formatAge } from '../../api/ages.ts';
import type { DeviceDetailBody, ObservationBody } from '../../api/bodies/device.ts';
import type { OperationBody } from '../../api/bodies/operation.ts';
import { compareDevicePaths } from '../../api/device-path.ts';
import { together } from '../../api/wrap.ts';
import { dateOnly } from '../clock-time.ts';
import { escapeText } from '../escape.ts';
import { plural } from '../figures.ts';
import { colorState, type Style } from '../style.ts';
import { type Column, tableLines } from '../table.ts';
import { bothSides, field } from './fields.ts';
import { observationCells } from './observations-table.ts';

const labelWidth = 13;
const indent = ' '.repeat(labelWidth + 3);

export function deviceScreen(device: DeviceDetailBody, style: Style): readonly string[] {
  const title = bothSides(escapeText(device.endpoint), device.state);
  const painted = title.slice(0, title.length - device.state.length) + colorState(device.state, style);
  return [painted, ...fields(device, style)];
}

function fields(device: DeviceDetailBody, style: Style): readonly string[] {
  const texts: readonly (readonly [string, string | undefined])[] = [
    ['muted', mutedText(device)],
    ['registered', registeredText(device)],
    ['lwm2m', lwm2mText(device)],
    ['address', addressText(device)],
    ['security', securityText(device, style)],
    ['connection', connectionText(device)],
    ['learned', learnedText(device)],
    ['objects', objectsText(device)],
  ];
  return [
    ...texts.flatMap(([label, text]) => (text === undefined ? [] : field(label, escapeText(text), labelWidth))),
    ...observationLines(device.observationList, style),
    ...queueLines(device.queue, style),
  ];
}

function mutedText({ muted }: DeviceDetailBody): string | undefined {
  if (muted === null) return undefined;
  const { reason, secondsAgo, unmutedInSeconds } = muted;
  const end = unmutedInSeconds === null ? 'until it is unmuted' : `for another ${formatAge(unmutedInSeconds)}`;
  return `${together(`${formatAge(secondsAgo)} ago`)}, ${together(end)}: ${reason}`;
}

function registeredText(device: DeviceDetailBody): string {
  if (device.ended !== null) return endedText(device.ended);
  if (device.registrationId === null) return 'never';
  const parts = [
    device.registeredSecondsAgo === null ? undefined : `${formatAge(device.registeredSecondsAgo)} ago`,
    device.updatedSecondsAgo === null ? undefined : together(`updated ${formatAge(device.updatedSecondsAgo)} ago`),
    device.expiresInSeconds === null ? undefined : together(`expires in ${formatAge(device.expiresInSeconds)}`),
  ].filter((part) => part !== undefined);
  const lifetime = device.lifetimeSeconds === null ? '' : ` ${together(`(lifetime ${device.lifetimeSeconds}s)`)}`;
  return parts.join(', ') + lifetime;
}

const endWords: Readonly<Record<string, string>> = {
  deregistered: 'it deregistered',
  expired: 'its lifetime ran out',
  removed: 'it was removed',
  replaced: 'its credentials were replaced',
  muted: 'it was muted',
};

function endedText(ended: NonNullable<DeviceDetailBody['ended']>): string {
  const ago = ended.secondsAgo === null ? '' : ` ${formatAge(ended.secondsAgo)} ago`;
  return `no longer: ${endWords[ended.reason] ?? ended.reason}${ago}`;
}

function lwm2mText(device: DeviceDetailBody): string | undefined {
  if (device.lwm2mVersion === null) return undefined;
  const location = device.location === null ? '' : `, location ${device.location}`;
  return `${device.lwm2mVersion}, binding ${device.binding ?? 'unknown'}${location}`;
}

function addressText(device: DeviceDetailBody): string | undefined {
  if (device.address === null) return undefined;
  return device.listenerUrl === null ? device.address : `${device.address}, at ${device.listenerUrl}`;
}

function securityText(device: DeviceDetailBody, style: Style): string | undefined {
  const { psk, x509 } = device;
  if (x509 !== null) return certificateText(device.endpoint, x509, style);
  if (psk === null) return device.security === 'none' ? 'none: plain CoAP' : undefined;
  const day = psk.addedAt === null ? '' : ` ${dateOnly(psk.addedAt, style)}`;
  return `PSK, identity "${psk.identity}", key added${day} by ${psk.addedBy}`;
}

function certificateText(endpoint: string, x509: NonNullable<DeviceDetailBody['x509']>, style: Style): string {
  const day = x509.addedAt === null ? '' : ` ${dateOnly(x509.addedAt, style)}`;
  const shown = x509.validUntil === null ? 'not seen yet' : `valid until ${dateOnly(x509.validUntil, style)}`;
  return `X.509, named "${endpoint}", added${day} by ${x509.addedBy}; certificate ${shown}`;
}

function connectionText(device: DeviceDetailBody): string {
  const { dtls } = device;
  if (dtls === null) return device.connection === 'none' ? 'none' : 'plain CoAP';
  const cid = dtls.cid ? 'connection ID' : 'no connection ID';
  const age =
    dtls.establishedSecondsAgo === null ? '' : `, ${together(`${formatAge(dtls.establishedSecondsAgo)} old`)}`;
  const restored = dtls.restores === 1 ? 'restored once' : `restored ${dtls.restores} times`;
  const since = `${together(restored)}, ${together(`${plural(dtls.handshakesSinceRestore, 'handshake')} since`)}`;
  const head = `DTLS ${dtls.version} ${suiteText(dtls.suite)}, ${together(cid)}${age}`;
  return dtls.restores === 0 ? head : `${head}; ${since}`;
}

/** What is known of it, in a line; nothing where nothing is. */
function learnedText({ learned }: DeviceDetailBody): string | undefined {
  if (learned === null) return undefined;
  const { acceptsHandshake, failures, resumes, keepsConnection } = learned;
  const texts = [
    acceptsHandshake === null ? undefined : acceptsHandshake ? 'accepts handshakes' : 'ignores handshakes',
    failures === 0 || acceptsHandshake === false ? undefined : `${plural(failures, 'handshake')} in vain`,
    acceptsHandshake !== true || resumes === null ? undefined : resumes ? 'resumes' : 'does not resume',
    keepsConnection === null ? undefined : keepsConnection ? 'keeps its connection' : 'drops idle connections',
  ].filter((text) => text !== undefined);
  return texts.length === 0 ? undefined : texts.map(together).join(', ');
}

/** `PSK-AES128-CCM8`, the short form of the registered name `TLS_PSK_WITH_AES_128_CCM_8`. */
function suiteText(name: string): string {
  return name
    .replace(/^TLS_/, '')
    .replace('_WITH_', '-')
    .replace('AES_', 'AES')
    .replace('CCM_8', 'CCM8')
    .replaceAll('_', '-');
}

function objectsText(device: DeviceDetailBody): string | undefined {
  if (device.objectLinks.length === 0) return undefined;
  const paths = device.objectLinks.map((link) => link.path);
  return paths.sort(compareDevicePaths).join('  ');
}

const observationColumns: readonly Column[] = [
  { title: 'PATH' },
  { title: 'EVERY' },
  { title: 'LAST VALUE', cut: 'end' },
  { title: 'AGE' },
  { title: 'RECEIVED', align: 'right' },
  { title: 'STATE' },
];

function observationLines(observations: readonly ObservationBody[], style: Style): readonly string[] {
  if (observations.length === 0) return field('observations', 'none', labelWidth);
  const rows = [...observations].sort((a, b) => compareDevicePaths(a.path, b.path)).map(observationRow);
  return labelledTable('observations', observationColumns, rows, style);
}

function observationRow(observation: ObservationBody): readonly string[] {
  const { every, value, age, received } = observationCells(observation);
  return [observation.path, every, value, age, received, observation.state];
}

const queueColumns: readonly Column[] = [
  { title: 'ID' },
  { title: 'VERB' },
  { title: 'PATH' },
  { title: 'STATE' },
  { title: 'EXPIRES' },
];

function queueLines(queue: readonly OperationBody[], style: Style): readonly string[] {
  if (queue.length === 0) return field('queue', 'empty', labelWidth);
  const rows = queue.map(({ operation, verb, path, state, expiresInSeconds }) => [
    String(operation ?? '-'),
    verb,
    path,
    state,
    expiresInSeconds === null ? '-' : formatAge(expiresInSeconds),
  ]);
  return labelledTable('queue', queueColumns, rows, style);
}

/** A table whose first line stands beside the label. */
function labelledTable(
  label: string,
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  style: Style,
): readonly string[] {
  const narrower = { ...style, columns: style.columns - indent.length, terminal: true };
  const [header = '', ...lines] = tableLines(columns, rows, narrower, true);
  return [`  ${label.padEnd(labelWidth)} ${header}`, ...lines.map((line) => indent + line)];
}
