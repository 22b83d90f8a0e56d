/** Files that nothing reaches: every program under src is imported, step by step, by something that is started. */
import path from 'node:path';
import type { Source } from './source.ts';
import type { Finding, Tree } from './tree.ts';

const engineFolder = 'src/mbedtls-wasm';

export function deadFileFindings(tree: Tree): readonly Finding[] {
  const sources = new Map(tree.sources('src').map((source) => [source.path, source]));
  const findings: Finding[] = [];
  const waiting: string[] = [];
  for (const { place, target } of entryPoints(tree)) {
    if (sources.has(target)) waiting.push(target);
    else findings.push(`${place}: starts ${target}, which is not there; make it, or start something else`);
  }
  const reached = new Set<string>();
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    if (reached.has(next)) continue;
    reached.add(next);
    const source = sources.get(next);
    if (source !== undefined) waiting.push(...importedBy(source));
  }
  const dead = [...sources.keys()].filter((file) => !reached.has(file));
  return [
    ...findings,
    ...dead.map((file) => `${file}:1: nothing that is started reaches this file; use it or delete it`),
  ];
}

interface EntryPoint {
  readonly place: string;
  readonly target: string;
}

/** What is started: the command, what the scripts name under `build/src` or import from src, the doors of the engine. */
function entryPoints(tree: Tree): readonly EntryPoint[] {
  return [...commands(tree), ...startedByScripts(tree), ...engineDoors(tree)];
}

function commands(tree: Tree): readonly EntryPoint[] {
  const manifest = JSON.parse(tree.file('package.json')?.text ?? '{}') as { bin?: Record<string, string> };
  return Object.values(manifest.bin ?? {}).map((file) => ({ place: 'package.json:1', target: sourceOf(file) }));
}

function startedByScripts(tree: Tree): readonly EntryPoint[] {
  const programs = tree.sources('src').map((source) => source.path);
  return tree.sources('scripts').flatMap((script) => {
    const imported = importedBy(script).filter((target) => target.startsWith('src/'));
    const found = imported.map((target) => ({ place: `${script.path}:1`, target }));
    for (const { node } of script.nodes()) {
      const value = node.type === 'Literal' ? node['value'] : undefined;
      if (typeof value !== 'string') continue;
      const target = /^build\/src\/.*\.js$/.test(value) ? sourceOf(value) : programNamed(value, programs);
      if (target !== undefined) found.push({ place: `${script.path}:${script.lineOf(node.start)}`, target });
    }
    return found;
  });
}

/** A script of ours under src that is named by its last part, as `path.join` takes it. */
function programNamed(name: string, programs: readonly string[]): string | undefined {
  return name.endsWith('.mjs') ? programs.find((program) => program.endsWith(`/${name}`)) : undefined;
}

function engineDoors(tree: Tree): readonly EntryPoint[] {
  const place = `${engineFolder}/package.json`;
  const manifest = JSON.parse(tree.file(place)?.text ?? '{}') as { exports?: Record<string, { default: string }> };
  return Object.values(manifest.exports ?? {}).map((door) => ({
    place: `${place}:1`,
    target: path.posix.join(engineFolder, door.default.replace(/^\.\/dist\//, '').replace(/\.js$/, '.ts')),
  }));
}

function importedBy(source: Source): readonly string[] {
  const ours = source.imports.filter(({ specifier }) => specifier.startsWith('.'));
  return ours.map(({ specifier }) => path.posix.join(path.posix.dirname(source.path), specifier));
}

function sourceOf(built: string): string {
  return built.replace(/^(\.\/)?build\//, '').replace(/\.js$/, '.ts');
}
