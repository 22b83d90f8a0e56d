import assert from 'node:assert/strict';
import { it } from 'node:test';
import fc from 'fast-check';
import { limits } from '../../../src/base/limits.ts';
import { type GenerationPlace, nextGeneration } from '../../../src/host/store/next-generation.ts';

const place = fc.oneof(
  fc.integer({ min: 1, max: 1_000_000 }),
  fc.constantFrom<GenerationPlace>('absent', 'unreadable'),
);

it('the next generation is above all that can be read, and jumps when an initialised store has a place in doubt', () => {
  fc.assert(
    fc.property(place, place, fc.boolean(), (record, file, initialised) => {
      const readable = [record, file].filter((each) => typeof each === 'number');
      const choice = nextGeneration({ record, file, initialised });
      if ('damaged' in choice) return assert.ok(initialised && readable.length === 0);
      const inDoubt = initialised && readable.length === 1;
      assert.equal(choice.generation, Math.max(0, ...readable) + (inDoubt ? limits.generationJumpInDoubt : 1));
      assert.equal(choice.notes.length, inDoubt ? 1 : 0);
    }),
    { seed: 31, numRuns: 500 },
  );
});

it('the note names the place and both numbers', () => {
  const choice = nextGeneration({ record: 'unreadable', file: 41, initialised: true });
  assert.deepEqual('notes' in choice && choice.notes, [
    'The generation record was unreadable; the generation went from 41 to 1065 to be safe.',
  ]);
});
