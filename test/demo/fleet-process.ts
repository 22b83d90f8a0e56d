/** The process of the devices: a child of the demo, so that they and the gateway do not share a core. Ends with its parent. */
import { Fleet } from './fleet.ts';
import type { FromFleet, ToFleet } from './fleet-messages.ts';

const progressEveryMs = 50;

const tell = (message: FromFleet): void => {
  if (process.connected) process.send?.(message);
};
const fault = (error: unknown): void => {
  tell({ kind: 'fault', text: error instanceof Error ? (error.stack ?? error.message) : String(error) });
};
const fleet = new Fleet(tell);
process.on('message', (message) => {
  fleet.told(message as ToFleet).catch(fault);
});
process.on('uncaughtException', fault);
process.on('disconnect', () => process.exit(0));
// Ctrl-C reaches the whole group of processes; the demo itself says when it is over.
process.on('SIGINT', () => {});
setInterval(() => tell(fleet.progress()), progressEveryMs);
