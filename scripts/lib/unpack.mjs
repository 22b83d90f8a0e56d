// Unpacks chosen folders of a .tar.bz2 with the lock file's packages, so that neither tar nor bzip2 must be installed.

import fs from 'node:fs';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';

/**
 * Unpacks the files of `tarball` that lie below `top`/FOLDER for one of `folders`, into `destination`, without `top`.
 * It appears whole or not at all. Links are left out: a tarball's link could lead out of the folder.
 * @param {string} tarball
 * @param {{top: string, folders: string[], destination: string}} chosen
 * @param {(fraction: number) => void} onProgress
 * @returns {Promise<number>} how many files were unpacked
 */
export async function unpack(tarball, chosen, onProgress) {
  const { default: unbzip2 } = await import('unbzip2-stream');
  const { extract } = await import('tar-stream');
  const partial = `${chosen.destination}.partial`;
  fs.rmSync(partial, { recursive: true, force: true });
  const total = fs.statSync(tarball).size;
  const input = fs.createReadStream(tarball);
  const entries = extract();
  let files = 0;
  entries.on('entry', (header, stream, next) => {
    const place = placeOf(header.name, chosen);
    onProgress(input.bytesRead / total);
    if (header.type !== 'file' || place === null) {
      stream.on('end', next).resume();
      return;
    }
    const file = path.join(partial, place);
    fs.mkdirSync(path.dirname(file), { recursive: true });
    files += 1;
    pipeline(stream, fs.createWriteStream(file)).then(() => next(), next);
  });
  const decoder = unbzip2();
  // An old-style stream: its errors are handed on by hand, or the pipeline would wait for ever.
  decoder.on('error', (/** @type {Error} */ error) => entries.destroy(error));
  await pipeline(input, decoder, entries);
  fs.rmSync(chosen.destination, { recursive: true, force: true });
  fs.renameSync(partial, chosen.destination);
  return files;
}

/**
 * Where an entry goes, relative to the destination; null when it is not wanted.
 * @param {string} name
 * @param {{top: string, folders: string[]}} chosen
 */
export function placeOf(name, chosen) {
  const [top, ...rest] = name.split('/');
  const safe = rest.length >= 2 && rest.every((part) => /^[A-Za-z0-9_][A-Za-z0-9_.-]*$/.test(part));
  return top === chosen.top && safe && chosen.folders.includes(rest[0] ?? '') ? rest.join('/') : null;
}
