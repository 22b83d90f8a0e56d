/** The budget of bytes a day: said outright, or what a card of some endurance may be written a day to last some years. */
import type { ConfigurationProblem, WearBudget } from './configuration.ts';
import type { Key } from './key.ts';

const bytesPerMegabyte = 1_000_000;
const bytesPerTerabyte = 1_000_000_000_000;
const daysPerYear = 365;

/** Who says a budget outright need not say that the endurance does not count. */
export function storeKey(key: Key, table: Readonly<Record<string, unknown>>): Key {
  const isOutright = table['daily_budget'] !== undefined && table['daily_budget'] !== 0;
  return key.name === 'endurance' && isOutright ? { ...key, default: 0 } : key;
}

/** `daily_budget` in MB, `endurance` in TB, `years`. */
export function wearBudget(dailyBudget: number, endurance: number, years: number): WearBudget {
  if (dailyBudget > 0) return { bytesPerDay: dailyBudget * bytesPerMegabyte, enduranceBytes: undefined };
  if (endurance === 0) return { bytesPerDay: undefined, enduranceBytes: undefined };
  const enduranceBytes = endurance * bytesPerTerabyte;
  return { bytesPerDay: Math.floor(enduranceBytes / (years * daysPerYear)), enduranceBytes };
}

/** A budget that is said twice. `lineOf` finds the line of a key. */
export function budgetClashes(
  dailyBudget: number,
  endurance: number,
  lineOf: (key: string) => number | undefined,
): readonly ConfigurationProblem[] {
  if (dailyBudget === 0 || endurance === 0) return [];
  const text = `store.daily_budget is ${dailyBudget} MB and store.endurance ${endurance} TB; say only one of them.`;
  return [{ line: lineOf('store.endurance'), text }];
}
