/**
 * The gateway's program with a machine that only counts: each datagram is kept under the next number, and answered, once it is
 * durable, with how many are kept. `crash` makes it throw; a record that says `bad` is damaged when it is restored.
 */
import { assert } from '../../src/base/assert.ts';
import type { CommitId, StoredRecord } from '../../src/commit/commit.ts';
import { type DamagedRecord, type Datagram, type Input, nothing, type Outcome } from '../../src/gateway/contract.ts';
import { runGateway } from '../../src/host/run.ts';
import { emptyModel } from '../../src/lwm2m/objects/model.ts';
import { FakeGateway } from './fakes.ts';

class CountingGateway extends FakeGateway {
  private kept = 0;
  private ids = 0;
  private waiting: { id: number; answer: Datagram }[] = [];

  override restore(chunk: readonly StoredRecord[] = []): readonly DamagedRecord[] {
    const bad = chunk.filter(({ value }) => Buffer.from(value).toString() === 'bad');
    this.kept += chunk.length - bad.length;
    return bad.map((record) => ({ record, why: 'checksum', whose: 'meter-17' }));
  }

  override receive(input: Input): Outcome {
    assert(input.kind === 'datagram', 'datagrams only');
    const { listener, from: to, bytes } = input;
    assert(Buffer.from(bytes).toString() !== 'crash', 'asked to crash');
    const id = ++this.ids;
    const key = `n/${++this.kept}`;
    this.waiting.push({ id, answer: { listener, to, bytes: new Uint8Array(Buffer.from(String(this.kept))) } });
    return { ...nothing, commits: [{ id: id as CommitId, class: 'before-ack', writes: [{ key, value: bytes }] }] };
  }

  override committed(upTo: CommitId): Outcome {
    const free = this.waiting.filter(({ id }) => id <= upTo);
    this.waiting = this.waiting.filter(({ id }) => id > upTo);
    return { ...nothing, send: free.map(({ answer }) => answer) };
  }

  override stop(): Outcome {
    return nothing;
  }
}

await runGateway(
  {
    model: emptyModel,
    engineName: null,
    createMachine: () => new CountingGateway(),
    serveOperators: async () => {
      // Devices are served already, and the start is not at its end.
      if (process.env['FAKE_EARLY_SIGNAL'] !== undefined) process.kill(process.pid, 'SIGTERM');
      await new Promise((resolve) => setTimeout(resolve, 50));
      return { close: () => Promise.resolve() };
    },
  },
  process.argv.slice(2),
);
