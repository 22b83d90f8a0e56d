// Step 2: the source of mbedTLS, which is never committed. The original tarball is pinned by its SHA-256, whoever
// delivers it: the distribution's source archive, mbedTLS's own release address, or a person with a copy. Once verified
// it stays in build/downloads, so that a repetition needs no network.
//
// To move to a newer 3.6.x, change the version and the hash here; README says what to check before and after.

import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { fetchFromSourceArchive } from './apt-archive.mjs';
import { BUILD, DOWNLOADS, fromRoot } from './paths.mjs';
import { asSetUpError, SetUpError } from './set-up-error.mjs';
import { unpack } from './unpack.mjs';
import { fetchFromUpstream } from './upstream-archive.mjs';

const VERSION = '3.6.6';
const TARBALL_SHA256 = '8fb65fae8dcae5840f793c0a334860a411f884cc537ea290ce1c52bb64ca007a';
/** The release of Debian whose source archive carries it. */
const DEBIAN_SUITE = 'trixie';

const RELEASE = `mbedtls-${VERSION}`;
const UPSTREAM_URL = `https://github.com/Mbed-TLS/mbedtls/releases/download/${RELEASE}/${RELEASE}.tar.bz2`;
const TARBALL = path.join(DOWNLOADS, `${RELEASE}.tar.bz2`);
const STAMP = 'tarball.sha256';
const FETCH_SHARE = 0.7;

/** The unpacked source: its folders `include` and `library`. */
export const MBEDTLS_FOLDER = path.join(BUILD, RELEASE);

export const mbedtlsSourceStep = { name: `mbedTLS ${VERSION} source`, isCurrent: sourceIsCurrent, run: makeSource };

function sourceIsCurrent() {
  const stamp = path.join(MBEDTLS_FOLDER, STAMP);
  return fs.existsSync(stamp) && fs.readFileSync(stamp, 'utf8').trim() === TARBALL_SHA256;
}

/** @param {(fraction: number) => void} onProgress */
async function makeSource(onProgress) {
  try {
    fs.mkdirSync(DOWNLOADS, { recursive: true });
    if (!fs.existsSync(TARBALL)) {
      await fetchTarball((fraction) => onProgress(fraction * FETCH_SHARE));
    }
    verifyTarball(TARBALL, TARBALL_SHA256);
    const chosen = { top: RELEASE, folders: ['include', 'library'], destination: MBEDTLS_FOLDER };
    await unpack(TARBALL, chosen, (fraction) => onProgress(FETCH_SHARE + fraction * (1 - FETCH_SHARE)));
    fs.writeFileSync(path.join(MBEDTLS_FOLDER, STAMP), `${TARBALL_SHA256}\n`);
  } catch (error) {
    throw asSetUpError(`the source of mbedTLS ${VERSION} could not be made ready`, error);
  }
  return 'done, checksum right';
}

/**
 * Refuses a file that is not the pinned tarball.
 * @param {string} file
 * @param {string} expected SHA-256 in hex
 */
export function verifyTarball(file, expected) {
  const actual = createHash('sha256').update(fs.readFileSync(file)).digest('hex');
  if (actual !== expected) {
    throw new SetUpError(
      `${fromRoot(file)} is not the mbedTLS ${VERSION} that Holdfast is pinned to, and is not used.`,
      [
        `SHA-256 expected  ${expected}`,
        `SHA-256 found     ${actual}`,
        `If you put it there, remove it and run again:  rm -f ${fromRoot(file)} && npm run setup`,
      ],
    );
  }
}

/**
 * From the source archive, else from upstream. A file with a wrong hash is refused at once and kept out of the way: a
 * mirror that delivers something else under this name is no reason to look elsewhere silently.
 * @param {(fraction: number) => void} onProgress
 */
async function fetchTarball(onProgress) {
  const partial = `${TARBALL}.partial`;
  const wanted = { sourcePackage: 'mbedtls', suite: DEBIAN_SUITE, tarball: `mbedtls_${VERSION}.orig.tar.bz2` };
  const reason = await fetchFromSourceArchive({ ...wanted, destination: partial }, onProgress);
  if (reason !== null) {
    try {
      await fetchFromUpstream(UPSTREAM_URL, partial, onProgress);
    } catch (error) {
      throw noSource(reason, error);
    }
  }
  verifyTarball(partial, TARBALL_SHA256);
  fs.renameSync(partial, TARBALL);
}

/** @param {string} archiveReason @param {unknown} upstreamError */
function noSource(archiveReason, upstreamError) {
  const error = asSetUpError(`the source of mbedTLS ${VERSION} could not be fetched`, upstreamError);
  return new SetUpError(error.message, [
    `The distribution's source archive: ${archiveReason}.`,
    ...error.next,
    `Or fetch ${UPSTREAM_URL}`,
    `elsewhere, and put it here as ${fromRoot(TARBALL)}`,
  ]);
}
