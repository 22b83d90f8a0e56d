/** The rest of the house rules: names, exports, folders, and texts that do not belong into the repository. */
import type { Finding, Tree, TreeFile } from './tree.ts';

const topLevelFolders = ['src', 'test', 'scripts', 'systemd', 'firmware-profiles', 'docs', '.ci'];

/** Names that the world expects as they are; a Java file has the name of its class. */
const givenNames = /^(\.[a-z]+|[A-Za-z]+\.java|README\.md|ARCHITECTURE\.md|CHANGELOG\.md|LICENSE)$/;
const kebabCase = /^[a-z0-9]+(-[a-z0-9]+)*(\.[a-z0-9]+)*$/;

export function parseFindings(tree: Tree): readonly Finding[] {
  return tree
    .sources('src', 'test', 'scripts')
    .flatMap(({ path, errors }) => errors.slice(0, 1).map((error) => `${path}:1: cannot be parsed: ${error}`));
}

export function nameFindings(tree: Tree): readonly Finding[] {
  return tree.files.flatMap(({ path }) => {
    const wrong = path.split('/').find((name) => !kebabCase.test(name) && !givenNames.test(name));
    if (wrong === undefined) return [];
    return [`${path}:1: "${wrong}" is not in kebab-case; rename it`];
  });
}

export function defaultExportFindings(tree: Tree): readonly Finding[] {
  return tree
    .sources('src', 'test', 'scripts')
    .flatMap(({ path, defaultExportLines }) =>
      defaultExportLines.map((line) => `${path}:${line}: a default export; export it by its name`),
    );
}

export function folderFindings(tree: Tree): readonly Finding[] {
  const folders = new Map<string, string>();
  for (const { path } of tree.files) {
    const [folder, rest] = path.split('/');
    if (folder !== undefined && rest !== undefined && !folders.has(folder)) folders.set(folder, path);
  }
  return [...folders]
    .filter(([folder]) => !topLevelFolders.includes(folder))
    .map(([folder, path]) => `${path}:1: "${folder}" is no top-level folder; there are ${topLevelFolders.join(', ')}`);
}

export function compiledFindings(tree: Tree): readonly Finding[] {
  return tree.files
    .filter(({ path }) => path.endsWith('.wasm'))
    .map(({ path }) => `${path}:1: compiled code is built, never committed; remove it from git`);
}

/** Texts that no file may hold. Put together here from pieces, so that this file does not hold them either. */
const unwanted: readonly { readonly pattern: RegExp; readonly instead: string }[] = [
  { pattern: new RegExp(`\\b${['FIX', 'ME'].join('')}\\b`), instead: 'mend it before it is merged' },
  {
    pattern: new RegExp(`(?<![\\w./-])/(${['work', 'root', 'tmp/team'].join('|')})(?![\\w-])`),
    instead: 'a path of one machine; take it as an argument or make it relative',
  },
  {
    pattern: new RegExp(
      [
        ['registry', '(npmjs|yarnpkg)'],
        ['(pypi|rubygems|npmjs)', '(org|com)'],
        ['crates', 'io'],
        ['pythonhosted', 'org'],
        ['proxy', 'golang'],
        ['(repo1?|central)', '(maven|sonatype)'],
        ['(deb|snapshot|ftp|archive)', '(debian|ubuntu)'],
      ]
        .map((labels) => `\\b${labels.join('\\.')}\\b`)
        .join('|'),
    ),
    instead: "a registry's host name; the machine's own configuration says where packages come from",
  },
];

export function textFindings(tree: Tree): readonly Finding[] {
  return tree.files.flatMap((file) => unwanted.flatMap(({ pattern, instead }) => findingsIn(file, pattern, instead)));
}

function findingsIn({ path, text }: TreeFile, pattern: RegExp, instead: string): readonly Finding[] {
  if (!pattern.test(text)) return [];
  return text.split('\n').flatMap((line, index) => {
    const found = pattern.exec(line)?.[0];
    return found === undefined ? [] : [`${path}:${index + 1}: "${found}": ${instead}`];
  });
}

/** Every dependency is a decision with a reason that can be read. No finding while the paper is not there. */
export function dependencyFindings(tree: Tree): readonly Finding[] {
  const paper = tree.file('ARCHITECTURE.md');
  if (paper === undefined) return [];
  const manifest = tree.file('package.json')?.text ?? '{}';
  const { dependencies = {}, devDependencies = {} } = JSON.parse(manifest) as Record<string, Record<string, string>>;
  const lines = manifest.split('\n');
  return [...Object.keys(dependencies), ...Object.keys(devDependencies)]
    .filter((name) => !paper.text.includes(`\`${name}\``))
    .map((name) => {
      const line = lines.findIndex((text) => text.includes(`"${name}"`)) + 1;
      return `package.json:${line}: ARCHITECTURE.md has no line for \`${name}\`; say there why it is needed`;
    });
}
