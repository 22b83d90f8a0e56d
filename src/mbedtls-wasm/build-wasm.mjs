/**
 * Compiles mbedTLS and the shim to `dist/mbedtls.wasm`. Needs the unpacked mbedTLS source and nothing but a compiler: by
 * default the one from npm (`@yowasp/clang`, no root, one pinned version), with WASM_CC the system's clang.
 *
 * Reproducible: the same inputs give the same bytes. Inputs are hashed; a module whose inputs did not change is not built
 * again, and what the npm compiler gives must have the hash recorded in `wasm.sha256.json`.
 *
 *   node build-wasm.mjs MBEDTLS_DIRECTORY [--record]
 */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const shimDirectory = join(here, 'c');
const recordFile = join(here, 'wasm.sha256.json');

const librarySources = [
  'aes',
  'asn1parse',
  'asn1write',
  'bignum',
  'bignum_core',
  'block_cipher',
  'ccm',
  'chacha20',
  'chachapoly',
  'cipher',
  'cipher_wrap',
  'constant_time',
  'ecdh',
  'ecdsa',
  'ecp',
  'ecp_curves',
  'gcm',
  'hmac_drbg',
  'md',
  'oid',
  'pk',
  'pk_ecc',
  'pk_wrap',
  'pkparse',
  'platform',
  'platform_util',
  'poly1305',
  'sha256',
  'sha512',
  'ssl_ciphersuites',
  'ssl_client',
  'ssl_cookie',
  'ssl_tls12_client',
  'ssl_tls12_server',
  'x509',
];

const compileFlags = [
  '-O2',
  '-std=c11',
  '-Wall',
  '-Wextra',
  '-Wno-unused-function',
  '-mbulk-memory',
  '-ffunction-sections',
  '-fdata-sections',
  '-I',
  'include',
  '-I',
  'library',
  '-I',
  'c',
  '-DMBEDTLS_CONFIG_FILE="config.h"',
];

const linkFlags = [
  '--no-entry',
  '--gc-sections',
  '--strip-all',
  '-z',
  'stack-size=131072',
  '--export=__wasm_call_ctors',
];

/** A folder's C files as a tree of names and bytes, in a fixed order. */
function readTree(directory) {
  const entries = readdirSync(directory, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1));
  const tree = {};
  for (const entry of entries) {
    const path = join(directory, entry.name);
    if (entry.isDirectory()) tree[entry.name] = readTree(path);
    else if (/\.[ch]$/.test(entry.name)) tree[entry.name] = readFileSync(path);
  }
  return tree;
}

function hashTree(hash, tree, path) {
  for (const [name, value] of Object.entries(tree)) {
    if (!ArrayBuffer.isView(value)) hashTree(hash, value, `${path}${name}/`);
    else hash.update(`${path}${name} ${value.length}\n`).update(value);
  }
}

const sha256 = (bytes) => createHash('sha256').update(bytes).digest('hex');

/** The pinned version of the compiler from npm, read without loading its 75 MB. */
function npmCompilerName() {
  const bundle = fileURLToPath(import.meta.resolve('@yowasp/clang'));
  const { version } = JSON.parse(readFileSync(join(dirname(bundle), '../package.json'), 'utf8'));
  return `@yowasp/clang ${version}`;
}

/** The compiler from npm: one call a file, over a tree in memory. */
async function npmCompiler() {
  const { commands } = await import('@yowasp/clang');
  // Loads the compiler without its own progress report.
  await commands.clang(null, {}, { fetchProgress: () => {} });
  const run = async (args, tree) => {
    let messages = '';
    const collect = (bytes) => {
      if (bytes) messages += Buffer.from(bytes).toString();
    };
    try {
      const made = await commands.clang(args, tree, { stdout: collect, stderr: collect });
      process.stderr.write(messages);
      return made;
    } catch (cause) {
      throw new Error(`the compiler failed:\n${messages || cause.message}`, { cause });
    }
  };
  return {
    compile: async (tree, source, object) =>
      (await run(['--target=wasm32-wasip1', ...compileFlags, '-c', source, '-o', object], tree))[object],
    link: async (objects) => {
      const flags = ['--target=wasm32-wasip1', '-nostartfiles', '-mexec-model=reactor', `-Wl,${linkFlags.join(',')}`];
      return (await run([...flags, ...Object.keys(objects), '-o', 'mbedtls.wasm'], objects))['mbedtls.wasm'];
    },
  };
}

const systemCompilerName = (command) => execFileSync(command, ['--version']).toString().split('\n')[0];

/**
 * The system's clang (WASM_CC), with wasi-libc under WASM_SYSROOT (default /usr) and the linker WASM_LD (default: `wasm-ld`
 * with the compiler's version suffix). The linker is called by itself: through the driver clang would run any `wasm-opt` it
 * finds, and old ones fail on bulk memory.
 */
