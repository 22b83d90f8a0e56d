/** The arguments of the gateway's own program. Where they say something, the configuration file is not asked. */
import { parseArgs } from 'node:util';
import { StartError } from './start-error.ts';

export interface ListenArgument {
  readonly name: string;
  readonly scheme: 'coaps' | 'coap';
  readonly host: string;
  /** 0 lets the system choose: for tests. */
  readonly port: number;
}

export interface Arguments {
  readonly help: boolean;
  readonly version: boolean;
  readonly state: string | undefined;
  readonly config: string | undefined;
  readonly http: string | undefined;
  readonly socket: string | undefined;
  /** Undefined: a terminal gets the screen, everything else JSON lines. */
  readonly log: 'json' | 'text' | undefined;
  /** Not empty: these instead of those of the configuration. */
  readonly listen: readonly ListenArgument[];
  readonly nosec: readonly ListenArgument[];
}

export const usage = `Examples:
  npm start
  npm start -- --listen field=coaps://0.0.0.0:15684
  npm start -- --state ./second --http 127.0.0.1:8080
  npm start -- --config holdfast.toml --log json

Usage: npm start -- [--state DIR] [--config FILE] [--http 127.0.0.1:PORT]
                    [--listen NAME=coaps://ADDRESS:PORT]...
                    [--nosec coap://ADDRESS:PORT]...
                    [--socket PATH] [--log json|text]

  --state DIR     where the store is; ./var of the clone if not said
  --config FILE   the configuration, TOML
  --http          REST beside the unix socket, on loopback only. It asks for no
                  password: every account of this machine may then read and
                  change everything
  --listen        instead of the configured listeners; may stand several times
  --nosec         plain CoAP too, readable by everybody on the way
  --socket PATH   the operators' unix socket; if not said, admin.sock in the
                  state directory
  --log           JSON lines, or text for people: the default at a terminal.
                  What is logged says log.level of the configuration
  -h, --help      this text
  --version       the version
`;

const options = {
  help: { type: 'boolean', short: 'h' },
  version: { type: 'boolean' },
  state: { type: 'string' },
  config: { type: 'string' },
  http: { type: 'string' },
  socket: { type: 'string' },
  log: { type: 'string' },
  listen: { type: 'string', multiple: true },
  nosec: { type: 'string', multiple: true },
} as const;

/** Throws a StartError (30) for what it cannot read. */
export function parseArguments(words: readonly string[]): Arguments {
  const values = parsed(words);
  const { state, config, http, socket, log } = values;
  if (log !== undefined && log !== 'json' && log !== 'text') {
    throw new StartError(30, `--log is "${log}"; it is "json" or "text".`);
  }
  return {
    help: values.help === true,
    version: values.version === true,
    state,
    config,
    http,
    socket,
    log,
    listen: (values.listen ?? []).map((word) => listener('--listen', word, 'coaps')),
    nosec: (values.nosec ?? []).map((word, index) =>
      listener(
        '--nosec',
        word.includes('=') ? word : `${index === 0 ? 'nosec' : `nosec-${index + 1}`}=${word}`,
        'coap',
      ),
    ),
  };
}

function parsed(words: readonly string[]) {
  try {
    return parseArgs({ args: [...words], options, strict: true, allowPositionals: false }).values;
  } catch (error) {
    const [sentence = ''] = (error instanceof Error ? error.message : String(error)).split('. ');
    throw new StartError(30, `${sentence.replace(/\.$/, '')}.`, 'All arguments:  npm start -- --help');
  }
}

const listenerForm = /^([a-z0-9][a-z0-9_-]{0,31})=(coaps?):\/\/(?:\[([^\]]+)\]|([\d.]+))(?::(\d{1,5}))?$/;

function listener(flag: string, word: string, scheme: 'coaps' | 'coap'): ListenArgument {
  const [, name, said, v6, v4, port] = listenerForm.exec(word) ?? [];
  const host = v6 ?? v4;
  const number = Number(port ?? (scheme === 'coaps' ? 5684 : 5683));
  if (name === undefined || host === undefined || said !== scheme || number > 65_535) {
    const example = scheme === 'coaps' ? 'field=coaps://0.0.0.0:5684' : 'coap://127.0.0.1:5683';
    throw new StartError(30, `${flag} ${word} is not understood; it is like ${example}.`);
  }
  return { name, scheme, host, port: number };
}
