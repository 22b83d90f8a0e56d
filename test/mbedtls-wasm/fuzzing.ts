/**
 * Fuzzes the engine: recorded flights and records, and those of the connection at hand, are damaged and fed to both ends in
 * every state of a connection. It stops at the first trap, at the first established connection that is harmed, and when the
 * module's memory grows.
 */
import assert from 'node:assert/strict';
import {
  type ChainDecision,
  type Connection,
  decideChain,
  type Engine,
  type PeerChain,
  type Progress,
} from 'mbedtls-wasm';
import { certificateSuite, certificatesOf } from './certificate-pair.ts';
import { offerChain } from './chain-fuzzing.ts';
import { damaged } from './damage.ts';
import {
  type Clock,
  clientOptions,
  firstDatagram,
  generator,
  imported,
  makeEngine,
  seal,
  serverConnectionId,
  serverOptions,
  settle,
  talk,
  transportId,
} from './pair.ts';

/** How far a round's connection has come when the damaged datagrams arrive. */
export const fuzzStates = [
  'ClientHello unanswered',
  'cookie asked for',
  'server flight under way',
  'client flight under way',
  'final flight unconfirmed',
  'established',
  'established, shared buffers',
  'established, just imported',
  'resumption: server flight under way',
  'resumption: final flight unconfirmed',
] as const;
export type FuzzState = (typeof fuzzStates)[number];

/** What a run covered. */
export interface FuzzReport {
  datagrams: number;
  connections: number;
  byState: Record<FuzzState, number>;
  /** How the engine's verdicts on damaged datagrams were called, and how often each was given. */
  verdicts: Record<string, number>;
  memoryBytes: number;
}

const datagramsPerRound = 40;
const warmUpRounds = 200;
const sessionsMax = 100;
const plainSuite = 'TLS_PSK_WITH_AES_128_CCM_8';
/** Dear without a host's crypto, which would make runs differ: every so many rounds of all states. */
const ephemeralSuite = 'TLS_ECDHE_PSK_WITH_CHACHA20_POLY1305_SHA256';
const ephemeralEvery = 8;
/** Dearer still: signatures. */
const certificateEvery = 12;
const chainEvery = 4;

/** Feeds about `datagrams` damaged datagrams; the same seed gives the same run. Throws at the first fault. */
export function fuzzDtls(
  datagrams: number,
  seed: number,
  corpus: readonly Uint8Array[],
  onRound?: (done: number) => void,
): FuzzReport {
  const run = new FuzzRun(seed, corpus);
  while (run.report.datagrams < datagrams) {
    run.round();
    onRound?.(run.report.datagrams);
  }
  return run.report;
}

class FuzzRun {
  readonly report: FuzzReport;
  private readonly corpus: readonly Uint8Array[];
  private readonly next: () => number;
  private readonly clock: Clock = { monotonicMs: 0, wallMs: 0 };
  private readonly engine: Engine;
  private readonly endpoints;
  private readonly sessions = new Map<string, Uint8Array>();
  private session: Uint8Array | undefined;

  constructor(seed: number, corpus: readonly Uint8Array[]) {
    this.next = generator(seed);
    this.corpus = corpus;
    this.engine = makeEngine(seed + 1, this.clock);
    const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
    const sessions = {
      get: (id: Uint8Array) => this.sessions.get(hex(id)),
      set: (id: Uint8Array, session: Uint8Array) => {
        if (this.sessions.size >= sessionsMax) this.sessions.clear();
        this.sessions.set(hex(id), session);
      },
    };
    const decide = (peer: PeerChain): ChainDecision => this.decide(peer);
    const suites = [plainSuite, ephemeralSuite, certificateSuite] as const;
    const [server, client] = [certificatesOf('server', decide), certificatesOf('client', decide)];
    this.endpoints = {
      server: this.engine.serverEndpoint({ ...serverOptions, sessions, suites, certificates: server }),
      client: this.engine.clientEndpoint({ ...clientOptions, mtu: 256 }),
      ephemeral: this.engine.clientEndpoint({ ...clientOptions, mtu: 256, suites: [ephemeralSuite] }),
      certificate: this.engine.clientEndpoint({ suites: [certificateSuite], certificates: client }),
    };
    const byState = Object.fromEntries(fuzzStates.map((state) => [state, 0])) as Record<FuzzState, number>;
    this.report = { datagrams: 0, connections: 0, byState, verdicts: {}, memoryBytes: 0 };
  }

  /** One connection, brought into the next state, fed, tried and freed. */
  round(): void {
    const { report } = this;
    const state = fuzzStates[report.connections % fuzzStates.length] ?? 'established';
    this.clock.monotonicMs += 100;
    let stage = this.reach(state);
    for (let i = 0; i < datagramsPerRound; i++) {
      if (this.feed(stage) === 2) stage = this.again(stage, state);
    }
    report.byState[state] += datagramsPerRound;
    if (stage.mustLive) talk({ client: stage.client, server: stage.server });
    stage.client.free();
    stage.server.free();
    if (report.connections % chainEvery === 0) this.chain();
    report.connections += 1;
    if (report.connections === warmUpRounds) report.memoryBytes = this.engine.linearMemoryBytes;
    if (report.connections > warmUpRounds)
      assert.equal(this.engine.linearMemoryBytes, report.memoryBytes, 'memory grew');
  }

