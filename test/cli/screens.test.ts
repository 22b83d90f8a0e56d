/** The screens that look without touching a device, word for word at 80 columns. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { flashBody, fleet, meter17, queuedBody, recoveryBody, statusBody } from './support/bodies.ts';
import { inPipe, onTerminal, screen } from './support/call.ts';
import { FakeGateway } from './support/fake-gateway.ts';

let gateway: FakeGateway;

before(async () => {
  gateway = await FakeGateway.make();
  gateway.answer = ({ route }) => {
    if (route.kind === 'status') return { json: statusBody };
    if (route.kind === 'flash') return { json: flashBody };
    if (route.kind === 'recovery') return { json: recoveryBody };
    return route.kind === 'list-devices' ? { array: fleet } : { json: meter17 };
  };
});

after(() => gateway.remove());

test('status shows the gateway, the fleet and, last, what needs doing', async () => {
  const { exit, out, err } = await onTerminal(gateway, 'status');
  assert.equal(
    out,
    screen(`
holdfast 0.1.0, serving for 3m12s                     gw-17  2026-11-22 18:31:07
  last stop    power cut or kill; serving again 0.9s after its start
  devices      212 registered: 184 online, 5 awake, 15 asleep, 6 restored,
               2 silent; 1 gone, 3 unseen
  since start  189 heard from; 0 handshakes, 0 new registrations
  events       1,204 a minute; log holds 48,213, the oldest 2h40m old
  store        ok; 38.2 MB written since its start
  flash        budget 1.1 GB a day; 1,204 commits of 12.1 MB, 52.0 MB on the
               device by all
  clock        trusted (NTP)
  dropped      17 datagrams in the last hour: 12 unknown identity, 5 replayed
  listening    coaps://0.0.0.0:5684  coaps://[::]:5684

2 devices are silent, 1 is gone: holdfast devices --state silent,gone
`),
  );
  assert.equal(err, '');
  assert.equal(exit, 0);
});

test('status and flash say of what time their account is', async () => {
  const other = await FakeGateway.make();
  const written = async (verb: string, body: object): Promise<string> => {
    other.answer = () => ({ json: body });
    return (await onTerminal(other, verb)).out;
  };
  assert.match(await written('status', { ...statusBody, servingSeconds: 86_400 }), /38\.2 MB written in the last 24h/);
  assert.match(await written('flash', { ...flashBody, servingSeconds: 86_399 }), /1\.1 GB since its start/);
  await other.remove();
});

test('status tells how the budget of the flash is kept, or that it is not', async () => {
  const flashLine = async (wear: string): Promise<string> => {
    const other = await FakeGateway.make();
    other.answer = () => ({ json: { ...statusBody, store: { ...statusBody.store, wear, spacingMs: 740 } } });
    const { out } = await onTerminal(other, 'status');
    await other.remove();
    return /^ {2}flash {8}(.*)$/m.exec(out)?.[1] ?? '';
  };
  assert.match(await flashLine('widened'), /^budget 1\.1 GB a day, kept by commits 740ms apart;/);
  assert.match(await flashLine('over'), /^budget 1\.1 GB a day, not kept;/);
});

test('status of a fresh gateway without a trusted clock has nothing to report and nothing to do', async () => {
  const fresh = await FakeGateway.make();
  fresh.answer = () => ({
    json: {
      ...statusBody,
      at: null,
      lastStop: 'first',
      devices: { online: 0, awake: 0, asleep: 0, restored: 0, silent: 0, gone: 0, unseen: 0, muted: 0 },
      clock: { trusted: false, source: null },
      drops: [],
      attention: [],
    },
  });
  const { out } = await onTerminal(fresh, 'status');
  await fresh.remove();
  assert.match(out, /serving for 3m12s +gw-17\n/);
  assert.match(out, /last stop {4}first start; serving 0\.9s after its start/);
  assert.match(out, /devices {6}0 registered\n/);
  assert.match(out, /clock {8}not trusted yet/);
  assert.match(out, /dropped {6}nothing in the last hour\n/);
  assert.ok(out.endsWith('coaps://[::]:5684\n'));
});

test('devices are a table that is cut to the terminal, with a summary', async () => {
  const { exit, out } = await onTerminal(gateway, 'devices');
  assert.equal(
    out,
    screen(`
ENDPOINT                  STATE     HEARD   EXPIRES  LINK      OBSERVED  QUEUED
boiler-02                 online    12s     4m48s    dtls+cid         3       -
meter-17                  online    4s      56s      dtls             1       -
urn:imei:352099001761481  asleep    2h14m   21h      dtls+cid         2       1
urn:uuid:1a2b3c4d…c0ffee  awake     31s     23h      dtls+cid         2       -
valve north/3             silent    26m     3m       dtls             1       2
weather-mast              restored  38m     1h22m    dtls+cid         4       -
yard-light                unseen    never   -        -                -       -

7 devices: 2 online, 1 awake, 1 asleep, 1 silent, 1 restored, 1 unseen
`),
  );
  assert.equal(exit, 0);
});

test('the same devices in a pipe are rows with tabs, uncut, without a summary', async () => {
  const { out } = await inPipe(gateway, 'devices', '--no-header');
  const lines = out.trimEnd().split('\n');
  assert.equal(lines.length, 7);
  assert.equal(lines[3], 'urn:uuid:1a2b3c4d-0000-4000-8000-0123dec0ffee\tawake\t31s\t23h\tdtls+cid\t2\t-');
});

test('device show tells everything known about one device', async () => {
  const { exit, out } = await onTerminal(gateway, 'device', 'show', 'meter-17');
  assert.equal(
    out,
    screen(`
meter-17                                                                  online
  registered    4h29m ago, updated 4s ago, expires in 56s (lifetime 60s)
  lwm2m         1.1, binding U, location /rd/4kX2
  address       192.0.2.17:52114, at coaps://0.0.0.0:5684
  security      PSK, identity "meter-17", key added 2026-11-20 by ops
  connection    DTLS 1.2 PSK-AES128-CCM8, no connection ID, 4h29m old;
                restored 3 times, 0 handshakes since
  objects       /1/0  /3/0  /3303/0  /3303/1
  observations  PATH          EVERY   LAST VALUE  AGE  RECEIVED  STATE
                /3303/0/5700  10-60s  21.5        4s      1,574  running
  queue         empty
`),
  );
  assert.equal(exit, 0);
});

test('a device with a certificate has no key; what it showed last is told', async () => {
  const other = await FakeGateway.make();
  const added = { addedAt: '2026-11-20T09:00:00.000Z', addedBy: 'ops' };
  const securityOf = async (shown: { certificateSha256: string | null; validUntil: string | null }) => {
    other.answer = () => ({ json: { ...meter17, security: 'x509', psk: null, x509: { ...added, ...shown } } });
    const { out } = await onTerminal(other, 'device', 'show', 'meter-17');
    return /^ {2}security(?:.|\n)*?(?=^ {2}connection)/m.exec(out)?.[0];
  };
  assert.equal(
    await securityOf({ certificateSha256: null, validUntil: null }),
    `  security      X.509, named "meter-17", added 2026-11-20 by ops; certificate
                not seen yet
`,
  );
  const seen = { certificateSha256: 'ab'.repeat(32), validUntil: '2027-03-01T00:00:00.000Z' };
  assert.match((await securityOf(seen)) ?? '', /valid until 2027-03-01\n$/);
  await other.remove();
});

test('what waits for a device is a table beside the label', async () => {
  const waiting = await FakeGateway.make();
  const sent = { ...queuedBody('execute', 'meter-17', '/3/0/4', 12_000_007), state: 'sent', expiresInSeconds: null };
  const queue = [sent, queuedBody('write', 'meter-17', '/3/0/14', 12_000_008)];
  waiting.answer = () => ({ json: { ...meter17, queue } });
  const { out } = await onTerminal(waiting, 'device', 'show', 'meter-17');
  await waiting.remove();
  assert.ok(
    out.endsWith(
      screen(`
  queue         ID        VERB     PATH     STATE   EXPIRES
                12000007  execute  /3/0/4   sent    -
                12000008  write    /3/0/14  queued  1d
`),
    ),
    out,
  );
});

test('flash tells what is written, how long the card lasts, and which devices cause it', async () => {
  const { exit, out } = await onTerminal(gateway, 'flash');
  assert.equal(
    out,
    screen(`
  written      1.1 GB in the last 24h; budget 1.1 GB a day, kept by letting
               commits wait
  commits      103,204, 740ms apart at least; 412.1 MB of records
  went to      journal 600.0 MB, handed to LevelDB 500.0 MB
  device       1.3 GB, by all who write to it
  lasts        flash that is good for 4.0 TB: 10.0 years at this rate
  each device  may have 50.0 MB written a day

DEVICE         SINCE THE START  BUDGET IN USE  WAITS
boiler-02              61.2 MB         100.0%     9s
ipv4|meter-71          12.0 kB           0.0%      -
`),
  );
  assert.equal(exit, 0);
});

test('recovery tells who was heard, who is still to be asked, and over which rung', async () => {
  const { exit, out } = await onTerminal(gateway, 'recovery');
  assert.equal(
    out,
    screen(`
  last stop    power cut or kill; serving for 2m12s
  recovery     under way for 2m12s, 50 devices a second; 13s or more to go
  devices      2,120 were registered: 1,380 heard, 951 by themselves;
               645 to do, 5 under way, 88 asleep, 2 unreachable

RUNG                   TO DO  UNDER WAY  SUCCEEDED  FAILED
restored connection      640          5        429       7
abbreviated handshake      -          -          -       -
full handshake             5          -          -       2

2 devices cannot be reached and must come by themselves:
  holdfast devices --state silent,restored
`),
  );
  assert.equal(exit, 0);
});

test('recovery without devices, or when it is over, says so', async () => {
  const { devices } = recoveryBody;
  const none = { total: 0, heard: 0, heardByThemselves: 0, toDo: 0, underWay: 0, asleep: 0, unreachable: 0 };
  gateway.answer = () => ({ json: { ...recoveryBody, running: false, lastedSeconds: 0, devices: none } });
  assert.match((await onTerminal(gateway, 'recovery')).out, /no device was registered when the gateway started/);
  const done = { ...devices, heard: 2_030, toDo: 0, underWay: 0 };
  gateway.answer = () => ({ json: { ...recoveryBody, running: false, lastedSeconds: 41, devices: done } });
  assert.match((await onTerminal(gateway, 'recovery')).out, /over, it took 41s/);
});