function systemCompiler(command) {
  const sysroot = process.env['WASM_SYSROOT'] ?? '/usr';
  const linker = process.env['WASM_LD'] ?? command.replace(/clang(?=(-\d+)?$)/, 'wasm-ld');
  const run = (program, args, cwd) =>
    execFileSync(program, args, { cwd, stdio: ['ignore', 'pipe', 'inherit'] }).toString();
  const directory = mkdtempSync(join(tmpdir(), 'mbedtls-wasm-'));
  const target = '--target=wasm32-wasi';
  let written = false;
  const write = (at, tree) => {
    for (const [name, value] of Object.entries(tree)) {
      const path = join(at, name);
      if (ArrayBuffer.isView(value)) writeFileSync(path, value);
      else {
        mkdirSync(path, { recursive: true });
        write(path, value);
      }
    }
  };
  return {
    compile: async (tree, source, object) => {
      if (!written) write(directory, tree);
      written = true;
      run(command, [target, `--sysroot=${sysroot}`, ...compileFlags, '-c', source, '-o', object], directory);
      return readFileSync(join(directory, object));
    },
    link: async (objects) => {
      const builtins = run(command, [target, '-print-libgcc-file-name'], directory).trim();
      const libraries = [`-L${join(sysroot, 'lib/wasm32-wasi')}`, '-lc', builtins];
      run(linker, [...linkFlags, ...Object.keys(objects), ...libraries, '-o', 'mbedtls.wasm'], directory);
      return readFileSync(join(directory, 'mbedtls.wasm'));
    },
    dispose: () => rmSync(directory, { recursive: true }),
  };
}

function readJson(path) {
  return existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : undefined;
}

/** Refuses bytes of the npm compiler that differ from the recorded ones; `record` writes them down instead. */
function checkRecord(made, record) {
  const recorded = readJson(recordFile);
  if (record) {
    writeFileSync(recordFile, `${JSON.stringify(made, null, 2)}\n`);
    return;
  }
  if (recorded?.inputHash === made.inputHash && recorded.wasmSha256 === made.wasmSha256) return;
  const why =
    recorded?.inputHash === made.inputHash
      ? 'the compiler made other bytes than those recorded for the same inputs: remove node_modules and set up again'
      : 'its inputs (C files, configuration, flags, mbedTLS, compiler) are not the recorded ones';
  throw new Error(
    `${basename(recordFile)} does not fit the module that was built: ${why}. ` +
      'If you changed an input on purpose, run `node src/mbedtls-wasm/build-wasm.mjs MBEDTLS_DIRECTORY --record` and commit the file.',
  );
}

/** What is compiled, by what, and the hash of it all. */
function inputsOf(mbedtlsDirectory, system) {
  const name = system ? systemCompilerName(system) : npmCompilerName();
  const tree = {
    include: readTree(join(mbedtlsDirectory, 'include')),
    library: readTree(join(mbedtlsDirectory, 'library')),
    c: readTree(shimDirectory),
  };
  const hash = createHash('sha256');
  hash.update(JSON.stringify([name, librarySources, compileFlags, linkFlags]));
  hashTree(hash, tree, '');
  return { tree, inputHash: hash.digest('hex') };
}

/** Whether `outFile` was built from these inputs, and is as it was built. */
function isCurrent(outFile, inputHash) {
  const last = readJson(`${outFile}.json`);
  return last?.inputHash === inputHash && existsSync(outFile) && sha256(readFileSync(outFile)) === last.wasmSha256;
}

/**
 * Whether a build would change nothing.
 * @param {{ mbedtlsDirectory: string, outFile: string, compiler?: string }} options as for `buildWasm`
 * @returns {boolean}
 */
export function wasmIsCurrent({ mbedtlsDirectory, outFile, compiler = process.env['WASM_CC'] }) {
  if (!existsSync(outFile) || !existsSync(mbedtlsDirectory)) return false;
  return isCurrent(outFile, inputsOf(mbedtlsDirectory, compiler).inputHash);
}

async function compileAll(tools, tree, onProgress) {
  const shimSources = Object.keys(tree.c).filter((name) => name.endsWith('.c'));
  const sources = [...librarySources.map((name) => `library/${name}.c`), ...shimSources.map((name) => `c/${name}`)];
  const objects = {};
  for (const [done, source] of sources.entries()) {
    onProgress?.(done / (sources.length + 1));
    const object = `${basename(source, '.c')}.o`;
    objects[object] = await tools.compile(tree, source, object);
  }
  const wasm = await tools.link(objects);
  onProgress?.(1);
  return wasm;
}

/**
 * Builds the module unless it is current.
 * @param {{ mbedtlsDirectory: string, outFile: string, onProgress?: (fraction: number) => void,
 *           compiler?: string, record?: boolean }} options `compiler`: the system's clang (default: WASM_CC, else npm's)
 * @returns {Promise<{ built: boolean, inputHash: string, wasmSha256: string }>}
 */
export async function buildWasm({ mbedtlsDirectory, outFile, onProgress, compiler, record = false }) {
  const system = compiler ?? process.env['WASM_CC'];
  const { tree, inputHash } = inputsOf(mbedtlsDirectory, system);
  if (isCurrent(outFile, inputHash) && !record) return { built: false, ...readJson(`${outFile}.json`) };

  const tools = system ? systemCompiler(system) : await npmCompiler();
  const wasm = await compileAll(tools, tree, onProgress).finally(() => tools.dispose?.());
  const made = { inputHash, wasmSha256: sha256(wasm) };
  if (!system) checkRecord(made, record);
  mkdirSync(dirname(outFile), { recursive: true });
  writeFileSync(`${outFile}.new`, wasm);
  renameSync(`${outFile}.new`, outFile);
  writeFileSync(`${outFile}.json`, `${JSON.stringify(made)}\n`);
  return { built: true, ...made };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [mbedtlsDirectory, flag] = process.argv.slice(2);
  if (!mbedtlsDirectory) throw new Error('usage: node build-wasm.mjs MBEDTLS_DIRECTORY [--record]');
  const outFile = join(here, 'dist/mbedtls.wasm');
  const onProgress = (fraction) => process.stderr.write(`\r${Math.round(100 * fraction)} % `);
  const result = await buildWasm({ mbedtlsDirectory, outFile, onProgress, record: flag === '--record' });
  process.stderr.write(`\r${result.built ? 'built' : 'current'}: ${outFile}\n`);
}
