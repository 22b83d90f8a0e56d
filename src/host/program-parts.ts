/** What the gateway's program is made of: the real machine, the real engine, the real interfaces. */
import { Engine } from 'mbedtls-wasm';
import { readWasm } from 'mbedtls-wasm/read-wasm';
import { builtInModel } from '../lwm2m/objects/registry.ts';
import { hostP256 } from './host-p256.ts';
import type { ProgramParts } from './run.ts';
import { errorCode, StartError } from './start-error.ts';

export const programParts: ProgramParts = {
  model: builtInModel,
  engineName: 'mbedTLS 3.6.6',
  // Half of all modules: they are loaded while the store opens.
  createMachine: async ({ configuration, entropy, aead, nowInHand }) => {
    const { createGateway } = await import('../gateway/gateway.ts');
    const engine = Engine.instantiate(wasm(), {
      random: entropy,
      monotonicMs: () => performance.now(),
      wallMs: () => Date.now(),
      p256: hostP256,
    });
    const create = () => createGateway({ configuration, engine, entropy, aead, nowInHand });
    return configuration.certificates === undefined ? create() : withUsableCertificates(create);
  },
  // Loaded when devices are served already: operators can wait for that, devices should not.
  serveOperators: async ({ tcp, ...options }) => {
    const { startHttp } = await import('./http/server.ts');
    return startHttp(tcp === undefined ? options : { ...options, tcp });
  },
};

function wasm(): Uint8Array {
  try {
    return readWasm();
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') throw error;
    throw new StartError(
      36,
      'the set-up is not complete: the DTLS engine has not been built.',
      'Set up:  npm run setup',
    );
  }
}

/** The engine says which certificate it cannot use; nothing else about the options can be wrong. */
function withUsableCertificates<T>(create: () => T): T {
  try {
    return create();
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new StartError(
      30,
      `the files of [certificates] do not do: ${error.message}.`,
      'Keys are on P-256, those of authorities also on P-384; the chain has at most 2,000 bytes.',
    );
  }
}
