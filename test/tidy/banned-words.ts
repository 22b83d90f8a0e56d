/**
 * Words that do not occur in the core: it is synchronous, and time, chance and the outside world are handed in. They are
 * looked for in the syntax, so comments, strings and names of properties may use them.
 */
import type { Source, SyntaxNode } from './source.ts';
import type { Finding, Tree } from './tree.ts';

/** The only folders with effects. */
const effectful = ['src/host/', 'src/cli/'];

/** The engine's two files that touch the machine: one reads the module's bytes, the other compiles it. */
const exceptions = ['src/mbedtls-wasm/read-wasm.ts', 'src/mbedtls-wasm/build-wasm.mjs'];

const globals: ReadonlyMap<string, string> = new Map([
  ['Promise', 'the core is synchronous: return a value'],
  ['Date', 'time is an argument: take a Now'],
  ['performance', 'time is an argument: take a Now'],
  ['setTimeout', 'set a deadline and answer nextDeadline()'],
  ['setInterval', 'set a deadline and answer nextDeadline()'],
  ['setImmediate', 'set a deadline and answer nextDeadline()'],
  ['queueMicrotask', 'the core is synchronous: do it now'],
  ['process', 'take what you need as an argument'],
  ['console', 'return an event of kind "log"'],
  ['Buffer', 'bytes are Uint8Array; see src/base/bytes.ts'],
  ['globalThis', 'take what you need as an argument'],
]);

/** Asynchrony, ambient clocks, chance, environment and Node's modules outside `src/host` and `src/cli`. */
export function bannedWordFindings(tree: Tree): readonly Finding[] {
  const core = tree.sources('src').filter(({ path }) => !effectful.some((folder) => path.startsWith(folder)));
  return core.filter(({ path }) => !exceptions.includes(path)).flatMap(findingsOf);
}

function findingsOf(source: Source): readonly Finding[] {
  const findings: Finding[] = [];
  for (const { specifier, line, typesOnly, dynamic } of source.imports) {
    if (specifier.startsWith('node:') && !typesOnly)
      findings.push(at(source, line, specifier, 'import its types only'));
    if (dynamic) findings.push(at(source, line, 'import()', 'import at the head of the file'));
  }
  for (const { node, parent } of source.nodes()) {
    const banned = bannedWord(node, parent);
    if (banned !== undefined) findings.push(at(source, source.lineOf(node.start), ...banned));
  }
  return findings;
}

function at(source: Source, line: number, word: string, instead: string): Finding {
  return `${source.path}:${line}: "${word}" does not occur outside src/host and src/cli; ${instead}`;
}

function bannedWord(node: SyntaxNode, parent: SyntaxNode | undefined): [string, string] | undefined {
  if (node['async'] === true) return ['async', 'the core is synchronous: return a value'];
  if (node.type === 'AwaitExpression' || (node.type === 'ForOfStatement' && node['await'] === true)) {
    return ['await', 'the core is synchronous: return a value'];
  }
  if (node.type === 'MemberExpression' && nameOf(node['object']) === 'Math' && propertyOf(node) === 'random') {
    return ['Math.random', 'chance is an argument: take an Entropy'];
  }
  if (node.type !== 'Identifier' || isPropertyName(node, parent)) return undefined;
  const name = nameOf(node) ?? '';
  const instead = globals.get(name);
  return instead === undefined ? undefined : [name, instead];
}

/** `x.process`, `{ process: 1 }` and `readonly process: string` name no global. */
function isPropertyName(node: SyntaxNode, parent: SyntaxNode | undefined): boolean {
  if (parent === undefined || parent['computed'] === true) return false;
  if (parent.type === 'MemberExpression') return parent['property'] === node;
  if (parent.type === 'TSQualifiedName') return parent['right'] === node;
  return parent['key'] === node;
}

function propertyOf(member: SyntaxNode): unknown {
  const property = member['property'] as SyntaxNode;
  return member['computed'] === true ? property['value'] : property['name'];
}

function nameOf(node: unknown): string | undefined {
  const { type, name } = node as SyntaxNode;
  return type === 'Identifier' && typeof name === 'string' ? name : undefined;
}
