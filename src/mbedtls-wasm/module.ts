/**
 * The instance of the compiled shim with everything that it imports. Imports copy and look up; none of them calls back, and
 * what a look-up throws waits until the call into the module has returned (a JavaScript exception would tear through C).
 */
import { type ChainDecision, decisionOn, type PeerChain } from './certificates.ts';
import type { CertificateSignature, EngineHost, HostP256 } from './engine.ts';
import { failedError } from './error-of-code.ts';
import { Memory } from './memory.ts';
import { areaBytes, type Pointer, type ShimExports } from './shim-exports.ts';

/** The look-ups of the endpoint whose connection is being called. */
export interface Lookups {
  psk?(identity: Uint8Array): Uint8Array | undefined;
  decide?(peer: PeerChain): ChainDecision;
  sessions?: { get(id: Uint8Array): Uint8Array | undefined; set(id: Uint8Array, session: Uint8Array): void };
  tickets?: { seal(session: Uint8Array): Uint8Array | undefined; open(ticket: Uint8Array): Uint8Array | undefined };
}

/** The fields of `outcome_t` (`c/shim.h`), in their order. */
const outcomeFields = {
  established: 0,
  authenticated: 1,
  ended: 2,
  dropped: 3,
  alert: 4,
  refusedAtCeiling: 5,
} as const;

/** P-256: a private key or a coordinate, and an uncompressed point. */
const scalarBytes = 32;
const pointBytes = 65;

const noLookups: Lookups = {};
/** Libc wants these; nothing calls them. 52 = ENOSYS. */
const notSupported = (): number => 52;

/** One compilation serves every engine made of the same bytes. */
const compilations = new WeakMap<Uint8Array, WebAssembly.Module>();

function compiled(wasm: Uint8Array): WebAssembly.Module {
  const known = compilations.get(wasm);
  if (known !== undefined) return known;
  const made = new WebAssembly.Module(wasm as BufferSource);
  compilations.set(wasm, made);
  return made;
}

export class Module {
  readonly shim: ShimExports;
  readonly memory: Memory;
  readonly areaIn: Pointer;
  readonly areaOut: Pointer;
  private readonly host: EngineHost;
  private readonly outcomeAt: Pointer;
  private lookups: Lookups = noLookups;
  private datagrams: Uint8Array[] = [];
  private plaintexts: Uint8Array[] = [];
  private thrown: { cause: unknown } | undefined;

  constructor(wasm: Uint8Array, host: EngineHost) {
    this.host = host;
    const imports = { env: this.imports(host), wasi_snapshot_preview1: unusedImports };
    const instance = new WebAssembly.Instance(compiled(wasm), imports);
    this.shim = instance.exports as unknown as ShimExports;
    this.memory = new Memory(this.shim.memory);
    this.shim.__wasm_call_ctors();
    this.shim.initialise();
    this.areaIn = this.shim.areaIn();
    this.areaOut = this.shim.areaOut();
    this.outcomeAt = this.shim.outcome();
  }

  /** Runs one call into the module with an endpoint's look-ups. Afterwards rethrows what a look-up threw. */
  call<T>(lookups: Lookups, body: () => T): T {
    this.assertIdle();
    this.lookups = lookups;
    this.datagrams = [];
    this.plaintexts = [];
    let result: T;
    try {
      result = body();
    } finally {
      this.lookups = noLookups;
    }
    const thrown = this.thrown;
    this.thrown = undefined;
    if (thrown !== undefined) throw thrown.cause;
    return result;
  }

  /** The datagrams and plaintexts of the last call. */
  taken(): { datagrams: Uint8Array[]; plaintexts: Uint8Array[] } {
    return { datagrams: this.datagrams, plaintexts: this.plaintexts };
  }

  /** One of the integers that the last call left. */
  outcome(field: keyof typeof outcomeFields): number {
    return this.memory.readInteger(this.outcomeAt + 4 * outcomeFields[field]);
  }

  /** Puts bytes side by side at the start of the input area; false when they do not fit. */
  put(...parts: readonly Uint8Array[]): boolean {
    this.assertIdle();
    let at = this.areaIn;
    for (const part of parts) {
      if (at + part.length > this.areaIn + areaBytes) return false;
      this.memory.write(at, part);
      at += part.length;
    }
    return true;
  }

  read(length: number): Uint8Array {
    return this.memory.read(this.areaOut, length);
  }

  /** After keys, exports or sessions went through the areas. */
  wipeAreas(): void {
    this.memory.wipe(this.areaIn, areaBytes);
    this.memory.wipe(this.areaOut, areaBytes);
  }

