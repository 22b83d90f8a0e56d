/** Asks a person something on the terminal: the question goes to stderr, the answer is one line of stdin. */
import { Interrupted } from './cli-error.ts';
import type { Io } from './io.ts';

const enter = [0x0a, 0x0d];
const endOfInput = 0x04;
const interrupt = 0x03;
const erase = [0x08, 0x7f];

/** Asks for one line that is shown as it is typed. */
export async function ask(io: Io, question: string): Promise<string> {
  const typed = await readLine(io, question, false);
  return Buffer.from(typed).toString('utf8');
}

/** Asks for one line that is not shown. The caller overwrites it. */
export function askHidden(io: Io, question: string): Promise<Uint8Array> {
  return readLine(io, question, true);
}

async function readLine(io: Io, question: string, hidden: boolean): Promise<Uint8Array> {
  await io.err.write(question);
  if (hidden) io.input.setRawMode(true);
  try {
    return await untilEnter(io);
  } catch (error) {
    // The shell's prompt comes next, on a line of its own.
    if (!hidden) await io.err.write('\n');
    throw error;
  } finally {
    if (hidden) {
      io.input.setRawMode(false);
      await io.err.write('\n');
    }
  }
}

function untilEnter(io: Io): Promise<Uint8Array> {
  const { stream } = io.input;
  const typed: number[] = [];
  return new Promise((resolve, reject) => {
    const finish = (result: Uint8Array | Error): void => {
      stream.off('data', take);
      stream.off('end', end);
      stream.pause();
      io.interrupted.removeEventListener('abort', stop);
      typed.fill(0);
      if (result instanceof Error) reject(result);
      else resolve(result);
    };
    const stop = (): void => finish(new Interrupted());
    const end = (): void => finish(Uint8Array.from(typed));
    const take = (chunk: Uint8Array | string): void => {
      const bytes = typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
      for (const [i, byte] of bytes.entries()) {
        if (enter.includes(byte) || byte === endOfInput) {
          const rest = bytes.subarray(i + 1);
          finish(Uint8Array.from(typed));
          if (rest.length > 0) stream.unshift(rest);
          return;
        }
        if (byte === interrupt) return finish(new Interrupted());
        if (erase.includes(byte)) typed.pop();
        else typed.push(byte);
      }
    };
    stream.on('data', take);
    stream.on('end', end);
    io.interrupted.addEventListener('abort', stop, { once: true });
    stream.resume();
  });
}
