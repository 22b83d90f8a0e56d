/** Which of the known names a mistyped one may have meant. */

/** How far a suggestion may be from what was typed, in single edits. */
const distanceMax = 3;

/**
 * The names nearest to `typed` by edit distance (insert, delete, change, swap of neighbours), nearest first, then bytewise;
 * at most `count`. A name further away than a third of its length is no suggestion.
 */
export function nearestNames(typed: string, names: Iterable<string>, count: number): readonly string[] {
  const near: { readonly name: string; readonly distance: number }[] = [];
  const farthest = Math.min(distanceMax, Math.max(1, Math.floor(typed.length / 3)));
  for (const name of names) {
    if (Math.abs(name.length - typed.length) > farthest) continue;
    const distance = editDistance(typed, name);
    if (distance <= farthest) near.push({ name, distance });
  }
  near.sort((a, b) => a.distance - b.distance || (a.name < b.name ? -1 : 1));
  return near.slice(0, count).map(({ name }) => name);
}

/** Optimal string alignment distance. */
export function editDistance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1];
      let cost = Math.min((last[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (last[j - 1] ?? 0) + (same ? 0 : 1));
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      if (swapped) cost = Math.min(cost, (beforeLast[j - 2] ?? 0) + 1);
      row.push(cost);
    }
    beforeLast = last;
    last = row;
  }
  return last[b.length] ?? 0;
}
