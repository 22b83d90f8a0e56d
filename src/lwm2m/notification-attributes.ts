/** The attributes that tell a device when to notify (LwM2M 1.2 core 5.1.2), as they stand in a query: `pmin=10`, `gt=30`. */
import { decimalText } from './formats/text.ts';

/** `null` unsets an attribute at its level; an absent one stays as it is. */
export interface NotificationAttributes {
  readonly pminSeconds?: number | null;
  readonly pmaxSeconds?: number | null;
  readonly gt?: number | null;
  readonly lt?: number | null;
  readonly st?: number | null;
  readonly epminSeconds?: number | null;
  readonly epmaxSeconds?: number | null;
  readonly edge?: 0 | 1 | null;
  readonly con?: 0 | 1 | null;
  readonly hqmax?: number | null;
}

/** Names on the wire, in the order in which they are sent; the whole ones are numbers of seconds, flags or counts. */
const wholeNames = [
  ['pmin', 'pminSeconds'],
  ['pmax', 'pmaxSeconds'],
  ['epmin', 'epminSeconds'],
  ['epmax', 'epmaxSeconds'],
  ['edge', 'edge'],
  ['con', 'con'],
  ['hqmax', 'hqmax'],
] as const;
const decimalNames = ['gt', 'lt', 'st'] as const;

/** The query options of a set of attributes. The set has passed `checkAttributes`. */
export function attributeQuery(attributes: NotificationAttributes): string[] {
  const query: string[] = [];
  const add = (name: string, value: number | null | undefined): void => {
    if (value !== undefined) query.push(value === null ? name : `${name}=${decimalText(value)}`);
  };
  for (const [name, key] of wholeNames) add(name, attributes[key]);
  for (const name of decimalNames) add(name, attributes[name]);
  return query;
}

/** What is wrong with a set of attributes (core 5.1.2), as a sentence; undefined when it is consistent. */
export function checkAttributes(attributes: NotificationAttributes): string | undefined {
  const { gt, lt, st, epminSeconds, epmaxSeconds, pminSeconds, pmaxSeconds } = attributes;
  for (const [name, key] of wholeNames) {
    const value = attributes[key];
    if (typeof value === 'number' && !(Number.isSafeInteger(value) && value >= 0))
      return `"${name}" is a whole number, 0 or more.`;
  }
  for (const name of decimalNames) {
    const value = attributes[name];
    if (typeof value === 'number' && !(Math.abs(value) < 1e21)) return `"${name}" is not a number that can be sent.`;
  }
  if (typeof st === 'number' && st <= 0) return '"st" is above 0.';
  if (isAtLeast(lt, gt)) return '"lt" is below "gt".';
  if (typeof lt === 'number' && typeof gt === 'number' && typeof st === 'number' && lt + 2 * st >= gt)
    return '"lt" plus two times "st" is below "gt".';
  if (isAtLeast(epminSeconds, epmaxSeconds)) return '"epmin" is below "epmax".';
  // A device ignores a pmax of 0 and one below pmin: whoever says it means something else.
  if (
    typeof pmaxSeconds === 'number' &&
    pmaxSeconds > 0 &&
    typeof pminSeconds === 'number' &&
    pminSeconds > pmaxSeconds
  )
    return '"pmin" is not above "pmax".';
  return undefined;
}

function isAtLeast(a: number | null | undefined, b: number | null | undefined): boolean {
  return typeof a === 'number' && typeof b === 'number' && a >= b;
}
