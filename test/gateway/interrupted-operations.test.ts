/** What becomes of operations whose message has left when a restart, sleep or a new connection comes between. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Packet, ParsedPacket } from 'coap-packet';
import type { PeerId } from '../../src/base/address.ts';
import type { Monotonic, Wall } from '../../src/base/instants.ts';
import { InterruptedOperations } from '../../src/gateway/interrupted-operations.ts';
import { newOperation, type OwnOperation } from '../../src/gateway/operation.ts';
import type { OperationFlow } from '../../src/gateway/operation-flow.ts';
import type { DeviceOperation } from '../../src/gateway/operator.ts';
import type { Registration } from '../../src/gateway/registration.ts';
import type { Registrations } from '../../src/gateway/registrations.ts';
import { Step } from '../../src/gateway/step.ts';
import { Uptime } from '../../src/gateway/uptime.ts';
import {
  identity,
  loggedEnds,
  operate,
  port,
  read,
  reboot,
  registered,
  request,
  restarted,
  stateOf,
  viewOf,
  wallMs,
  write,
  writeServer,
} from './operated-gateway.ts';
import { answerTo, atLocation, confirmable, locationOf, PlainGateway, register } from './plain-gateway.ts';

const changed = (packet: ParsedPacket): Packet => ({
  ...answerTo(packet),
  code: '2.04',
  options: [],
  payload: Buffer.alloc(0),
});

test('within 45 s of its first sending the very same message is sent again, and its answer ends the operation', () => {
  for (const operation of [reboot, write]) {
    const gateway = registered();
    const id = operate(gateway, operation);
    const sent = request(gateway);
    gateway.pass(1_000);
    const next = restarted(gateway, 5_000);
    next.pass(1_500);
    const again = request(next);
    assert.equal(identity(again), identity(sent), 'the device knows it for a repetition');
    assert.ok(again);
    next.receive(port, changed(again));
    assert.equal(stateOf(next, id), 'done');
    assert.deepEqual(
      loggedEnds(next).map(({ state }) => state),
      ['done'],
    );
  }
});

test('what may not be done twice is in doubt when no answer comes, and a late one still ends it', () => {
  for (const [operation, state] of [
    [reboot, 'in-doubt'],
    [write, 'failed'],
  ] as const) {
    const gateway = registered();
    const id = operate(gateway, operation, 600_000);
    const sent = request(gateway);
    assert.ok(sent);
    gateway.pass(120_000);
    assert.deepEqual([stateOf(gateway, id), viewOf(gateway, id).sends], [state, 5]);
    gateway.receive(port, { ...changed(sent), type: 'NON', messageId: 0x7777 } as Packet);
    assert.equal(stateOf(gateway, id), operation === reboot ? 'done' : 'failed');
  }
});

test('it is repeated no longer than 45 s after its first sending, and then it is in doubt', () => {
  const gateway = registered();
  const id = operate(gateway, reboot);
  request(gateway);
  const next = restarted(gateway, 20_000);
  let sends = 0;
  for (let s = 0; s < 200; s++) {
    next.pass(1_000);
    if (request(next) === undefined) continue;
    sends++;
    assert.ok(20 + s <= 46, `sent ${20 + s} s after the first time`);
  }
  assert.ok(sends >= 1);
  assert.equal(stateOf(next, id), 'in-doubt');
});

test('later what may not be done twice is in doubt: Execute, and writes to objects that act', () => {
  for (const operation of [reboot, writeServer]) {
    const gateway = registered();
    const id = operate(gateway, operation);
    request(gateway);
    const next = restarted(gateway, 60_000);
    next.pass(600_000);
    assert.deepEqual(requestsFor(next, operation), []);
    assert.equal(stateOf(next, id), 'in-doubt');
    assert.deepEqual(
      loggedEnds(next).map(({ operation: told, state }) => [told, state]),
      [[id, 'in-doubt']],
    );
    assert.equal(statusOf(next).inDoubt, 1);
  }
});

test('later what may be done twice is sent anew, with another token', () => {
  const gateway = registered();
  const id = operate(gateway, write);
  const sent = request(gateway);
  const next = restarted(gateway, 60_000);
  next.pass(1_500);
  const again = request(next);
  assert.ok(again);
  assert.notEqual(again.token.toString('hex'), sent?.token.toString('hex'));
  assert.deepEqual([again.code, String(again.payload)], ['0.03', '300']);
  next.receive(port, changed(again));
  assert.equal(stateOf(next, id), 'done');
});

test('an outage whose length no trusted clock tells counts as longer', () => {
  const gateway = registered();
  const id = operate(gateway, reboot);
  request(gateway);
  const next = restarted(gateway, 1_000, false);
  next.pass(60_000);
  assert.equal(stateOf(next, id), 'in-doubt');
  assert.deepEqual(requestsFor(next, reboot), []);
});

test('a clock that has gone back since tells nothing', () => {
  const gateway = registered();
  const id = operate(gateway, reboot);
  request(gateway);
  const next = restarted(gateway, -3_600_000);
  assert.equal(stateOf(next, id), 'in-doubt');
});

test('a Read is sent anew at any time, and a late answer to the first one counts', () => {
  const gateway = registered();
  const id = operate(gateway, read);
  const sent = request(gateway);
  assert.ok(sent);
  const next = restarted(gateway, 2_000);
  next.receive(port, answerTo(sent));
  assert.deepEqual([stateOf(next, id), viewOf(next, id).entries.length], ['done', 1]);
  const third = restarted(gateway, 2_000, true, 3);
  third.pass(1_500);
  const again = request(third);
  assert.ok(again);
  assert.notEqual(identity(again), identity(sent));
  third.receive(port, answerTo(again));
  assert.equal(stateOf(third, id), 'done');
});

test('a late answer resolves what is in doubt: with the acknowledgement, or by itself', () => {
  for (const isSeparate of [false, true]) {
    const gateway = registered();
    const id = operate(gateway, reboot);
    const sent = request(gateway);
    assert.ok(sent);
    const next = restarted(gateway, 60_000);
    assert.equal(stateOf(next, id), 'in-doubt');
    const answer = isSeparate ? confirmable({ code: '2.04', token: sent.token }) : changed(sent);
    next.storing = false;
    assert.deepEqual(next.receive(port, answer), [], 'nothing is acknowledged that could be lost');
    next.store();
    assert.equal(next.takeSent(port).filter(({ ack }) => ack).length, isSeparate ? 1 : 0);
    assert.equal(stateOf(next, id), 'done');
    assert.deepEqual(
      loggedEnds(next).map(({ state }) => state),
      ['in-doubt', 'done'],
    );
    assert.equal(statusOf(next).inDoubt, 0);
  }
});

test('a late answer counts as long as one may come, and no longer', () => {
  const gateway = registered();
  const id = operate(gateway, reboot);
  const sent = request(gateway);
  assert.ok(sent);
  const next = restarted(gateway, 60_000);
  next.pass(1_200_000);
  next.takeSent(port);
  next.receive(port, confirmable({ code: '2.04', token: sent.token }));
  assert.equal(stateOf(next, id), 'in-doubt');
});

test('an answer that comes by itself is acknowledged when the end of the operation is durable', () => {
  const gateway = registered();
  const id = operate(gateway, reboot);
  const sent = request(gateway);
  assert.ok(sent);
  gateway.receive(port, { code: '0.00', ack: true, messageId: sent.messageId });
  gateway.storing = false;
  const answer = confirmable({ code: '2.04', token: sent.token });
  assert.deepEqual(gateway.receive(port, answer), []);
  gateway.store();
  assert.deepEqual(
    gateway.takeSent(port).map(({ ack, messageId }) => [ack, messageId]),
    [[true, answer.messageId]],
  );
  assert.equal(stateOf(gateway, id), 'done');
});

test('an Execute under way when its device registers anew is in doubt, and not repeated; a Read goes on', () => {
  for (const operation of [reboot, read]) {
    const gateway = registered();
    const id = operate(gateway, operation);
    const sent = request(gateway);
    assert.ok(sent);
    gateway.receive(port, register('meter'));
    gateway.pass(60_000);
    if (operation === reboot) {
      assert.equal(stateOf(gateway, id), 'in-doubt');
      assert.deepEqual(requestsFor(gateway, reboot), []);
      gateway.receive(port, changed(sent));
    } else gateway.receive(port, answerTo(sent));
    assert.equal(stateOf(gateway, id), 'done', 'its answer counts all the same');
  }
});

test('a device that registers from elsewhere is asked there: what may be done twice, and what had not left', () => {
  const gateway = registered();
  const [first, second] = [operate(gateway, write), operate(gateway, reboot)];
  request(gateway);
  const elsewhere = port + 1;
  const sent = gateway.receive(elsewhere, register('meter')).filter(({ code }) => code === '0.03');
  assert.equal(sent.length, 1);
  const [executed] = gateway.receive(elsewhere, changed(sent[0] as ParsedPacket));
  gateway.receive(elsewhere, changed(executed as ParsedPacket));
  assert.deepEqual([stateOf(gateway, first), stateOf(gateway, second)], ['done', 'done']);
  gateway.pass(100_000);
  assert.deepEqual(requestsFor(gateway, write), []);
});

test('a device that falls asleep is not repeated to; one that wakes in time gets the very same message', () => {
  const gateway = new PlainGateway(new Map(), 1, wallMs);
  const location = locationOf(gateway.receive(port, register('meter', 'Q')));
  gateway.pass(80_000);
  const id = operate(gateway, reboot);
  const sent = request(gateway);
  gateway.pass(13_100);
  gateway.takeSent(port);
  gateway.pass(10_000);
  assert.equal(request(gateway), undefined, 'it sleeps');
  const again = gateway.receive(port, atLocation('POST', location)).find(({ code }) => code === '0.02');
  assert.equal(identity(again), identity(sent));
  gateway.receive(port, changed(again as ParsedPacket));
  assert.equal(stateOf(gateway, id), 'done');
});

test('a device that falls asleep and wakes too late: in doubt, or asked anew', () => {
  const gateway = new PlainGateway(new Map(), 1, wallMs);
  const location = locationOf(gateway.receive(port, register('meter', 'Q')));
  gateway.pass(90_000);
  const ids = [operate(gateway, reboot), operate(gateway, write)];
  gateway.pass(3_600);
  gateway.takeSent(port);
  gateway.pass(100_000);
  assert.deepEqual(
    ids.map((id) => stateOf(gateway, id)),
    ['in-doubt', 'queued'],
  );
  const [sent] = gateway.receive(port, atLocation('POST', location)).filter(({ code }) => code === '0.03');
  assert.ok(sent);
  gateway.receive(port, changed(sent));
  assert.deepEqual(
    ids.map((id) => stateOf(gateway, id)),
    ['in-doubt', 'done'],
  );
});

test('after a cut a sleeping device that wakes gets one request, and the rest when it has answered', () => {
  const gateway = new PlainGateway(new Map(), 1, wallMs);
  const location = locationOf(gateway.receive(port, register('meter', 'Q')));
  gateway.pass(200_000);
  operate(gateway, read);
  for (const path of ['/3300/0/5700', '/3300/1/5700', '/3300/2/5700']) {
    gateway.ask({ kind: 'observe', endpoint: 'meter', path: path as never });
  }
  const next = restarted(gateway, 60_000);
  next.pass(60_000);
  assert.deepEqual(next.takeSent(port), []);
  const first = next.receive(port, atLocation('POST', location)).filter(({ code }) => code === '0.01');
  assert.equal(first.length, 1);
  next.pass(92_000);
  const repeated = next.takeSent(port).filter(({ code }) => code === '0.01');
  assert.deepEqual(new Set(repeated.map(identity)), new Set([identity(first[0])]), 'nobody may have woken');
  next.pass(200_000);
  const waiting = next.receive(port, atLocation('POST', location)).filter(({ code }) => code === '0.01');
  const asked = new Set<string | undefined>();
  for (let sent = waiting.shift(); sent !== undefined; sent = waiting.shift()) {
    asked.add(identity(sent));
    const isObserve = sent.options.some(({ name }) => name === 'Observe');
    waiting.push(...next.receive(port, answerTo(sent, isObserve ? 1 : undefined)));
  }
  assert.equal(asked.size, 4);
});

test('over another connection what may not be done twice is not repeated, neither by a timer nor after a restart', () => {
  const times = { acceptedAtUptimeMs: 0, acceptedAtWall: undefined, expiresMs: 1, expiresAtUptimeMs: 1 };
  const fields = { id: 7, endpoint: 'meter', account: 'test', path: reboot.path, isDurable: true, ...times };
  const peer = 'secure|meter' as PeerId;
  const at = { atUptimeMs: 0, atWall: undefined, bytes: Uint8Array.of(1) };
  for (const [current, repeats] of [
    [3, true],
    [4, false],
  ] as const) {
    for (const asked of [reboot, write]) {
      const operation = newOperation({ ...fields, asked, expiresAtWall: undefined }) as OwnOperation;
      Object.assign(operation, { state: 'sent', leftAt: 0, interruption: 'restarted' });
      operation.message = { peer, token: Uint8Array.of(2), messageId: 1, association: 3, ...at };
      const told: string[] = [];
      const flow = {
        list: { get: () => operation },
        begin: () => told.push('again'),
        awaitLate: () => {},
        queueAgain: () => told.push('anew'),
        deliverSoon: () => {},
        finish: (_operation: unknown, state: string) => told.push(state),
      } as unknown as OperationFlow;
      const registrations = {} as Registrations;
      const interrupted = new InterruptedOperations(flow, new Uptime(), {
        registrations,
        associationOf: () => current,
      });
      assert.equal(interrupted.mayRepeat(7), repeats || asked === write);
      const step = new Step({ monotonic: 1_000 as Monotonic, wall: 0 as Wall, wallTrusted: false });
      interrupted.resume(operation, { peer } as Registration, step);
      assert.deepEqual(told, [repeats ? 'again' : asked === write ? 'anew' : 'in-doubt']);
    }
  }
});

/** What was sent to the device and not taken yet, of the operation's method. */
function requestsFor(gateway: PlainGateway, { verb }: DeviceOperation): ParsedPacket[] {
  const code = verb === 'execute' ? '0.02' : verb === 'write' ? '0.03' : '0.01';
  return gateway.takeSent(port).filter((packet) => packet.code === code);
}

function statusOf(gateway: PlainGateway): { readonly inDoubt: number } {
  const answer = gateway.inspect({ kind: 'status' });
  assert.ok(answer.kind === 'status');
  return answer.status.operations;
}
