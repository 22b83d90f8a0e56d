/** That tidy's rules bite: each is shown a small sample that breaks it, and must name the file and the line. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bannedWordFindings } from './banned-words.ts';
import {
  compiledFindings,
  defaultExportFindings,
  dependencyFindings,
  folderFindings,
  nameFindings,
  parseFindings,
  textFindings,
} from './house-rules.ts';
import { layerFindings } from './layers.ts';
import { deadFileFindings } from './reachability.ts';
import { baseSizeFindings, fileSizeFindings, functionSizeFindings } from './sizes.ts';
import { type Finding, readTree, root, sampleTree, type Tree, walkedPaths } from './tree.ts';

/** One banned word a line. */
const words = [
  "import fs from 'node:fs';",
  'async function a() {}',
  'await a();',
  'const b = () => Promise.resolve();',
  'const c = Date.now();',
  'const d = Math.random();',
  'setTimeout(b, 1);',
  'setInterval(b, 1);',
  'setImmediate(b);',
  'const { env } = process;',
  "console.log('x');",
  "const e = { f: Buffer.from('x') };",
  'const g = async () => 1;',
  'for await (const h of []) b();',
  'const i = globalThis.name;',
  "const j = Math['random']();",
  "const k = import('./x.ts');",
  'let l: Promise<void>;',
  'const m = { console };',
];

/** The same words where they mean nothing. */
const harmless = `
// async await Promise process Date
import type { Socket } from 'node:net';
const text = 'await the Date of the process: Math.random, console, Buffer';
const options = { process: 1, console: text }; // setTimeout
const x = options.process + options.console;
interface Y { readonly process: string; Date(): void }
class Z { process(): void {} }
`;

/** Put together here, so that this file can be looked at itself. */
const unwantedTexts = [
  ['FIX', 'ME: later'].join(''),
  `see ${['', 'work', 'main'].join('/')} for it`,
  `'${['', 'root'].join('/')}'`,
  `from ${['', 'tmp', 'team', 'x'].join('/')}`,
  `https://${['registry', 'npmjs', 'org'].join('.')}/x`,
];

function functionOf(lines: number): string {
  return `const a = 1;\nfunction b() {${'\n'.repeat(lines - 1)}}\n`;
}

function filesOfBase(count: number): Record<string, string> {
  return Object.fromEntries(Array.from({ length: count }, (_, i) => [`src/base/a${i}.ts`, '']));
}

const program = {
  'package.json': '{ "bin": { "x": "build/src/cli/main.js" } }',
  'src/mbedtls-wasm/package.json': '{ "exports": { ".": { "default": "./dist/index.js" } } }',
  'src/mbedtls-wasm/index.ts': '',
  'src/mbedtls-wasm/build.mjs': '',
  'scripts/start.mjs': "start('build/src/host/main.js', 'build.mjs');",
  'src/host/main.ts': "import type { X } from './c.ts';",
  'src/host/c.ts': '',
  'src/cli/main.ts': "const a = () => import('./a.ts');",
  'src/cli/a.ts': "export { x } from '../base/d.ts';",
  'src/base/d.ts': '',
};

interface Sample {
  readonly rule: (tree: Tree) => readonly Finding[];
  readonly files: Record<string, string>;
  /** Where the rule must bite. */
  readonly at: readonly string[];
}

