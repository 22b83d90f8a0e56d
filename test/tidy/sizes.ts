/** How long files and functions may be. A file that grows without limit is how every gateway of this kind went wrong. */
import type { Finding, Tree } from './tree.ts';

const fileLinesMax = 400;
const fileLinesMedian = 120;
const functionLinesMax = 70;
const functionLinesMedian = 10;
const baseFilesMax = 12;

/** The wiring would be the easiest home for every new field: it has a cap of its own. */
const ownCaps: ReadonlyMap<string, number> = new Map([['src/gateway/gateway.ts', 250]]);

export function fileSizeFindings(tree: Tree): readonly Finding[] {
  const tooLong = tree.sources('src', 'scripts', 'test').flatMap(({ path, lines }) => {
    const cap = ownCaps.get(path) ?? fileLinesMax;
    return lines > cap
      ? [`${path}:${cap + 1}: ${lines} lines, at most ${cap}; give one concern a file of its own`]
      : [];
  });
  const median = medianOf(tree.sources('src').map(({ lines }) => lines));
  if (median <= fileLinesMedian) return tooLong;
  return [
    ...tooLong,
    `src:1: the median file has ${median} lines, at most ${fileLinesMedian}; divide the longest ones`,
  ];
}

export function functionSizeFindings(tree: Tree): readonly Finding[] {
  const tooLong = tree.sources('src', 'scripts', 'test').flatMap(({ path, functions }) => {
    // A suite holds its tests; each of them is measured by itself.
    const sizes = functions.map(({ line, lines, ownLines }) => ({
      line,
      lines: path.startsWith('test/') ? ownLines : lines,
    }));
    const long = sizes.filter(({ lines }) => lines > functionLinesMax);
    return long.map(
      ({ line, lines }) => `${path}:${line}: a function of ${lines} lines, at most ${functionLinesMax}; divide it`,
    );
  });
  const measured = tree
    .sources('src')
    .flatMap(({ functions }) => functions.filter(({ isExpression }) => !isExpression));
  const median = medianOf(measured.map(({ lines }) => lines));
  if (median <= functionLinesMedian) return tooLong;
  return [...tooLong, `src:1: the median function has ${median} lines, at most ${functionLinesMedian}`];
}

/** `src/base` has no domain noun; a cap on its files keeps it from becoming a drawer. */
export function baseSizeFindings(tree: Tree): readonly Finding[] {
  const files = tree.sources('src/base');
  if (files.length <= baseFilesMax) return [];
  return [`src/base:1: ${files.length} files, at most ${baseFilesMax}; move what only one layer uses to that layer`];
}

function medianOf(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  return sorted[sorted.length >> 1] ?? 0;
}
