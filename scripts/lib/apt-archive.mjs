// Fetches an original tarball from the distribution's source archive, with apt's own machinery (mirror, proxy, keys,
// signature check) but in a folder of its own: neither root nor a change to the machine's configuration is needed.

import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseDeb822Sources, parseOneLineSources, sourceArchiveList } from './apt-sources.mjs';
import { runCommand } from './run-command.mjs';

const APT_FOLDER = '/etc/apt';
const TIMEOUT_MS = 5 * 60_000;

/**
 * Fetches `tarball` of the source package `sourcePackage` in `suite` to `destination`.
 * @param {{sourcePackage: string, suite: string, tarball: string, destination: string}} wanted
 * @param {(fraction: number) => void} onProgress
 * @returns {Promise<string | null>} null when it is there, else why not, as a clause
 */
export async function fetchFromSourceArchive(wanted, onProgress) {
  const list = sourceArchiveList(readAptSources(APT_FOLDER), wanted.suite);
  if (list === null) {
    return "no mirror of Debian's in the configuration of apt";
  }
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'holdfast-apt-'));
  try {
    return await fetchInto(folder, list, wanted, onProgress);
  } catch (error) {
    return `apt-get could not be run (${error instanceof Error ? error.message : error})`;
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * All entries of the apt configuration in `folder`; files that may not be read are left out.
 * @param {string} folder
 */
export function readAptSources(folder) {
  const parts = path.join(folder, 'sources.list.d');
  const names = fs.existsSync(parts) ? fs.readdirSync(parts).sort() : [];
  const files = [path.join(folder, 'sources.list'), ...names.map((name) => path.join(parts, name))];
  return files.flatMap((file) => {
    let text;
    try {
      text = fs.readFileSync(file, 'utf8');
    } catch {
      return [];
    }
    if (file.endsWith('.sources')) {
      return parseDeb822Sources(text);
    }
    return file.endsWith('.list') ? parseOneLineSources(text) : [];
  });
}

/**
 * @param {string} folder
 * @param {string} list
 * @param {{sourcePackage: string, tarball: string, destination: string}} wanted
 * @param {(fraction: number) => void} onProgress
 */
async function fetchInto(folder, list, wanted, onProgress) {
  const listFile = path.join(folder, 'holdfast.sources');
  fs.writeFileSync(listFile, list);
  fs.mkdirSync(path.join(folder, 'state', 'lists', 'partial'), { recursive: true });
  fs.mkdirSync(path.join(folder, 'cache'));
  const flags = aptFlags(folder, listFile);
  const run = (/** @type {string[]} */ args) =>
    runCommand('apt-get', [...flags, ...args], { cwd: folder, timeoutMs: TIMEOUT_MS });
  // One unreachable mirror among several makes `update` fail, so its exit code alone decides nothing.
  const update = await run(['update']);
  onProgress(0.4);
  const source = await run(['source', '--download-only', '--tar-only', wanted.sourcePackage]);
  onProgress(0.6);
  const file = path.join(folder, wanted.tarball);
  if (!fs.existsSync(file)) {
    return update.code === 0 && source.code === 0
      ? `the distribution's source archive carries another version than ${wanted.tarball}`
      : `apt-get failed: ${errorLine(update.output + source.output)}`;
  }
  fs.copyFileSync(file, wanted.destination);
  return null;
}

/** @param {string} folder @param {string} listFile */
function aptFlags(folder, listFile) {
  const settings = [
    `Dir::Etc::sourcelist=${listFile}`,
    'Dir::Etc::sourceparts=/dev/null',
    `Dir::State=${path.join(folder, 'state')}`,
    'Dir::State::status=/dev/null',
    `Dir::Cache=${path.join(folder, 'cache')}`,
    'Dir::Cache::pkgcache=',
    'Dir::Cache::srcpkgcache=',
    'Acquire::Retries=2',
    'Acquire::http::Timeout=20',
    'Acquire::https::Timeout=20',
  ];
  return ['-q', ...settings.flatMap((setting) => ['-o', setting])];
}

/** @param {string} output @returns {string} the line that tells most: what could not be fetched, else apt's own error */
function errorLine(output) {
  const lines = output.split('\n').filter((line) => /^[EW]: /.test(line));
  const line = lines.find((one) => one.includes('Failed to fetch')) ?? lines.find((one) => one.startsWith('E:'));
  return (line ?? lines[0] ?? 'no reason given').replace(/^[EW]: /, '').trim();
}
