/**
 * The files that tidy looks at: what git tracks or would track, with their text and, for programs, their syntax. Rules are
 * functions over such a tree, so a small one in memory proves that each of them bites.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { Source } from './source.ts';

/** Something to mend: where, and what to do about it. */
export type Finding = string;

export interface TreeFile {
  /** Relative to the root, with slashes. */
  readonly path: string;
  readonly text: string;
}

export class Tree {
  readonly files: readonly TreeFile[];
  private readonly parsed = new Map<string, Source>();

  constructor(files: readonly TreeFile[]) {
    this.files = files;
  }

  /** The programs under a folder (`src`), parsed once. */
  sources(...folders: readonly string[]): readonly Source[] {
    return this.files
      .filter((file) => /\.(ts|mjs|cjs)$/.test(file.path))
      .filter((file) => folders.some((folder) => file.path.startsWith(`${folder}/`)))
      .map((file) => this.source(file));
  }

  file(at: string): TreeFile | undefined {
    return this.files.find((file) => file.path === at);
  }

  private source(file: TreeFile): Source {
    let source = this.parsed.get(file.path);
    if (source === undefined) {
      source = new Source(file.path, file.text);
      this.parsed.set(file.path, source);
    }
    return source;
  }
}

/** The folder of the clone. */
export const root: string = rootAbove(path.dirname(fileURLToPath(import.meta.url)));

/** A tree of a few files in memory: their paths and texts. */
export function sampleTree(files: Readonly<Record<string, string>>): Tree {
  return new Tree(Object.entries(files).map(([at, text]) => ({ path: at, text })));
}

/** The clone that this test was built from. */
export function readTree(): Tree {
  const paths = trackedPaths() ?? walkedPaths(root);
  const isFile = (at: string) => existsSync(path.join(root, at)) && statSync(path.join(root, at)).isFile();
  return new Tree(
    [...new Set(paths)].filter(isFile).map((at) => ({ path: at, text: readFileSync(path.join(root, at), 'utf8') })),
  );
}

function rootAbove(folder: string): string {
  return existsSync(path.join(folder, 'tsconfig.base.json')) ? folder : rootAbove(path.dirname(folder));
}

/** What git tracks, and what it would if it were told to; undefined where git cannot tell. */
function trackedPaths(): readonly string[] | undefined {
  try {
    const args = ['ls-files', '-coz', '--exclude-standard'];
    const listed = execFileSync('git', args, { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
    const paths = listed.split('\0').filter((at) => at !== '');
    return paths.length > 0 ? paths : undefined;
  } catch {
    return undefined;
  }
}

/** The same by walking, for a copy without git; knows the two kinds of line that the ignore file has. */
export function walkedPaths(root: string): readonly string[] {
  const lines = readFileSync(path.join(root, '.gitignore'), 'utf8').split('\n');
  const folders = lines.filter((line) => line.endsWith('/')).map((line) => line.slice(0, -1));
  const endings = lines.filter((line) => line.startsWith('*')).map((line) => line.slice(1));
  const walk = (folder: string): string[] =>
    readdirSync(path.join(root, folder), { withFileTypes: true }).flatMap((entry) => {
      const at = path.posix.join(folder, entry.name);
      if (entry.isDirectory()) return folders.includes(entry.name) || entry.name === '.git' ? [] : walk(at);
      return endings.some((ending) => entry.name.endsWith(ending)) ? [] : [at];
    });
  return walk('.');
}
