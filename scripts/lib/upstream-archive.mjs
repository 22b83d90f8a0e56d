// Fetches a release file from its project's own download address, for machines without apt.

import { createWriteStream } from 'node:fs';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';

const TIMEOUT_MS = 10 * 60_000;

/**
 * Fetches `url` to `destination`.
 * @param {string} url
 * @param {string} destination
 * @param {(fraction: number) => void} onProgress
 * @returns {Promise<void>} rejects when the server does not answer or refuses
 */
export async function fetchFromUpstream(url, destination, onProgress) {
  const response = await fetch(url, { signal: AbortSignal.timeout(TIMEOUT_MS) });
  if (!response.ok || response.body === null) {
    throw new Error(`${new URL(url).host} answered ${response.status} ${response.statusText}`);
  }
  const total = Number(response.headers.get('content-length') ?? 0);
  let received = 0;
  const count = new Transform({
    transform(chunk, _encoding, done) {
      received += chunk.length;
      if (total > 0) {
        onProgress(received / total);
      }
      done(null, chunk);
    },
  });
  const body = /** @type {import('node:stream/web').ReadableStream} */ (response.body);
  await pipeline(Readable.fromWeb(body), count, createWriteStream(destination));
}
