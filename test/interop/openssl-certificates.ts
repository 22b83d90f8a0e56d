/**
 * OpenSSL with certificates on both sides. As client, with every suite: full, resumed by ticket and by session id, the same
 * after the gateway was killed; refused with a certificate that nobody trusts, or that names no device. As server, at the
 * address where its device was: the gateway shakes hands by itself, goes on over that connection after a kill, and takes nobody who
 * answers with the certificate of another device.
 */
import { setTimeout as wait } from 'node:timers/promises';
import { limits } from '../../src/base/limits.ts';
import { freePort } from '../mbedtls-wasm/udp.ts';
import type { Bench } from './bench.ts';
import { Certificates, type OwnFiles } from './certificates.ts';
import { Gateway } from './gateway.ts';
import { isInstalled, type Peer } from './peer.ts';
import type { RunningProcess } from './running-process.ts';

const suites = [
  'ECDHE-ECDSA-AES128-CCM8',
  'ECDHE-ECDSA-AES128-CCM',
  'ECDHE-ECDSA-AES128-GCM-SHA256',
  'ECDHE-ECDSA-AES256-GCM-SHA384',
  'ECDHE-ECDSA-CHACHA20-POLY1305',
];
const device = 'meter-17';
const stepMs = 10_000;
const storeWithinMs = 2_000;
const ping = '\x40\x00\x12\x34';
const reset = '\x70\x00\x12\x34';
/** POST /rd?ep=meter-17&lt=300&lwm2m=1.1&b=U with the link of object 3, and 2.01 Created. */
const register = '\x41\x02\x12\x35T\xb2rd\x4bep=meter-17\x06lt=300\x09lwm2m=1.1\x03b=U\xff</3/0>';
const created = 'aA\x12\x35T';
/** The path /3/0/16 in a request. */
const asked = '\xb13\x010\x0216';

export const opensslCertificates: Peer = {
  name: 'openssl-x509',
  limitMs: 180_000,
  missing: () => (isInstalled('openssl') ? undefined : 'openssl is not installed (apt install openssl)'),
  async run(bench) {
    const certificates = new Certificates(bench.directory);
    const gateway = await Gateway.start(bench, ['--config', certificates.configurationFile]);
    await gateway.operator.addByCertificate(device);
    await asClient({ bench, gateway, certificates });
    await asServer({ bench, gateway, certificates });
    await bench.report.check('the gateway logged no error', () => gateway.loggedNoError());
  },
};

interface Scene {
  readonly bench: Bench;
  readonly gateway: Gateway;
  readonly certificates: Certificates;
}

async function asClient({ bench, gateway, certificates }: Scene): Promise<void> {
  const own = certificates.device(device);
  const connect = (name: string, by: OwnFiles, words: readonly string[]): RunningProcess => {
    const to = ['-connect', `127.0.0.1:${gateway.port}`, '-verify_return_error', '-verify', '3'];
    return bench.start('s_client', 'openssl', ['s_client', ...common(certificates, by, name), ...to, ...words]);
  };
  const resumptions: (() => Promise<boolean>)[] = [];
  for (const name of suites) {
    for (const how of ['ticket', 'session id'] as const) {
      const session = `${name}-${how.replace(' ', '-')}.pem`;
      const words = how === 'ticket' ? [] : ['-no_ticket'];
      const first = connect(name, own, [...words, '-sess_out', session]);
      if (!(await bench.report.check(`${name}, full handshake, ${how}`, () => talk(first, 'New')))) continue;
      const again = () => connect(name, own, [...words, '-sess_in', session]);
      await bench.report.check(`${name}, resumed by ${how}`, () => talk(again(), 'Reused'));
      const after = `${name}, resumed by ${how} after the gateway was killed`;
      resumptions.push(() => bench.report.check(after, () => talk(again(), 'Reused')));
    }
  }
  const [suite = ''] = suites;
  const refused = (by: OwnFiles, why: RegExp) => () => isRefused(gateway, connect(suite, by, ['-no_ticket']), why);
  const untrusted = certificates.device(device, false);
  await bench.report.check('a certificate of another authority is refused', refused(untrusted, /unknown ca/));
  const stranger = certificates.device('stranger');
  await bench.report.check('a device that was not added is refused', refused(stranger, /access denied/));
  await wait(limits.commitLatestMs + storeWithinMs);
  await gateway.kill();
  await gateway.startAgain();
  for (const resume of resumptions) await resume();
}

