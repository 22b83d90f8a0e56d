/** The screen of `holdfast status`: what runs, how the fleet is, and last, nearest the prompt, what needs doing. */
import { formatAge, formatSeconds } from '../../api/ages.ts';
import type { StatusBody } from '../../api/bodies/status.ts';
import { type DeviceState, dropWord, lastStopWords, registeredStates } from '../../api/state-words.ts';
import { textWidth, together, wrap } from '../../api/wrap.ts';
import { dateAndTime } from '../clock-time.ts';
import { escapeText } from '../escape.ts';
import { accountSpan, formatBytes, formatCount, plural } from '../figures.ts';
import type { Style } from '../style.ts';
import { bothSides, field } from './fields.ts';

/** The lines of the screen. */
export function statusScreen(status: StatusBody, style: Style): readonly string[] {
  const { sinceStart, listeners } = status;
  const at = status.at === null ? '' : `  ${dateAndTime(status.at, style)}`;
  return [
    bothSides(`holdfast ${status.version}, serving for ${formatAge(status.servingSeconds)}`, `${status.host}${at}`),
    ...field('last stop', lastStopText(status)),
    ...field('devices', devicesText(status.devices)),
    ...field(
      'since start',
      `${formatCount(sinceStart.heardFrom)} heard from; ${plural(sinceStart.handshakes, 'handshake')}, ${plural(sinceStart.registrations, 'new registration')}`,
    ),
    ...field('events', eventsText(status)),
    ...field('store', storeText(status)),
    ...field('flash', flashText(status)),
    ...field('clock', clockText(status)),
    ...field('dropped', droppedText(status)),
    ...field('listening', listeners.map((listener) => listener.url).join('  ')),
    ...attentionLines(status),
  ].map(escapeText);
}

function lastStopText(status: StatusBody): string {
  const word = lastStopWords[status.lastStop];
  if (status.startToServingMs === null) return word;
  const verb = status.lastStop === 'first' ? 'serving' : 'serving again';
  return `${word}; ${verb} ${formatSeconds(status.startToServingMs)} after its start`;
}

function devicesText(devices: StatusBody['devices']): string {
  const counted = (states: readonly DeviceState[]) =>
    states.filter((state) => devices[state] > 0).map((state) => together(`${formatCount(devices[state])} ${state}`));
  const registered = registeredStates.reduce((sum, state) => sum + devices[state], 0);
  const which = counted(registeredStates);
  const rest = counted(['gone', 'unseen', 'muted']);
  const all = `${formatCount(registered)} registered${which.length === 0 ? '' : `: ${which.join(', ')}`}`;
  return rest.length === 0 ? all : `${all}; ${rest.join(', ')}`;
}

function eventsText({ events }: StatusBody): string {
  const oldest = events.oldestSecondsAgo === null ? '' : `, the oldest ${formatAge(events.oldestSecondsAgo)} old`;
  return `${formatCount(events.perMinute)} a minute; log holds ${formatCount(events.held)}${oldest}`;
}

function storeText({ store, servingSeconds }: StatusBody): string {
  if (store.writtenBytes24h === null) return store.state;
  return `${store.state}; ${formatBytes(store.writtenBytes24h)} written ${accountSpan(servingSeconds)}`;
}

/** What all that writing is for, and how it stands to the budget. */
function flashText({ store }: StatusBody): string {
  const { commits24h, logicalBytes24h, deviceBytes24h, budgetBytesPerDay } = store;
  const commits = `${plural(commits24h ?? 0, 'commit')} of ${formatBytes(logicalBytes24h ?? 0)}`;
  const device = deviceBytes24h === null ? '' : `, ${formatBytes(deviceBytes24h)} on the device by all`;
  const budget = budgetBytesPerDay === null ? 'no budget' : `budget ${formatBytes(budgetBytesPerDay)} a day`;
  return `${budget}${wearText(store)}; ${commits}${device}`;
}

function wearText({ wear, spacingMs }: StatusBody['store']): string {
  if (wear === 'within') return '';
  return wear === 'over' ? ', not kept' : `, kept by commits ${formatCount(spacingMs)}ms apart`;
}

function clockText({ clock }: StatusBody): string {
  const source = clock.source === null ? '' : ` (${clock.source})`;
  return clock.trusted ? `trusted${source}` : 'not trusted yet; ages are right all the same';
}

function droppedText({ drops }: StatusBody): string {
  const recent = drops.filter((drop) => drop.lastHour > 0).sort((a, b) => b.lastHour - a.lastHour);
  const total = recent.reduce((sum, drop) => sum + drop.lastHour, 0);
  if (total === 0) return 'nothing in the last hour';
  const reasons = recent.map((drop) => together(`${formatCount(drop.lastHour)} ${dropWord(drop.reason)}`));
  return `${plural(total, 'datagram')} in the last hour: ${reasons.join(', ')}`;
}

function attentionLines({ attention }: StatusBody): readonly string[] {
  const lines = attention.flatMap(({ text, next }) => {
    const one = next === null ? text : `${text}: ${next}`;
    return one.length <= textWidth || next === null
      ? wrap(one, textWidth)
      : [...wrap(`${text}:`, textWidth), `  ${next}`];
  });
  return lines.length === 0 ? [] : ['', ...lines];
}
