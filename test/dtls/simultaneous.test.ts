/**
 * Both sides begin a handshake at once. Whatever the link delivers, loses, doubles and reorders, and whichever way the device
 * goes, in the end there is one association and it works both ways. A device here keeps only the connection that it
 * completed last, which makes it as hard as it can be.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Temper } from './answering-device.ts';
import { peerOf } from './dtls-world.ts';
import { Meeting } from './meeting.ts';

interface Story {
  readonly temper: Temper;
  readonly connectionId: boolean;
  readonly resumes: boolean;
  /** There is an association from before, and a session of ours. */
  readonly before: 'nothing' | 'association' | 'session';
  /** What happens, in order: who begins is part of it. */
  readonly steps: readonly Step[];
}

type Step =
  | { readonly kind: 'connect' | 'open' }
  | { readonly kind: 'deliver' | 'lose' | 'double'; readonly at: number }
  | { readonly kind: 'pass'; readonly ms: number };

const index = fc.nat({ max: 6 });
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 12, arbitrary: fc.record({ kind: fc.constant('deliver' as const), at: index }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constantFrom('lose' as const, 'double' as const), at: index }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constantFrom('connect' as const, 'open' as const) }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('pass' as const), ms: fc.constantFrom(10, 1_000, 3_000) }) },
);
const story: fc.Arbitrary<Story> = fc.record({
  temper: fc.constantFrom<Temper>('both', 'yields', 'insists'),
  connectionId: fc.boolean(),
  resumes: fc.boolean(),
  before: fc.constantFrom('nothing', 'association', 'session'),
  steps: fc.array(step, { minLength: 4, maxLength: 30 }),
});

test('both begin, and every interleaving with loss ends in one working association', () => {
  const covered = { gaveWay: 0, both: 0 };
  fc.assert(
    fc.property(story, (told) => {
      const meeting = prepared(told);
      meeting.connect();
      meeting.device.open();
      for (const each of told.steps) follow(meeting, each);
      const unheard = settle(meeting);
      // Who drops his own handshake after his Finished, and has nothing that the gateway knows, finds out by himself.
      assert.ok(unheard === 0 || told.temper === 'yields', 'no device is in the dark');
      if (meeting.failures.includes('peer-began')) covered.gaveWay++;
      if (meeting.established > 1) covered.both++;
      works(meeting);
    }),
    { numRuns: 600, seed: 20_261_123 },
  );
  assert.ok(covered.gaveWay > 50 && covered.both > 50, JSON.stringify(covered));
});

function prepared({ temper, connectionId, resumes, before }: Story): Meeting {
  const meeting = new Meeting({ temper, connectionId, resumes });
  if (before === 'nothing') return meeting;
  meeting.connect();
  meeting.deliverAll();
  meeting.say('first');
  if (before === 'session') meeting.world.restart([]);
  return meeting;
}

function follow(meeting: Meeting, each: Step): void {
  if (each.kind === 'connect') meeting.connect();
  else if (each.kind === 'open') meeting.device.isOpening || meeting.device.open();
  else if (each.kind === 'pass') meeting.pass(each.ms, false);
  else if ('at' in each) meeting.settle(each.at % Math.max(1, meeting.underway.length), each.kind);
}

/**
 * Nothing is lost any more. The device sends, as devices do; who has no association tries again after a while, and who is not
 * heard for 90 s begins anew. Returns how often that was.
 */
function settle(meeting: Meeting): number {
  const { device } = meeting;
  let unheard = 0;
  let unheardSeconds = 0;
  for (let second = 0; second < 480; second += 5) {
    meeting.deliverAll();
    const [association] = meeting.world.endpoint.routes.ofPeer(peerOf('meter-17'));
    if (association === undefined && second % 35 === 0) meeting.connect();
    if (device.current === undefined && !device.isOpening && second % 25 === 0) device.open();
    unheardSeconds = device.current !== undefined && meeting.say(`at ${second}`).length === 0 ? unheardSeconds + 5 : 0;
    if (unheardSeconds === 90) {
      unheard++;
      device.open();
    }
    meeting.pass(5_000);
  }
  return unheard;
}

function works(meeting: Meeting): void {
  assert.deepEqual(meeting.say('up'), ['up'], 'the device is heard');
  assert.deepEqual(meeting.hears('down'), ['down'], 'the device hears');
  assert.equal(meeting.world.endpoint.routes.ofPeer(peerOf('meter-17')).length, 1, 'one association');
  assert.equal(meeting.world.endpoint.routes.byId.size, 1, 'and no open handshake');
}
