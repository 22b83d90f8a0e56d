/** A modelled directory put onto a real file system, and a real one read into the model. */
import { closeSync, ftruncateSync, mkdirSync, openSync, readdirSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { Content } from './content.ts';
import type { Tree } from './disk-model.ts';

/** Makes `directory` anew with these contents; what is zero stays a hole. */
export function rebuild(directory: string, tree: Tree): void {
  rmSync(directory, { recursive: true, force: true });
  mkdirSync(directory, { mode: 0o700 });
  for (const [path, content] of tree) {
    if (content === 'directory') mkdirSync(join(directory, path), { mode: 0o700 });
    else writeContent(join(directory, path), content);
  }
}

function writeContent(path: string, content: Content): void {
  const descriptor = openSync(path, 'w', 0o600);
  try {
    for (const { offset, bytes } of content.runs()) writeSync(descriptor, bytes, 0, bytes.length, offset);
    ftruncateSync(descriptor, content.length);
  } finally {
    closeSync(descriptor);
  }
}

/** What a directory holds; sockets and the like are left out. */
export function readTree(directory: string, prefix = ''): Tree {
  const tree = new Map<string, Content | 'directory'>();
  for (const entry of readdirSync(join(directory, prefix), { withFileTypes: true })) {
    const path = prefix + entry.name;
    if (entry.isFile()) tree.set(path, Content.of(readFileSync(join(directory, path))));
    if (!entry.isDirectory()) continue;
    tree.set(path, 'directory');
    for (const [inner, content] of readTree(directory, `${path}/`)) tree.set(inner, content);
  }
  return tree;
}
