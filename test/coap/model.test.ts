/**
 * Two of our layers over a bad link, either of which may die and begin anew with what it had kept (model-world.ts), against a
 * model that says what must hold: a request is carried out at most once; it ends exactly once, with the answer that it got
 * there, with a time-out, or in doubt where its own end died; bodies arrive whole.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { limits } from '../../src/base/limits.ts';
import { type Death, type Link, ModelWorld, type Wish } from './model-world.ts';

const links = fc.record({
  loss: fc.constantFrom(0, 0.1, 0.4, 0.9),
  doubling: fc.constantFrom(0, 0.3),
  delayMs: fc.constantFrom(10, 1_000, 5_000),
});
const bytes = fc.constantFrom(0, 10, 40, 100);
const wishes = fc.array(
  fc.record({
    atMs: fc.integer({ min: 0, max: 30_000 }),
    workMs: fc.constantFrom(0, 400, 1_600, 8_000),
    answerMs: fc.constantFrom(0, 300),
    bodyBytes: bytes,
    answerBytes: bytes,
  }),
  { minLength: 1, maxLength: 8 },
);
const deaths = fc.array(
  fc.record({
    atMs: fc.integer({ min: 0, max: 60_000 }),
    side: fc.constantFrom<Death['side'][]>('client', 'server'),
    awayMs: fc.constantFrom(0, 700, 5_000, 60_000),
  }),
  { minLength: 1, maxLength: 4 },
);

test('any link, any requests: carried out at most once, answered or timed out, bodies whole', () => {
  fc.assert(
    fc.property(links, wishes, fc.integer(), (link, list, seed) => {
      check(link, list, [], seed);
    }),
    { numRuns: 150, seed: 42 },
  );
});

test('the same, while either end dies and begins anew', () => {
  const met = { response: 0, failed: 0, 'late-response': 0, 'in-doubt': 0, '4.08': 0 };
  fc.assert(
    fc.property(links, wishes, deaths, fc.integer(), (link, list, dying, seed) => {
      const world = check(link, list, dying, seed);
      for (const end of [...world.ends.values()].flat()) {
        met[end.kind]++;
        if (end.kind === 'response' && end.response.code === '4.08') met['4.08']++;
      }
    }),
    { numRuns: 500, seed: 43 },
  );
  for (const [kind, times] of Object.entries(met)) assert.ok(times > 0, `${kind}: ${times}`);
});

function check(link: Link, list: readonly Wish[], dying: readonly Death[], seed: number): ModelWorld {
  const world = new ModelWorld(link, list, dying, seed);
  world.run();
  for (const index of list.keys()) checkOne(world, index, link.loss > 0 || dying.length > 0);
  for (const { coap } of Object.values(world.lives)) {
    const { exchangesOpen, unacknowledged, requestsPending } = coap.statistics();
    assert.deepEqual([exchangesOpen, unacknowledged, requestsPending], [0, 0, 0]);
  }
  return world;
}

function checkOne(world: ModelWorld, index: number, mayTimeOut: boolean): void {
  const carriedOut = world.carriedOut.get(index) ?? 0;
  assert.ok(carriedOut <= 1, `request ${index} was carried out twice`);
  const [end, late, ...more] = world.ends.get(index) ?? [];
  assert.ok(end !== undefined && more.length === 0, `request ${index} ended ${more.length + 2} times, or never`);
  if (late !== undefined) assert.deepEqual([end.kind, late.kind], ['in-doubt', 'late-response']);
  for (const { kind, ...told } of [end, ...(late === undefined ? [] : [late])]) {
    if (kind === 'failed') assert.ok(mayTimeOut && 'reason' in told && told.reason === 'timeout', JSON.stringify(told));
    if (kind === 'in-doubt') assert.ok(world.deaths.client > 0);
    if (!('response' in told)) continue;
    const { code, payload } = told.response;
    // The blocks of a body, of either side, outlive neither the server nor EXCHANGE_LIFETIME.
    const tookMs = (world.endedAt.get(index) ?? 0) - (world.wishes[index]?.atMs ?? 0);
    if (code === '4.08') assert.ok(world.deaths.server > 0 || tookMs > limits.exchangeLifetimeMs);
    // So many bodies have been left unfinished that there is no room for one more.
    else if (code === '5.03') assert.ok(longBodies(world) > limits.transfersPerPeerMax && carriedOut === 0);
    else assert.deepEqual([code, payload, carriedOut], ['2.04', world.answerOf(index), 1]);
  }
}

function longBodies({ wishes: list }: ModelWorld): number {
  return list.filter(({ bodyBytes }) => bodyBytes > 16).length;
}
