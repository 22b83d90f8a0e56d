/**
 * `holdfast device add EP`: an identity and its key, or that it comes in with a certificate. A key comes over stdin or a prompt, or
 * is made here; it is checked before anything is stored, held in one buffer and overwritten after sending.
 */
import { randomBytes } from 'node:crypto';
import { open, unlink } from 'node:fs/promises';
import type { ChangeBody } from '../../api/bodies/device.ts';
import type { StatusBody } from '../../api/bodies/status.ts';
import { shellWord } from '../../api/error-texts.ts';
import { type ExitCode, exitCodes } from '../../api/exit-codes.ts';
import type { SecurityBody } from '../../api/leshan/bodies.ts';
import { routes } from '../../api/routes.ts';
import { equalBytes } from '../../base/bytes.ts';
import { limits } from '../../base/limits.ts';
import { oneWord } from '../arguments.ts';
import { CliError, wrongCall } from '../cli-error.ts';
import type { Context } from '../context.ts';
import { hexDigitsOf, type KeyFormat, keyFormats, parseKey } from '../key-text.ts';
import { askHidden } from '../prompt.ts';
import { fileTrouble, readAll } from '../read-input.ts';

export interface DeviceAddFlags {
  readonly pskIdentity?: string;
  readonly keyFormat?: string;
  readonly generateKey?: string;
  readonly replace?: boolean;
  readonly x509?: boolean;
  /** Not a flag to use: it is there to be explained. */
  readonly key?: string | boolean;
}

const generatedKeyBytes = 16;
const keyTextBytesMax = 1_024;
const portDefault = '5684';

export async function deviceAdd(context: Context, endpoint: string, flags: DeviceAddFlags): Promise<ExitCode> {
  if (flags.key !== undefined) {
    throw wrongCall('Keys are read from stdin only: arguments are visible to every process and stay in the history.');
  }
  checkName('endpoint name', endpoint, limits.endpointNameBytesMax);
  if (flags.x509 === true) return addByCertificate(context, endpoint, flags);
  const identity = flags.pskIdentity ?? endpoint;
  checkName('PSK identity', identity, limits.pskIdentityBytesMax);
  const format = flags.keyFormat === undefined ? 'hex' : oneWord('--key-format', flags.keyFormat, keyFormats);
  const key =
    flags.generateKey === undefined
      ? await takeKey(context, endpoint, format)
      : new Uint8Array(randomBytes(generatedKeyBytes));
  const keyLength = key.length;
  try {
    if (flags.generateKey !== undefined) await writeKeyFile(flags.generateKey, key);
    const { result } = await send(context, endpoint, identity, key, flags);
    await confirm(context, { endpoint, result }, identity, keyLength, flags.generateKey);
    return exitCodes.done;
  } finally {
    key.fill(0);
  }
}

/** Nothing of the certificate is needed: that it leads to a trust anchor and names the endpoint is seen when the device comes. */
async function addByCertificate(context: Context, endpoint: string, flags: DeviceAddFlags): Promise<ExitCode> {
  const ofKeys = flags.pskIdentity ?? flags.keyFormat ?? flags.generateKey;
  if (ofKeys !== undefined) throw wrongCall('--x509 is for a device without a key: say one or the other.');
  const body = Buffer.from(JSON.stringify({ endpoint, tls: { mode: 'x509' } } satisfies SecurityBody));
  const path = routes.securityClients(flags.replace === true);
  const change = await context.gateway.json<ChangeBody>({ method: 'PUT', path, body });
  if (context.json) await context.print(JSON.stringify(change));
  else {
    const word = change.result === 'replaced' ? 'Replaced' : 'Added';
    await context.say(`${word} ${endpoint}: X.509, a certificate that names it "${endpoint}".`);
    await sayWait(context, endpoint);
  }
  return exitCodes.done;
}

function checkName(what: string, name: string, bytesMax: number): void {
  const bytes = Buffer.byteLength(name);
  if (bytes === 0) throw wrongCall(`The ${what} is empty.`);
  if (bytes > bytesMax) throw wrongCall(`The ${what} has ${bytes} bytes; ${bytesMax} at most are allowed.`);
}

