/** A process of devices: a child of the bench, so that they and the gateway do not share a core. Ends with its parent. */
import { Devices } from './devices.ts';
import type { FromDevices, ToDevices } from './messages.ts';

const progressEveryMs = 100;
const lookEveryMs = 20;

const tell = (message: FromDevices): void => {
  if (process.connected) process.send?.(message);
};
const fault = (error: unknown): void => {
  tell({ kind: 'fault', text: error instanceof Error ? (error.stack ?? error.message) : String(error) });
};
const devices = new Devices(tell);
process.on('message', (message) => {
  devices.told(message as ToDevices).catch(fault);
});
process.on('uncaughtException', fault);
process.on('disconnect', () => process.exit(0));
// Ctrl-C reaches the whole group of processes; the bench itself says when it is over.
process.on('SIGINT', () => {});
setInterval(() => tell(devices.progress()), progressEveryMs);
setInterval(() => devices.look(), lookEveryMs);