  /** Whether a signature is good, by the host's crypto if it has any. */
  isGood(given: CertificateSignature): boolean {
    const byHost = this.host.p256?.verify?.(given);
    if (byHost !== undefined) return byHost;
    const { publicKey, message, signature } = given;
    const bytes = publicKey.length + message.length + signature.length;
    const p = this.shim.allocate(bytes);
    if (p === 0) throw failedError(-0x7f00);
    this.memory.write(p, publicKey);
    this.memory.write(p + publicKey.length, message);
    this.memory.write(p + publicKey.length + message.length, signature);
    const hashBits = given.hash === 'sha256' ? 256 : 384;
    const good = this.shim.signatureIsGood(p, hashBits, publicKey.length, message.length, signature.length);
    this.shim.release(p, bytes);
    return good === 1;
  }

  /** The areas and what mbedTLS has in hand are those of one call: a second one from inside it would spoil both. */
  private assertIdle(): void {
    if (this.lookups !== noLookups) throw new Error('a look-up must not call a connection or an endpoint');
  }

  private imports(host: EngineHost): Record<string, (...numbers: number[]) => number | undefined> {
    const at = (address: number | undefined, length: number | undefined) => this.memory.read(address ?? 0, length ?? 0);
    return {
      random: (p, n) => void this.memory.fill(p ?? 0, n ?? 0, (into) => host.random(into)),
      wallMs: () => host.wallMs(),
      monotonicMs: () => host.monotonicMs(),
      datagram: (p, n) => void this.datagrams.push(at(p, n)),
      plaintext: (p, n) => void this.plaintexts.push(at(p, n)),
      psk: (p, n, out, cap) => this.answer(out, cap, () => this.lookups.psk?.(at(p, n))),
      sessionGet: (p, n, out, cap) => this.answer(out, cap, () => this.lookups.sessions?.get(at(p, n))),
      sessionSet: (p, n, session, length) =>
        void this.guard(() => this.lookups.sessions?.set(at(p, n), at(session, length))),
      ticketSeal: (p, n, out, cap) => this.answer(out, cap, () => this.lookups.tickets?.seal(at(p, n))),
      ticketOpen: (p, n, out, cap) => this.answer(out, cap, () => this.lookups.tickets?.open(at(p, n))),
      chain: (p, n, flags, out) => this.decide(at(p, n), flags ?? 0, out ?? 0),
      p256Generate: (key, point) => this.generateP256(host.p256, key ?? 0, point ?? 0),
      p256Shared: (key, point, out) =>
        this.sharedP256(out ?? 0, () => host.p256?.sharedSecret(at(key, scalarBytes), at(point, pointBytes))),
      verify: (hashBits, point, pointLength, message, n, signature, length) => {
        const hash = hashBits === 256 ? 'sha256' : 'sha384';
        const publicKey = at(point, pointLength);
        const given = { publicKey, hash, message: at(message, n), signature: at(signature, length) } as const;
        const good = this.guard(() => host.p256?.verify?.(given));
        return good === undefined ? -1 : Number(good);
      },
    };
  }

  private answer(out: number | undefined, cap: number | undefined, look: () => Uint8Array | undefined): number {
    const found = this.guard(look);
    if (found === undefined || found.length > (cap ?? 0)) return -1;
    this.memory.write(out ?? 0, found);
    return found.length;
  }

  private decide(list: Uint8Array, flags: number, out: Pointer): number {
    const { decide } = this.lookups;
    const decision = this.guard(() => (decide === undefined ? 0 : decisionOn(list, flags, decide)));
    if (!(decision instanceof Uint8Array)) return decision ?? 0;
    this.memory.write(out, decision);
    return decision.length;
  }

  private generateP256(host: HostP256 | undefined, key: Pointer, point: Pointer): number {
    const pair = this.guard(() => host?.generate());
    if (pair?.privateKey.length !== scalarBytes || pair.publicKey.length !== pointBytes) return 0;
    this.memory.write(key, pair.privateKey);
    this.memory.write(point, pair.publicKey);
    return 1;
  }

  private sharedP256(out: Pointer, share: () => Uint8Array | undefined): number {
    const secret = this.guard(share);
    if (secret?.length !== scalarBytes) return 0;
    this.memory.write(out, secret);
    return 1;
  }

  private guard<T>(body: () => T): T | undefined {
    try {
      return body();
    } catch (cause) {
      this.thrown ??= { cause };
      return undefined;
    }
  }
}

const unusedImports = {
  clock_time_get: notSupported,
  fd_close: notSupported,
  fd_seek: notSupported,
  fd_write: notSupported,
  proc_exit: notSupported,
};