  private chain(): void {
    const verdict = offerChain(this.endpoints.server, this.endpoints.certificate, this.next);
    this.count(`damaged chain: ${verdict ?? 'accepted'}`);
    this.report.datagrams += 1;
  }

  /** Both handshakes ended, as a stranger can have them end: the state is reached anew. */
  private again(stage: Stage, state: FuzzState): Stage {
    stage.client.free();
    stage.server.free();
    return this.reach(state);
  }

  /** One damaged datagram to both ends; how many of them have ended. */
  private feed(stage: Stage): number {
    let ended = 0;
    const seeds = this.next() < 0.5 ? this.corpus : stage.own;
    const datagram = damaged(seeds, this.next);
    this.report.datagrams += 1;
    this.count(this.endpoints.server.checkClientHello(transportId, datagram).kind);
    for (const end of [stage.server, stage.client]) {
      const progress = end.receive(datagram);
      this.count(progress.dropped?.mbedtlsName ?? (progress.ended ? 'ended' : 'taken'));
      if (progress.ended) ended += 1;
      if (stage.mustLive) assert.equal(progress.ended, undefined, 'a damaged datagram ended an established connection');
    }
    if (this.next() < 0.02) this.clock.monotonicMs += 5;
    return ended;
  }

  private count(verdict: string): void {
    this.report.verdicts[verdict] = (this.report.verdicts[verdict] ?? 0) + 1;
  }

  /** What was found on a chain decides here, and not whose it is: damage may leave the names of both ends. */
  private decide(peer: PeerChain): ChainDecision {
    const decision = decideChain(peer, { peer: 'any-endpoint', wallMs: undefined });
    this.count('refused' in decision ? `chain: ${decision.refused}` : 'chain: accepted');
    return decision;
  }

  /** A fresh pair of connections, brought into a state; `own` are its datagrams so far, and those under way. */
  private reach(state: FuzzState): Stage {
    const wantsSession = state.startsWith('resumption') && this.session !== undefined;
    const cycle = Math.floor(this.report.connections / fuzzStates.length);
    const client = this.clientOf(cycle).connect(wantsSession && this.session ? { session: this.session } : {});
    const hello = firstDatagram(client.start());
    const check = this.endpoints.server.checkClientHello(transportId, hello);
    assert.ok(check.kind === 'verify');
    const server = this.endpoints.server.accept({ transportId, connectionId: serverConnectionId });
    const stage: Stage = { client, server, own: [hello, check.datagram], mustLive: false };
    if (state === 'ClientHello unanswered') return stage;
    const greeting = firstDatagram(note(stage, client.receive(check.datagram)));
    if (state === 'cookie asked for') return stage;
    const flight = note(stage, server.receive(greeting)).datagrams;
    if (state.endsWith('server flight under way')) return stage;
    return this.finish(stage, state, flight);
  }

  private clientOf(cycle: number) {
    if (cycle % certificateEvery === 1) return this.endpoints.certificate;
    return cycle % ephemeralEvery === 0 ? this.endpoints.ephemeral : this.endpoints.client;
  }

  private finish(stage: Stage, state: FuzzState, flight: readonly Uint8Array[]): Stage {
    const { client, server } = stage;
    const answer = flight.flatMap((datagram) => note(stage, client.receive(datagram)).datagrams);
    if (state === 'client flight under way') return stage;
    const last = answer.flatMap((datagram) => note(stage, server.receive(datagram)).datagrams);
    stage.mustLive = server.established;
    if (state.endsWith('final flight unconfirmed') && client.established) return stage;
    for (const datagram of last) settle(server, client, undefined, client.receive(datagram));
    this.session = client.exportSession();
    stage.mustLive = true;
    if (state.endsWith('final flight unconfirmed')) return stage;
    talk({ client, server });
    stage.own.push(...sealedAndTaken(client, server), ...sealedAndTaken(server, client));
    if (state === 'established, shared buffers') assert.ok(client.share() && server.share());
    return state === 'established, just imported' ? this.imported(stage) : stage;
  }

  private imported(stage: Stage): Stage {
    const client = imported(this.endpoints.client.import(stage.client.export()));
    const server = imported(this.endpoints.server.import(stage.server.export()));
    stage.client.free();
    stage.server.free();
    return { ...stage, client, server };
  }
}

interface Stage {
  client: Connection;
  server: Connection;
  own: Uint8Array[];
  /** Established: nothing damaged may end it. */
  mustLive: boolean;
}

function note(stage: Stage, progress: Progress): Progress {
  stage.own.push(...progress.datagrams);
  return progress;
}

/** Records that were delivered already, so that one which damage left whole is a replay. */
function sealedAndTaken(from: Connection, to: Connection): Uint8Array[] {
  const records = ['', 'seed', 'a longer record of the kind that a device sends with a value'].map((plaintext) =>
    seal(from, plaintext),
  );
  for (const record of records) assert.ok(to.receive(record).authenticated);
  return records;
}
