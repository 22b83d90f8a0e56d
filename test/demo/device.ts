/** `npm run device`: one simulated device in the foreground, with its three facts: handshakes, registrations, unacknowledged. */
import { deviceUsage, parseDeviceArguments } from './device-arguments.ts';
import { temperaturePath } from './device-objects.ts';
import { DeviceReport } from './device-report.ts';
import { SimulatedDevice } from './simulated-device.ts';

const lifetimeSeconds = 60;
const reportEverySeconds = 10;
const exitWrongCall = 2;
const exitInterrupted = 130;

const given = parseDeviceArguments(process.argv.slice(2));
if (given === undefined) {
  process.stdout.write(deviceUsage);
} else if ('mistake' in given) {
  process.stderr.write(`error: ${given.mistake}\n  ${given.help}\n`);
  process.exitCode = exitWrongCall;
} else {
  const { name, key, keyFile, queueMode, server } = given;
  const report = new DeviceReport({
    name,
    server: server.host.includes(':') ? `[${server.host}]:${server.port}` : `${server.host}:${server.port}`,
    keyFile,
    isTerminal: process.stdout.isTTY === true,
    print: (text) => process.stdout.write(text),
  });
  const device = new SimulatedDevice(
    {
      endpoint: name,
      key,
      server,
      address: undefined,
      lifetimeSeconds,
      queueMode,
      reportedPath: temperaturePath,
      heedsUnreachable: false,
      random: Math.random,
    },
    {
      registered: (code) => {
        report.well();
        report.registered(code, `handshake, registered, reports ${temperaturePath} every ${reportEverySeconds}s`);
        report.show(device);
      },
      acknowledged: () => {
        report.well();
        report.show(device);
      },
      observed: () => report.show(device),
      heard: () => report.heard(),
      trouble: (trouble) => {
        report.trouble(trouble);
        if (device.registrations > 0) report.show(device);
      },
    },
  );
  setInterval(() => {
    const celsius = 21.5 + Math.sin(device.lastNumber + 1) / 2;
    if (device.isObserved) device.objects.values.set(temperaturePath, Math.round(celsius * 10) / 10);
    if (device.notify()) report.show(device);
  }, reportEverySeconds * 1_000);
  process.on('SIGINT', () => {
    report.line('stopped; it just fell silent, and the gateway keeps its registration until its lifetime is over.');
    process.exit(exitInterrupted);
  });
  await device.start();
}