const samples: Readonly<Record<string, Sample>> = {
  'a program that ends in the middle': {
    rule: parseFindings,
    files: { 'src/base/a.ts': 'function (' },
    at: ['src/base/a.ts:1'],
  },
  'a lower layer that imports a higher one': {
    rule: layerFindings,
    files: { 'src/coap/a.ts': "import './b.ts';\nimport type { X } from '../lwm2m/x.ts';\nimport '../base/x.ts';\n" },
    at: ['src/coap/a.ts:2'],
  },
  'a lower layer that passes on a higher one': {
    rule: layerFindings,
    files: { 'src/base/a.ts': "export * from '../api/x.ts';" },
    at: ['src/base/a.ts:1'],
  },
  'a file that is in no layer': {
    rule: layerFindings,
    files: { 'src/a.ts': '', 'src/utils/a.ts': '' },
    at: ['src/a.ts:1', 'src/utils/a.ts:1'],
  },
  'a dynamic import across layers': {
    rule: layerFindings,
    files: { 'src/host/a.ts': "await import('../cli/run.ts');" },
    at: ['src/host/a.ts:1'],
  },
  'a package without a reason': {
    rule: layerFindings,
    files: { 'src/coap/a.ts': "import { x } from 'left-pad';\n" },
    at: ['src/coap/a.ts:1'],
  },
  'a part of the gateway that knows the engine': {
    rule: layerFindings,
    files: { 'src/gateway/a.ts': "import 'mbedtls-wasm';" },
    at: ['src/gateway/a.ts:1'],
  },
  'a way into the engine past its door': {
    rule: layerFindings,
    files: { 'src/dtls/a.ts': "import '../mbedtls-wasm/module.ts';" },
    at: ['src/dtls/a.ts:1'],
  },
  'a product that imports its tests': {
    rule: layerFindings,
    files: { 'src/base/a.ts': "import '../../test/x.ts';" },
    at: ['src/base/a.ts:1'],
  },
  'a word of the outside world': {
    rule: bannedWordFindings,
    files: { 'src/gateway/a.ts': words.join('\n') },
    at: words.map((_, index) => `src/gateway/a.ts:${index + 1}`),
  },
  'a file of 401 lines': {
    rule: fileSizeFindings,
    files: { 'src/coap/a.ts': '\n'.repeat(401), 'src/coap/b.ts': '', 'src/coap/c.ts': '' },
    at: ['src/coap/a.ts:401'],
  },
  'wiring of 251 lines': {
    rule: fileSizeFindings,
    files: { 'src/gateway/gateway.ts': '\n'.repeat(251), 'test/a.ts': '', 'src/api/b.ts': '', 'src/api/c.ts': '' },
    at: ['src/gateway/gateway.ts:251'],
  },
  'a tree of long files': { rule: fileSizeFindings, files: { 'src/coap/a.ts': '\n'.repeat(121) }, at: ['src:1'] },
  'a function of 71 lines': {
    rule: functionSizeFindings,
    files: { 'src/coap/a.ts': `${functionOf(71)}${functionOf(3)}${functionOf(3)}` },
    at: ['src/coap/a.ts:2'],
  },
  'a test of 71 lines': {
    rule: functionSizeFindings,
    files: { 'test/a.ts': `${functionOf(71)}${functionOf(3)}${functionOf(3)}` },
    at: ['test/a.ts:2'],
  },
  'a tree of long functions': { rule: functionSizeFindings, files: { 'src/coap/a.ts': functionOf(11) }, at: ['src:1'] },
  'a drawer': { rule: baseSizeFindings, files: filesOfBase(13), at: ['src/base:1'] },
  'a file that nothing reaches': {
    rule: deadFileFindings,
    files: { ...program, 'src/cli/b.ts': '' },
    at: ['src/cli/b.ts:1'],
  },
  'a start of what is not there': {
    rule: deadFileFindings,
    files: { 'scripts/start.mjs': "\nrun('build/src/host/gone.js');" },
    at: ['scripts/start.mjs:2'],
  },
  'names in other cases': {
    rule: nameFindings,
    files: { 'src/base/aB.ts': '', 'test/a_b.ts': '', 'src/Base/a.ts': '', 'README.md': '' },
    at: ['src/base/aB.ts:1', 'test/a_b.ts:1', 'src/Base/a.ts:1'],
  },
  'a default export': {
    rule: defaultExportFindings,
    files: { 'src/base/a.ts': 'const x = 1;\nexport default x;\n' },
    at: ['src/base/a.ts:2'],
  },
  'a new drawer at the top': {
    rule: folderFindings,
    files: { 'tools/a.ts': '', '.github/b': '', 'src/c.ts': '', 'package.json': '' },
    at: ['tools/a.ts:1', '.github/b:1'],
  },
  'a compiled module': {
    rule: compiledFindings,
    files: { 'src/mbedtls-wasm/a.wasm': '' },
    at: ['src/mbedtls-wasm/a.wasm:1'],
  },
  'texts of one machine or day': {
    rule: textFindings,
    files: { 'docs/a.md': unwantedTexts.join('\n') },
    at: unwantedTexts.map((_, index) => `docs/a.md:${index + 1}`),
  },
  'a dependency without a reason': {
    rule: dependencyFindings,
    files: {
      'package.json': '{\n"dependencies": {\n"x": "1",\n"y": "1" } }',
      'ARCHITECTURE.md': 'We use `x` to count.',
    },
    at: ['package.json:4'],
  },
};

for (const [name, { rule, files, at }] of Object.entries(samples)) {
  test(`tidy finds ${name}`, () => {
    const places = rule(sampleTree(files)).map((finding) => finding.split(': ', 1)[0]);
    assert.deepEqual(places.sort(), [...at].sort());
  });
}

const clean: Readonly<Record<string, Omit<Sample, 'at'>>> = {
  'banned words in comments, strings and names of properties': {
    rule: bannedWordFindings,
    files: { 'src/gateway/a.ts': harmless },
  },
  'effects in the folders for them': { rule: bannedWordFindings, files: { 'src/host/a.ts': words.join('\n') } },
  'the one file that reads the module': {
    rule: bannedWordFindings,
    files: { 'src/mbedtls-wasm/read-wasm.ts': "import { readFileSync } from 'node:fs';" },
  },
  'a program of which every file is reached': { rule: deadFileFindings, files: program },
  'files and functions at their limit': {
    rule: (tree) => [...fileSizeFindings(tree), ...functionSizeFindings(tree), ...baseSizeFindings(tree)],
    files: {
      'src/api/a.ts': '\n'.repeat(400),
      'src/api/b.ts': functionOf(70),
      'src/api/c.ts': functionOf(10).repeat(2),
      ...filesOfBase(12),
    },
  },
  'a suite of many short tests': {
    rule: functionSizeFindings,
    files: { 'test/a.ts': `suite(() => {\n${'test(() => {\n\n\n});\n'.repeat(30)}});\n` },
  },
  'a path below another one': {
    rule: textFindings,
    files: { 'docs/a.md': 'src/work/a, https://x/root, /workshop, ../root' },
  },
  'a paper that is not written yet': {
    rule: dependencyFindings,
    files: { 'package.json': '{ "dependencies": { "x": "1" } }' },
  },
};

for (const [name, { rule, files }] of Object.entries(clean)) {
  test(`tidy lets pass ${name}`, () => assert.deepEqual(rule(sampleTree(files)), []));
}

test('without git the same programs are found', () => {
  const known = new Set(readTree().files.map(({ path }) => path));
  const walked = walkedPaths(root).filter((path) => path.startsWith('src/'));
  assert.ok(walked.length > 200);
  assert.deepEqual(
    walked.filter((path) => !known.has(path)),
    [],
  );
});
