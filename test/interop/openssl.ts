/**
 * OpenSSL's own client with every PSK suite of the gateway: a full handshake; one resumed from what the first left behind, by
 * ticket and by session id; the same again after the gateway was killed. A CoAP ping goes through each connection and its
 * Reset comes back (RFC 7252 section 4.3), so the keys are right in both directions.
 */
import { setTimeout as wait } from 'node:timers/promises';
import { limits } from '../../src/base/limits.ts';
import type { Bench } from './bench.ts';
import { Gateway } from './gateway.ts';
import { isInstalled, type Peer } from './peer.ts';

/** Whose key is not too weak for OpenSSL only at its lowest level: an 8-byte tag counts as 64 bits. */
const suites = [
  'PSK-AES128-CCM8',
  'PSK-AES128-CCM',
  'PSK-AES128-GCM-SHA256',
  'PSK-AES256-GCM-SHA384',
  'PSK-CHACHA20-POLY1305',
  'ECDHE-PSK-CHACHA20-POLY1305',
].map((name) => ({ name, cipher: `${name}:@SECLEVEL=0` }));

const identity = 'openssl';
const key = '00112233445566778899aabbccddeeff';
const stepMs = 10_000;
const storeWithinMs = 1_000;
const ping = '\x40\x00\x12\x34';
const reset = '\x70\x00\x12\x34';

export const openssl: Peer = {
  name: 'openssl',
  limitMs: 120_000,
  missing: () => (isInstalled('openssl') ? undefined : 'openssl is not installed (apt install openssl)'),
  async run(bench) {
    const gateway = await Gateway.start(bench);
    await gateway.operator.addDevice(identity, key);
    const resumptions: (() => Promise<boolean>)[] = [];
    for (const { name, cipher } of suites) {
      for (const how of ['ticket', 'session id'] as const) {
        const session = `${name}-${how.replace(' ', '-')}.pem`;
        const first = connect(bench, gateway.port, cipher, how, ['-sess_out', session]);
        if (!(await bench.report.check(`${name}, full handshake, ${how}`, () => talk(first, 'New')))) continue;
        const again = () => connect(bench, gateway.port, cipher, how, ['-sess_in', session]);
        await bench.report.check(`${name}, resumed by ${how}`, () => talk(again(), 'Reused'));
        const after = `${name}, resumed by ${how} after the gateway was killed`;
        resumptions.push(() => bench.report.check(after, () => talk(again(), 'Reused')));
      }
    }
    // A session is stored within this time after its handshake; nothing is promised for one that was not yet.
    await wait(limits.commitLatestMs + storeWithinMs);
    await gateway.kill();
    await gateway.startAgain();
    for (const resume of resumptions) await resume();
    await bench.report.check('the gateway logged no error', () => gateway.loggedNoError());
  },
};

type Client = ReturnType<typeof connect>;

function connect(bench: Bench, port: number, cipher: string, how: 'ticket' | 'session id', words: readonly string[]) {
  const withoutTickets = how === 'ticket' ? [] : ['-no_ticket'];
  const to = ['-dtls1_2', '-connect', `127.0.0.1:${port}`, '-cipher', cipher, ...withoutTickets];
  return bench.start('s_client', 'openssl', ['s_client', ...to, '-psk_identity', identity, '-psk', key, ...words]);
}

async function talk(client: Client, kind: 'New' | 'Reused'): Promise<string> {
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
