/** The words and tables of the demo, as texts. Pure. */
import { acknowledgedMin, type Figures, type Round } from './accounting.ts';

const kills = 5;

export function headline(devices: number): string {
  return `Holdfast demo: ${devices} devices, 1 gateway, killed ${kills} times without warning.

A gateway that forgets its connections goes dark when it restarts, then every
device shakes hands and registers again, all at once. Watch this one.

`;
}

export function gatewayLine(readyMs: number | undefined): string {
  return `1  gateway       ${readyMs === undefined ? 'starting' : `serving after ${seconds(readyMs, 1)}`}`;
}

export function devicesLine(connected: number, devices: number, handshakes?: number, registrations?: number): string {
  const line = `2  devices       ${connected} of ${devices} connected`;
  if (handshakes === undefined || registrations === undefined) return line;
  const oneEach = handshakes === devices && registrations === devices;
  const counted = oneEach
    ? 'one handshake, one registration each'
    : `${handshakes} handshakes, ${registrations} registrations`;
  return `${line}: ${counted}`;
}

export function killsLine(powerCut: boolean): string {
  return powerCut
    ? '3  power cuts    SIGKILL, and the disk loses what it had not to keep'
    : '3  kills         SIGKILL while devices wait for an acknowledgement';
}

export const tableHead = '   KILL  IN FLIGHT  SERVING AGAIN  HANDSHAKES  REGISTRATIONS  ALL HEARD, READ';

/** A row of the table while it is under way: what happens just now in the place of its figures. */
export function rowUnderWay(kill: number, doing: string): string {
  return `   ${String(kill).padEnd(4)}${column('..', 11)}  ${doing.padEnd(28)}${column('-', 12)}`;
}

export interface Row extends Pick<Round, 'inFlight' | 'readyMs'> {
  readonly handshakes: number;
  readonly registrations: number;
  /** Devices that have notified and answered a Read. */
  readonly heard: number;
  readonly devices: number;
  /** From the kill until that was true of all; undefined while it is not. */
  readonly allHeardMs: number | undefined;
}

export function row(kill: number, facts: Row): string {
  const { inFlight, readyMs, handshakes, registrations, heard, devices, allHeardMs } = facts;
  const figures = `   ${String(kill).padEnd(4)}${column(inFlight, 11)}${column(seconds(readyMs, 2), 15)}${column(handshakes, 12)}`;
  const end = allHeardMs === undefined ? '' : ` ${seconds(allHeardMs, 1)}`;
  return `${figures}${column(registrations, 15)}  ${heard} of ${devices}${end}`;
}

export interface Ending {
  readonly figures: Figures;
  readonly longestSilenceMs: number;
  readonly tookMs: number;
  /** The disk was cut as well. */
  readonly powerCut: boolean;
  /** Why nothing is proved; undefined when it is. */
  readonly notProved: string | undefined;
  /** What is wrong, and where to look; undefined when nothing is. */
  readonly wrong: string | undefined;
}

/** The sums and the verdict. `red` colours a text. */
export function ending({ figures, longestSilenceMs, tookMs, notProved, powerCut, wrong }: Ending, red: Paint): string {
  const { devices, acknowledged, acknowledgedLost } = figures;
  const forgetful = String(devices * figures.kills);
  const { handshakesAfterRestart, registrationsAfterRestart, sequenceReused } = figures;
  const lost = `${acknowledgedLost} of ${thousands(acknowledged)}`;
  const lines = [
    '',
    'COUNTED BY THE DEVICES                    A GATEWAY THAT FORGETS     THIS ONE',
    sumLine('handshakes after the kills', forgetful, String(handshakesAfterRestart), handshakesAfterRestart > 0, red),
    sumLine(
      'registrations after the kills',
      forgetful,
      String(registrationsAfterRestart),
      registrationsAfterRestart > 0,
      red,
    ),
    sumLine('acknowledged messages lost', 'unknown', lost, acknowledgedLost > 0, red),
    sumLine('DTLS sequence numbers used twice', '-', String(sequenceReused), sequenceReused > 0, red),
    sumLine('longest silence a device saw', '-', seconds(longestSilenceMs, 1), false, red),
    '',
  ];
  const took = `${Math.round(tookMs / 1_000)}s`;
  if (wrong !== undefined) lines.push(wrong, `${took}, FAILED`);
  else if (notProved !== undefined) lines.push(`Nothing is proved: ${notProved}.`, `${took}, NOT PROVED`);
  else lines.push(...well(`${took}, ok`, powerCut));
  return `${lines.join('\n')}\n`;
}

export type Paint = (text: string) => string;

function well(verdict: string, powerCut: boolean): readonly string[] {
  return [
    `No device noticed. Nothing acknowledged was lost.${column(verdict, 29)}`,
    powerCut
      ? 'The disk held no more than it has to. Every other cut:  npm run powerloss'
      : "A kill leaves the disk's cache. To lose it too:  npm run demo -- --power-cut",
    'More devices: npm run demo -- --devices 1000     Your own: see README',
  ];
}

function sumLine(what: string, forgetful: string, counted: string, isWrong: boolean, red: Paint): string {
  const line = `${what.padEnd(34)}${isWrong ? 'WRONG' : '     '}${column(forgetful, 25)}${column(counted, 13)}`;
  return isWrong ? red(line) : line;
}

/** For the one line that the arguments' help has about it. */
export function leastAcknowledged(devices: number): number {
  return acknowledgedMin({ devices, kills });
}

export function seconds(ms: number, decimals: number): string {
  return `${(ms / 1_000).toFixed(decimals)}s`;
}

function column(value: string | number, width: number): string {
  return String(value).padStart(width);
}

function thousands(value: number): string {
  return String(value).replace(/\B(?=(\d{3})+$)/g, ',');
}
