import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ListenerName, PeerId } from '../../src/base/address.ts';
import type { Monotonic, Now, Wall } from '../../src/base/instants.ts';
import { limits } from '../../src/base/limits.ts';
import { Pace } from '../../src/gateway/pace.ts';
import { Recovery } from '../../src/gateway/recovery.ts';
import type { Rung } from '../../src/gateway/recovery-view.ts';
import type { Registration } from '../../src/gateway/registration.ts';
import { Step } from '../../src/gateway/step.ts';
import { Uptime } from '../../src/gateway/uptime.ts';

test('where no handshake may be begun now nothing has failed: the turn comes again', () => {
  const world = new OneDevice();
  world.hasRoom = false;
  world.begin();
  world.pass(5 * limits.recoveryRoomMs);
  assert.ok(world.climbed.length >= 4 && world.climbed.length <= 6, `${world.climbed.length} times`);
  const { underWay, toDo, unreachable, rungs } = world.recovery.view(world.now());
  assert.deepEqual([underWay + toDo, unreachable, rungs[2]?.failed], [1, 0, 0]);
  world.recovery.failed('meter', new Step(world.now()));
  assert.equal(world.recovery.view(world.now()).unreachable, 0, 'a late time-out of something else');
  world.hasRoom = true;
  world.pass(limits.recoveryRoomMs + 100);
  world.recovery.failed('meter', new Step(world.now()));
  assert.equal(world.recovery.view(world.now()).unreachable, 1);
});

/** A recovery of one device that is shaken hands with in full, or waited for. */
class OneDevice {
  hasRoom = true;
  readonly climbed: Rung[] = [];
  readonly recovery: Recovery;
  private nowMs = 0;

  constructor() {
    const listener = 'field' as ListenerName;
    const request = { queueMode: false, lifetimeSeconds: 3_600 };
    const registration = { endpoint: 'meter', listener, peer: 'field|meter' as PeerId, request };
    const all = [registration as unknown as Registration];
    const registrations = {
      [Symbol.iterator]: () => all.values(),
      registered: () => all[0],
      expiresAt: () => undefined,
    };
    const rungs = {
      next: (_: Registration, failed: ReadonlySet<Rung>): Rung => (failed.has('full') ? 'wait' : 'full'),
      climb: (_: Registration, rung: Rung): boolean => {
        this.climbed.push(rung);
        return this.hasRoom;
      },
    };
    const parts = { registrations, rungs, observations: { hastened: () => [] }, downlink: { openOf: () => [] } };
    const pace = new Pace((into) => void into.fill(1), { perSecond: 50, burst: 10 });
    this.recovery = new Recovery({ ...parts, uptime: new Uptime(), pace } as never);
  }

  now(): Now {
    return { monotonic: this.nowMs as Monotonic, wall: 0 as Wall, wallTrusted: false };
  }

  begin(): void {
    this.recovery.begin(new Step(this.now()));
  }

  pass(forMs: number): void {
    const untilMs = this.nowMs + forMs;
    for (let at = this.recovery.nextDeadline()?.at; at !== undefined && at <= untilMs; ) {
      this.nowMs = Math.max(at, this.nowMs);
      this.recovery.advance(new Step(this.now()));
      at = this.recovery.nextDeadline()?.at;
    }
    this.nowMs = untilMs;
  }
}