/** A device that registers as a client, and from then on answers at the same address as a server. */
async function asServer({ bench, gateway, certificates }: Scene): Promise<void> {
  const port = await freePort();
  const own = certificates.device(device);
  const [suite = ''] = suites;
  const client = bench.start('s_client', 'openssl', [
    ...['s_client', ...common(certificates, own, suite), '-bind', `127.0.0.1:${port}`],
    ...['-connect', `127.0.0.1:${gateway.port}`, '-no_ticket'],
  ]);
  const registers = async (): Promise<string> => {
    await client.says(/^New, TLSv1\.2/m, stepMs);
    client.say(register);
    await client.says(new RegExp(created), stepMs);
    const { security, x509 } = await gateway.operator.device(device);
    if (security !== 'x509' || x509?.validUntil === null) throw new Error(JSON.stringify({ security, x509 }));
    return `security ${security}, certificate until ${x509?.validUntil}`;
  };
  if (!(await bench.report.check('a device registers', registers))) return;
  await client.end('SIGKILL');
  const serve = (by: OwnFiles): RunningProcess => {
    const at = ['-accept', `127.0.0.1:${port}`, '-listen', '-verify_return_error', '-Verify', '3'];
    return bench.start('s_server', 'openssl', ['s_server', ...common(certificates, by, suite), ...at]);
  };
  const server = serve(own);
  await server.says(/ACCEPT/, stepMs);
  const { report } = bench;
  await report.check('the gateway shakes hands with it', () => isMet(gateway, server));
  await report.check('and goes on over that connection after it was killed', () => isAsked(gateway, server));
  await server.end('SIGKILL');
  const impostor = serve(certificates.device('stranger'));
  await impostor.says(/ACCEPT/, stepMs);
  await report.check('another device at its address is refused', async () => {
    await gateway.operator.reset(device);
    const alert = await impostor.says(/alert bad certificate/, stepMs);
    const { connection } = await gateway.operator.device(device);
    if (connection !== 'none') throw new Error(`its connection is ${connection}`);
    return `${alert[0]}, ${await refusals(gateway)} refused`;
  });
}

function common(certificates: Certificates, { certificate, key }: OwnFiles, suite: string): readonly string[] {
  const cipher = ['-dtls1_2', '-cipher', `${suite}:@SECLEVEL=0`];
  return [...cipher, '-cert', certificate, '-key', key, '-CAfile', certificates.rootFile];
}

async function talk(client: RunningProcess, kind: 'New' | 'Reused'): Promise<string> {
  const [line] = await client.says(/^(New|Reused), TLSv1\.2, Cipher is (\S+)$/m, stepMs);
  await client.says(/^ {4}Extended master secret: \w+\n---\n/m, stepMs);
  const from = client.text.length;
  client.say(ping);
  await client.says(new RegExp(reset), stepMs, from);
  client.sayNoMore();
  await client.end('SIGTERM');
  if (!line.startsWith(kind)) throw new Error(`it is not "${kind}" but "${line}"`);
  return line;
}

async function isRefused(gateway: Gateway, client: RunningProcess, why: RegExp): Promise<string> {
  const before = await refusals(gateway);
  const [alert] = await client.says(why, stepMs);
  await client.end('SIGTERM');
  const counted = (await refusals(gateway)) - before;
  if (counted !== 1) throw new Error(`${counted} refusals are counted`);
  return `alert ${alert}`;
}

/** The gateway drops what connection it has, and begins a handshake. */
async function isMet(gateway: Gateway, server: RunningProcess): Promise<string> {
  await gateway.operator.reset(device);
  await server.says(/^CIPHER is \S+$/m, stepMs);
  const { learned, dtls } = await gateway.operator.device(device);
  if (learned?.acceptsHandshake !== true) throw new Error('the gateway has not learned it');
  return `${dtls?.suite}`;
}

/** After its start the gateway asks each device something. This server prints what that is. */
async function isAsked(gateway: Gateway, server: RunningProcess): Promise<string> {
  await wait(limits.commitLatestMs + storeWithinMs);
  await gateway.kill();
  const from = server.text.length;
  await gateway.startAgain();
  await server.says(new RegExp(asked), stepMs, from);
  const { sinceStart } = await gateway.operator.status();
  if (sinceStart.handshakes > 0) throw new Error(`the gateway counts ${sinceStart.handshakes} handshakes`);
  return 'asked for /3/0/16, 0 handshakes';
}

async function refusals(gateway: Gateway): Promise<number> {
  const { drops } = await gateway.operator.status();
  return drops.find(({ reason }) => reason === 'certificate-refused')?.total ?? 0;
}
