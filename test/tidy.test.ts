/**
 * The form of the code, as a test: layers, words, sizes, names. A rule is mended in the code, never here. That each
 * rule bites is proved in tidy/rules.test.ts.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bannedWordFindings } from './tidy/banned-words.ts';
import {
  compiledFindings,
  defaultExportFindings,
  dependencyFindings,
  folderFindings,
  nameFindings,
  parseFindings,
  textFindings,
} from './tidy/house-rules.ts';
import { layerFindings } from './tidy/layers.ts';
import { deadFileFindings } from './tidy/reachability.ts';
import { baseSizeFindings, fileSizeFindings, functionSizeFindings } from './tidy/sizes.ts';
import { type Finding, readTree, type Tree } from './tidy/tree.ts';

const tree = readTree();

const rules: readonly (readonly [string, (tree: Tree) => readonly Finding[]])[] = [
  ['every program can be parsed', parseFindings],
  ['imports go from layer to layer as the table says', layerFindings],
  ['the core is synchronous and knows no world', bannedWordFindings],
  ['no file is too long', fileSizeFindings],
  ['no function is too long', functionSizeFindings],
  ['src/base stays small', baseSizeFindings],
  ['everything under src is reached from something that is started', deadFileFindings],
  ['files and folders are named in kebab-case', nameFindings],
  ['nothing is exported by default', defaultExportFindings],
  ['the top level has the folders it should', folderFindings],
  ['nothing compiled is tracked', compiledFindings],
  ['no text belongs to one machine or to another day', textFindings],
  ['every dependency has its reason', dependencyFindings],
];

for (const [name, rule] of rules) test(name, () => assert.equal(rule(tree).join('\n'), ''));

test('the tree that is looked at is the whole one', () => {
  assert.ok(tree.sources('src').length > 200);
  assert.ok(tree.file('test/tidy.test.ts') !== undefined && tree.file('package.json') !== undefined);
  assert.ok(tree.files.every(({ path }) => !path.startsWith('node_modules/') && !path.includes('/dist/')));
});