async function takeKey(context: Context, endpoint: string, format: KeyFormat): Promise<Uint8Array> {
  const { io } = context;
  const typed = io.input.isTerminal
    ? await promptKey(context, endpoint, format)
    : await readAll(io, keyTextBytesMax, 'The key');
  const parsed = parseKey(typed, format);
  typed.fill(0);
  if ('problem' in parsed) throw wrongCall(parsed.problem, ['Nothing was changed.'], 'BAD_KEY');
  return parsed.bytes;
}

async function promptKey({ io }: Context, endpoint: string, format: KeyFormat): Promise<Uint8Array> {
  const first = await askHidden(io, `PSK for ${endpoint}, in ${format} (not shown): `);
  const second = await askHidden(io, 'Once more: ');
  const same = equalBytes(first, second);
  second.fill(0);
  if (same) return first;
  first.fill(0);
  throw wrongCall('The two keys differ.', ['Nothing was changed.'], 'BAD_KEY');
}

/** Writes a new file that only its owner may read. Refuses to touch one that is there. */
async function writeKeyFile(path: string, key: Uint8Array): Promise<void> {
  const digits = hexDigitsOf(key);
  try {
    const file = await open(path, 'wx', 0o600);
    try {
      await file.writeFile(digits);
      await file.write('\n');
      await file.sync();
    } finally {
      await file.close();
    }
  } catch (error) {
    const { code = 'unknown' } = error as { readonly code?: string };
    throw wrongCall(`${path} cannot be written (${fileTrouble(code)}).`, ['Nothing was changed.']);
  } finally {
    digits.fill(0);
  }
}

/** A key that was refused need not stay behind in a file; one whose fate is unknown must. */
async function send(
  context: Context,
  endpoint: string,
  identity: string,
  key: Uint8Array,
  flags: DeviceAddFlags,
): Promise<ChangeBody> {
  const body = securityBody(endpoint, identity, key);
  try {
    return await context.gateway.json<ChangeBody>({
      method: 'PUT',
      path: routes.securityClients(flags.replace === true),
      body,
    });
  } catch (error) {
    if (error instanceof CliError && flags.generateKey !== undefined) await unlink(flags.generateKey);
    throw error;
  } finally {
    body.fill(0);
  }
}

/** The JSON of a `SecurityBody`, put together as bytes: a string with the key in it could not be overwritten. */
function securityBody(endpoint: string, identity: string, key: Uint8Array): Buffer {
  const details = `"tls":{"mode":"psk","details":{"identity":${JSON.stringify(identity)},"key":"`;
  const digits = hexDigitsOf(key);
  const body = Buffer.concat([
    Buffer.from(`{"endpoint":${JSON.stringify(endpoint)},${details}`),
    digits,
    Buffer.from('"}}}'),
  ]);
  digits.fill(0);
  return body;
}

async function confirm(
  context: Context,
  change: ChangeBody,
  identity: string,
  keyLength: number,
  keyFile: string | undefined,
): Promise<void> {
  if (context.json) return context.print(JSON.stringify(change));
  const word = change.result === 'replaced' ? 'Replaced' : 'Added';
  const written = keyFile === undefined ? '' : `, written to ${keyFile}`;
  await context.say(`${word} ${change.endpoint}: PSK, identity "${identity}", ${keyLength}-byte key${written}.`);
  if (keyFile === undefined) await sayWait(context, change.endpoint);
}

async function sayWait(context: Context, endpoint: string): Promise<void> {
  await context.say(
    `It may connect to coaps://GATEWAY:${await coapsPort(context)} now. Wait for it:`,
    `  holdfast events --follow --device ${shellWord(endpoint)}`,
  );
}

/** The port that devices come in by. The addition is done; if this cannot be found out, the usual one is named. */
async function coapsPort(context: Context): Promise<string> {
  try {
    const { listeners } = await context.gateway.json<StatusBody>({ method: 'GET', path: routes.status() });
    const secured = listeners.find((listener) => listener.url.startsWith('coaps://'));
    return secured?.url.split(':').at(-1) ?? portDefault;
  } catch {
    return portDefault;
  }
}
