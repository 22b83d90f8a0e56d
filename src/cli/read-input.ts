/** Takes all of stdin or of a file, within a limit. */
import { readFile, stat } from 'node:fs/promises';
import { wrongCall } from './cli-error.ts';
import type { Io } from './io.ts';

/** Throws when there is more than `bytesMax`. `what` names it in that message. */
export async function readAll(io: Io, bytesMax: number, what: string): Promise<Uint8Array> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of io.input.stream as AsyncIterable<Buffer | string>) {
    const bytes = Buffer.from(chunk as Buffer);
    length += bytes.length;
    if (length > bytesMax) throw wrongCall(`${what} has more than ${bytesMax} bytes.`);
    chunks.push(bytes);
  }
  const all = Uint8Array.from(Buffer.concat(chunks));
  for (const chunk of chunks) chunk.fill(0);
  return all;
}

export async function readFileOf(path: string, bytesMax: number): Promise<Uint8Array> {
  try {
    const { size } = await stat(path);
    if (size > bytesMax) throw wrongCall(`${path} has ${size} bytes; ${bytesMax} at most are taken.`);
    return await readFile(path);
  } catch (error) {
    const { code } = error as { readonly code?: string };
    if (code === undefined) throw error;
    throw wrongCall(`${path} cannot be read (${fileTrouble(code)}).`);
  }
}

export function fileTrouble(code: string): string {
  const words: Readonly<Record<string, string>> = {
    ENOENT: 'no such file',
    EACCES: 'no permission',
    EISDIR: 'it is a directory',
    EEXIST: 'it exists already',
    ENOTDIR: 'no such directory',
    ENOSPC: 'the disk is full',
  };
  return words[code] ?? code;
}
