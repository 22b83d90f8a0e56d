/**
 * Leshan's client, awake and in queue mode, with a key and with a certificate: it registers, is read and observed; the gateway is killed while notifications go
 * on, its port stays open, it starts again. For two Update periods after the kill the client's log has no Register, and no
 * handshake but those that it makes by itself at an Update, which two periods before the kill measure.
 */
import type { Bench } from './bench.ts';
import { Certificates } from './certificates.ts';
import { Gateway } from './gateway.ts';
import { LeshanDevice, type LeshanKind, type Told } from './leshan-device.ts';
import { missingLibrary } from './leshan-library.ts';
import type { Peer } from './peer.ts';

export const leshan: Peer = {
  name: 'leshan',
  limitMs: 300_000,
  missing: missingLibrary,
  async run(bench) {
    const certificates = new Certificates(bench.directory);
    const gateway = await Gateway.start(bench, ['--config', certificates.configurationFile]);
    for (const kind of ['awake', 'queue mode', 'x509'] as const) await show(bench, gateway, kind, certificates);
    await bench.report.check('the gateway logged no error', () => gateway.loggedNoError());
  },
};

/** Step by step; the first that fails is the last. */
async function show(bench: Bench, gateway: Gateway, kind: LeshanKind, certificates: Certificates): Promise<void> {
  const device = await LeshanDevice.start(bench, gateway, kind, certificates);
  let usual: Told | undefined;
  let sinceKill: Told | undefined;
  const steps: (readonly [string, () => Promise<string>])[] = [
    ['registers with a connection ID', () => device.registers()],
    ['is read', () => device.isRead()],
    ['is observed', () => device.isObserved()],
    [
      'two Update periods as usual',
      async () => {
        const start = device.told();
        const seen = await device.twoPeriods(start);
        usual = device.told(start);
        return seen;
      },
    ],
    [
      'gateway killed, started again',
      () => {
        sinceKill = device.told();
        return device.killGateway();
      },
    ],
    [
      'two Update periods after the kill',
      async () => {
        const seen = await device.twoPeriods(device.told());
        const { handshakes, registers, updates } = device.told(sinceKill);
        const own = usual === undefined ? 0 : Math.ceil((usual.handshakes / usual.updates) * updates);
        if (registers > 0) throw new Error(`the client registered ${registers} times`);
        if (handshakes > own) throw new Error(`the client made ${handshakes} handshakes`);
        return `${seen}; since the kill 0 Registers, ${handshakes} handshakes (${usual?.handshakes} before it)`;
      },
    ],
  ];
  if (kind !== 'queue mode') {
    steps.push(['connection dropped, the gateway shakes hands', () => device.isResumed()]);
    steps.push(['and once more', () => device.isResumed()]);
  }
  for (const [name, step] of steps) {
    if (!(await bench.report.check(`${kind}, ${name}`, step))) break;
  }
  await device.end();
}
