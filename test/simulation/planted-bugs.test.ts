/**
 * The world is worth what it finds: bugs are planted into a copy of the built program, and each must be found within 300 seeds.
 * There is no switch for them in the product.
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../../', import.meta.url));

interface Bug {
  readonly name: string;
  readonly file: string;
  readonly right: string;
  readonly wrong: string;
}

const bugs: readonly Bug[] = [
  {
    name: 'acknowledging before the commit',
    file: 'src/gateway/commits.js',
    right: 'if (waitsFor === undefined)',
    wrong: 'if (true)',
  },
  {
    name: 'a generation that is not raised',
    file: 'src/gateway/gateway.js',
    right: 'this.connections.restoredWith(generation, step);',
    wrong: 'this.connections.restoredWith(1, step);',
  },
  {
    name: 'a receive window that is not kept with its effects',
    file: 'src/gateway/connections.js',
    right: 'addWindow(step, commitClass) {',
    wrong: 'addWindow(step, commitClass) { if (step) return;',
  },
  {
    name: 'a message whose repetition is not recognised after a restart',
    file: 'src/gateway/earlier-messages.js',
    right: 'for (const event of young) {',
    wrong: 'for (const event of []) {',
  },
  {
    name: 'a queue-mode device that is taken for reachable while it sleeps',
    file: 'src/gateway/presence.js',
    right: 'return registration.awakeUntil !== undefined && registration.awakeUntil > now;',
    wrong: 'return true;',
  },
  {
    name: 'a wish that is not issued again after a Register',
    file: 'src/gateway/observations.js',
    right: 'fulfil(registration, step) {',
    wrong: 'fulfil(registration, step) { if (step) return;',
  },
  {
    name: 'an old association that is dropped when a handshake opens beside it',
    file: 'src/dtls/handshakes.js',
    right: 'associations.routes.slotMade(listener, from).candidate = association;',
    wrong: `const slot = associations.routes.slotMade(listener, from);
        if (slot.current !== undefined) associations.remove(slot.current, output, 'peer-began');
        associations.routes.slotMade(listener, from).candidate = association;`,
  },
  {
    name: 'a fleet that is turned to without a pace',
    file: 'src/gateway/pace.js',
    right: 'return this.overall(now).take(now) && this.bucket(listener, now).take(now);',
    wrong: 'return true;',
  },
  {
    name: 'an RST before the recovery of a device has ended',
    file: 'src/gateway/notifications.js',
    right: 'if (!recovering && !awaited)',
    wrong: 'if (true)',
  },
  {
    name: 'a lifetime that runs out by a clock that nobody trusts',
    file: 'src/gateway/uptime.js',
    right: 'if (!now.wallTrusted || this.lastWall === undefined)',
    wrong: 'if (this.lastWall === undefined)',
  },
  {
    name: 'an event that leaves the store when one reader has passed it and another has not',
    file: 'src/gateway/event-readers.js',
    right: 'Math.min(...this.cursors.values())',
    wrong: 'Math.max(...this.cursors.values())',
  },
  {
    name: 'a start without the tail of the journal',
    file: 'src/commit/journal/scan.js',
    right: '.filter((sequence) => sequence >= first)',
    wrong: '.filter((sequence) => sequence < first)',
  },
  {
    name: 'a refused write of the journal that is taken for a durable one',
    file: 'src/commit/journal/journaled-store.js',
    right: 'if (failure === undefined) {',
    wrong: 'if (true) {',
  },
];

const seeds = 300;

describe(`a planted bug is found within ${seeds} seeds:`, () => {
  let copy: string;

  before(() => {
    copy = mkdtempSync(join(tmpdir(), 'holdfast-planted-'));
    cpSync(join(root, 'build', 'src'), join(copy, 'build', 'src'), { recursive: true });
    cpSync(join(root, 'build', 'test', 'simulation'), join(copy, 'build', 'test', 'simulation'), { recursive: true });
    cpSync(join(root, 'package.json'), join(copy, 'package.json'));
    symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'));
  });

  after(() => rmSync(copy, { recursive: true, force: true }));

  it('none of them is there to begin with', () => {
    assert.equal(simulate(copy, 20).violations, 0);
  });

  for (const { name, file, right, wrong } of bugs) {
    it(name, () => {
      const path = join(copy, 'build', file);
      const sound = readFileSync(path, 'utf8');
      assert.equal(sound.split(right).length, 2, `${file} has this once, as the bug needs it: ${right}`);
      writeFileSync(path, sound.replace(right, wrong));
      try {
        const { violations, status } = simulate(copy, seeds);
        assert.ok(violations > 0, 'the world did not notice');
        assert.equal(status, 1);
      } finally {
        writeFileSync(path, sound);
      }
    });
  }
});

function simulate(directory: string, seeds: number): { violations: number; status: number | null } {
  const main = join(directory, 'build', 'test', 'simulation', 'main.js');
  const options = { encoding: 'utf8', timeout: 400_000 } as const;
  const { stdout, stderr, status } = spawnSync(
    process.execPath,
    [main, '--seeds', String(seeds), '--stop', '--json'],
    options,
  );
  const last = stdout.trim().split('\n').at(-1) ?? '';
  assert.match(last, /^\{"seeds":/, `the simulation printed no figures: ${stderr}`);
  return { violations: JSON.parse(last).violations, status };
}
