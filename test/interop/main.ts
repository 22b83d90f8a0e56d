/**
 * Runs the gateway against every client that nobody here wrote, one after the other; names as arguments choose some of them.
 * A client that this machine lacks is skipped with its reason, in continuous integration (CI=true) that is a failure.
 */
import { Bench, leaveNothingBehind } from './bench.ts';
import { leshan } from './leshan.ts';
import { libcoap } from './libcoap.ts';
import { openssl } from './openssl.ts';
import { opensslCertificates } from './openssl-certificates.ts';
import type { Peer } from './peer.ts';
import { Report, summary } from './report.ts';

const peers = [openssl, opensslCertificates, libcoap, leshan];

const usage = `Examples:
  npm run interop
  npm run interop -- openssl

Usage: npm run interop -- [PEER]...

PEER is one of ${peers.map(nameOf).join(', ')}; all of them if none is named.
With CI=true a peer that this machine lacks is a failure.
`;

const wanted = process.argv.slice(2);
if (wanted.includes('--help') || wanted.includes('-h')) {
  process.stdout.write(usage);
  process.exit(0);
}
const [unknown] = wanted.filter((name) => !peers.some((peer) => peer.name === name));
if (unknown !== undefined) {
  const what = unknown.startsWith('-') ? 'flag' : 'peer';
  process.stderr.write(`error: unknown ${what} "${unknown}"; peers are ${peers.map(nameOf).join(', ')}.\n`);
  process.stderr.write('  How to call it:  npm run interop -- --help\n');
  process.exit(2);
}
leaveNothingBehind();
for (const peer of peers) {
  if (wanted.length === 0 || wanted.includes(peer.name)) await runPeer(peer);
}
const { passed, failed, skipped } = summary();
process.stdout.write(`${passed} passed, ${failed} failed, ${skipped} skipped\n`);
process.exit(failed === 0 ? 0 : 1);

async function runPeer(peer: Peer): Promise<void> {
  const report = new Report(peer.name);
  const reason = peer.missing();
  if (reason !== undefined) {
    if (process.env['CI'] === 'true') report.fail(reason);
    else report.skip(reason);
    return;
  }
  const bench = new Bench(report);
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`not done within ${peer.limitMs / 1000} s`)), peer.limitMs);
  });
  try {
    await Promise.race([peer.run(bench), limit]);
  } catch (error) {
    report.fail(error instanceof Error ? error.message : String(error));
  }
  clearTimeout(timer);
  for (const log of await bench.close(report.failed)) process.stdout.write(`      log kept: ${log}\n`);
}

function nameOf(peer: Peer): string {
  return peer.name;
}
