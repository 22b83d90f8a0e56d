import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type MachineFacts, whatIsMissing } from './requirements.ts';

const able: MachineFacts = { userId: 0, mayMount: true, devicesMissing: [], programsMissing: [] };

test('a machine that has everything lacks nothing', () => {
  assert.equal(whatIsMissing(able), undefined);
});

test('what the machine cannot give is the reason before what a package could', () => {
  const lacking = { ...able, programsMissing: ['nbdfuse'] };
  const reasons = [
    { ...lacking, userId: 1_000 },
    { ...lacking, mayMount: false },
    { ...lacking, devicesMissing: ['/dev/fuse'] },
    lacking,
  ].map((facts) => whatIsMissing(facts));
  assert.deepEqual(
    reasons.map((missing) => missing?.isMendable),
    [false, false, false, true],
  );
  const texts = [/^it needs root/, /CAP_SYS_ADMIN/, /\/dev\/fuse/, /^nbdfuse not found; install libnbd-bin/];
  for (const [index, text] of texts.entries()) assert.match(reasons[index]?.reason ?? '', text);
});
