/** The arguments of `npm run device`, and the key in its file. */
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import type { Server } from './dtls-link.ts';

export const deviceUsage = `Usage: npm run device -- NAME KEYFILE [--queue] [--server coaps://ADDRESS:PORT]

  NAME      the endpoint name, which is also its PSK identity
  KEYFILE   the key in hex, as this writes it:
            holdfast device add NAME --generate-key KEYFILE
  --queue   registers in queue mode: the gateway takes it to sleep between its
            messages
  --server  the gateway; coaps://127.0.0.1:5684 if not said
`;

export interface DeviceArguments {
  readonly name: string;
  readonly key: Uint8Array;
  readonly keyFile: string;
  readonly queueMode: boolean;
  readonly server: Server;
}

/** What is wrong with the call: a sentence, and a line that helps. */
export interface Mistake {
  readonly mistake: string;
  readonly help: string;
}

const help = 'How to call it:  npm run device -- --help';

/** Undefined when the usage was asked for. */
export function parseDeviceArguments(words: readonly string[]): DeviceArguments | Mistake | undefined {
  const options = {
    queue: { type: 'boolean' },
    server: { type: 'string' },
    help: { type: 'boolean', short: 'h' },
  } as const;
  try {
    const { values, positionals } = parseArgs({ args: [...words], options, allowPositionals: true });
    if (values.help === true) return undefined;
    const [name, file, ...more] = positionals;
    if (name === undefined || name === '' || file === undefined || more.length > 0) {
      return { mistake: 'a name and a key file are needed.', help };
    }
    const server = serverOf(values.server ?? 'coaps://127.0.0.1:5684');
    if ('mistake' in server) return server;
    const key = readKey(name, file);
    return key instanceof Uint8Array ? { name, key, keyFile: file, queueMode: values.queue === true, server } : key;
  } catch (error) {
    const [sentence = ''] = (error instanceof Error ? error.message : String(error)).split(/[.\n]/);
    return { mistake: `${sentence}.`, help };
  }
}

const serverForm = /^coaps:\/\/(?:\[([0-9a-fA-F:.]+)\]|([0-9.]+))(?::(\d{1,5}))?\/?$/;

function serverOf(text: string): Server | Mistake {
  const [, v6, v4, port = '5684'] = serverForm.exec(text) ?? [];
  const host = v6 ?? v4;
  if (host === undefined || Number(port) < 1 || Number(port) > 65_535) {
    return { mistake: `--server ${text} is not understood; it is like coaps://127.0.0.1:5684.`, help };
  }
  return { host, port: Number(port) };
}

/** The bytes of the key; what is wrong is said by length and kind only. */
function readKey(name: string, file: string): Uint8Array | Mistake {
  let text = '';
  try {
    text = readFileSync(file, 'utf8').trim();
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code !== 'ENOENT') return { mistake: `the key file ${file} cannot be read (${code}).`, help };
    const add = `./holdfast device add ${name} --generate-key ${file}`;
    return { mistake: `there is no key file ${file}.`, help: `Make one, with the device:  ${add}` };
  }
  if (/^(?:[0-9a-fA-F]{2}){4,64}$/.test(text)) return new Uint8Array(Buffer.from(text, 'hex'));
  const mistake = `the key file ${file} holds ${text.length} characters; a key is 8 to 128 hex digits, two a byte.`;
  return { mistake, help };
}
