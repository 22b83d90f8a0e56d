/** The screen of `holdfast flash`: the account of a day, what it means for the card, and the devices that cause most of it. */
import { formatAge } from '../../api/ages.ts';
import type { FlashBody } from '../../api/bodies/flash.ts';
import { accountSpan, formatBytes, formatCount } from '../figures.ts';
import type { Column } from '../table.ts';
import { field } from './fields.ts';

export function flashFields(flash: FlashBody): readonly string[] {
  const { deviceBytes24h, deviceBudgetBytesPerDay: each } = flash;
  return [
    ...field('written', writtenText(flash)),
    ...field('commits', commitsText(flash)),
    ...placesFields(flash),
    ...(deviceBytes24h === null ? [] : field('device', `${formatBytes(deviceBytes24h)}, by all who write to it`)),
    ...field('lasts', lastsText(flash)),
    ...field('each device', each === null ? 'no budget, not counted' : `may have ${formatBytes(each)} written a day`),
  ];
}

export const writerColumns: readonly Column[] = [
  { title: 'DEVICE', cut: 'middle' },
  { title: 'SINCE THE START', align: 'right' },
  { title: 'BUDGET IN USE', align: 'right' },
  { title: 'WAITS', align: 'right' },
];

export function writerRows({ devices, deviceBudgetBytesPerDay: each }: FlashBody): readonly (readonly string[])[] {
  return devices.map(({ endpoint, peer, chargedBytes, usedBytes, waitSeconds }) => [
    endpoint ?? peer,
    formatBytes(chargedBytes),
    each === null ? '-' : `${((usedBytes / each) * 100).toFixed(1)}%`,
    waitSeconds === 0 ? '-' : formatAge(waitSeconds),
  ]);
}

function writtenText(flash: FlashBody): string {
  return `${formatBytes(flash.writtenBytes24h ?? 0)} ${accountSpan(flash.servingSeconds)}; ${budgetText(flash)}`;
}

function budgetText({ budgetBytesPerDay, wear }: FlashBody): string {
  if (budgetBytesPerDay === null) return 'there is no budget';
  const budget = `budget ${formatBytes(budgetBytesPerDay)} a day`;
  if (wear === 'within') return budget;
  return wear === 'widened' ? `${budget}, kept by letting commits wait` : `${budget}, not kept`;
}

function commitsText({ commits24h, logicalBytes24h, spacingMs }: FlashBody): string {
  const records = `${formatBytes(logicalBytes24h ?? 0)} of records`;
  return `${formatCount(commits24h ?? 0)}, ${formatCount(spacingMs)}ms apart at least; ${records}`;
}

/** Nothing where the store does not count them apart. */
function placesFields({ journalBytes24h, databaseBytes24h }: FlashBody): readonly string[] {
  const journal = journalBytes24h ?? 0;
  const database = databaseBytes24h ?? 0;
  return journal + database === 0
    ? []
    : field('went to', `journal ${formatBytes(journal)}, handed to LevelDB ${formatBytes(database)}`);
}

function lastsText({ enduranceBytes, yearsAtThisRate }: FlashBody): string {
  if (enduranceBytes === null) return 'not known; say store.endurance instead of a budget';
  const card = `flash that is good for ${formatBytes(enduranceBytes)}`;
  if (yearsAtThisRate === null) return `${card}: too early to say`;
  return `${card}: ${yearsAtThisRate > 100 ? 'over 100' : yearsAtThisRate.toFixed(1)} years at this rate`;
}
