/**
 * Which folder may import which, and which packages: the import table of ARCHITECTURE.md. What is not named is forbidden;
 * a new edge or package is a decision, and this file is where it is written down.
 */
import path from 'node:path';
import type { Source } from './source.ts';
import type { Finding, Tree } from './tree.ts';

interface Layer {
  readonly mayImport: readonly string[];
  /** Packages from npm, each with its reason. Node's own modules are the business of the banned words. */
  readonly packages?: readonly string[];
}

const engine = 'mbedtls-wasm';

const layers: Readonly<Record<string, Layer>> = {
  base: { mayImport: [] },
  // A package of its own: it could be published alone. @yowasp/clang: what its build compiles with.
  [engine]: { mayImport: [], packages: ['@yowasp/clang'] },
  dtls: { mayImport: ['base', engine] },
  coap: { mayImport: ['base'] },
  lwm2m: { mayImport: ['coap', 'base'] },
  records: { mayImport: ['base'] },
  commit: { mayImport: ['base'] },
  gateway: { mayImport: ['dtls', 'coap', 'lwm2m', 'records', 'commit', 'base'] },
  // smol-toml: the configuration file is part of the contract with people.
  api: { mayImport: ['base'], packages: ['smol-toml'] },
  management: { mayImport: ['gateway', 'api', 'base'] },
  host: {
    mayImport: ['base', engine, 'dtls', 'coap', 'lwm2m', 'records', 'commit', 'gateway', 'api', 'management'],
    // level: the store. pino: the log.
    packages: ['level', 'pino'],
  },
  // commander: verbs, flags and their help.
  cli: { mayImport: ['api', 'base'], packages: ['commander'] },
};

/**
 * `gateway-options.ts` names the type of the engine that the host hands in, and `gateway.ts` hands it on with the list of
 * suites: wiring. No part of the gateway may know the engine; that is what `dtls` is for.
 */
const engineWiring = ['src/gateway/gateway-options.ts', 'src/gateway/gateway.ts'];

/** Imports that cross layers in a direction that the table does not have, and packages that it does not name. */
export function layerFindings(tree: Tree): readonly Finding[] {
  return tree.sources('src').flatMap((source) => {
    const from = layerOf(source.path);
    const layer = layers[from];
    if (layer === undefined) {
      return [`${source.path}:1: "${from}" is no layer; put the file into one of ${Object.keys(layers).join(', ')}`];
    }
    return source.imports.flatMap(({ specifier, line }) => {
      const why = specifier.startsWith('.')
        ? whyNotOurs(source, specifier, from, layer)
        : whyNotPackage(source, specifier, from, layer);
      return why === undefined ? [] : [`${source.path}:${line}: ${why}`];
    });
  });
}

function whyNotOurs(source: Source, specifier: string, from: string, layer: Layer): string | undefined {
  const target = path.posix.join(path.posix.dirname(source.path), specifier);
  if (!target.startsWith('src/')) return `${target} is outside src: the product does not import it`;
  const to = layerOf(target);
  if (to === from) return undefined;
  if (to === engine) return `import the package "${engine}" by its name`;
  return layer.mayImport.includes(to) ? undefined : mayNot(from, to, layer);
}

function whyNotPackage(source: Source, specifier: string, from: string, layer: Layer): string | undefined {
  if (specifier.startsWith('node:')) return undefined;
  const name = specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/');
  if (name !== engine) {
    if (layer.packages?.includes(name)) return undefined;
    return `src/${from} may not import the package "${name}"; add it to test/tidy/layers.ts with its reason, or do without`;
  }
  const allowed = layer.mayImport.includes(engine) || engineWiring.includes(source.path);
  return allowed ? undefined : mayNot(from, engine, layer);
}

function mayNot(from: string, to: string, layer: Layer): string {
  const may = layer.mayImport.length === 0 ? 'nothing of ours' : layer.mayImport.join(', ');
  return `src/${from} may not import src/${to} (it may import ${may}); move the code, or hand the value in`;
}

function layerOf(at: string): string {
  return at.split('/')[1] ?? '';
}
