/** Helpers of the tests about operations: a gateway with one registered device, what it is asked, and its next start. */
import assert from 'node:assert/strict';
import type { ParsedPacket } from 'coap-packet';
import type { DeviceOperation } from '../../src/gateway/operator.ts';
import type { OperationView } from '../../src/gateway/views.ts';
import type { ResourcePath } from '../../src/lwm2m/path.ts';
import { PlainGateway, register } from './plain-gateway.ts';

export const port = 5_001;
export const wallMs = 1_790_000_000_000;

export const read: DeviceOperation = { verb: 'read', path: '/3300/0/5700' as ResourcePath };
export const reboot: DeviceOperation = { verb: 'execute', path: '/3/0/4' as ResourcePath, arguments: '' };
export const write = writing('/3300/0/5601');
export const writeServer = writing('/1/0/1');

function writing(path: string): DeviceOperation {
  const entries = [{ path: path as ResourcePath, value: { type: 'integer', value: 300n } } as const];
  return { verb: 'write', path: path as ResourcePath, entries, replace: true };
}

export function registered(bootedAtWallMs: number | undefined = wallMs, ...query: string[]): PlainGateway {
  const gateway = new PlainGateway(new Map(), 1, bootedAtWallMs);
  gateway.receive(port, register('meter', ...query));
  return gateway;
}

/** Asks, and returns the id. */
export function operate(gateway: PlainGateway, operation: DeviceOperation, expiresMs = 3_600_000): number {
  const answer = gateway.ask({ kind: 'operate', endpoint: 'meter', operation, expiresMs });
  assert.equal(answer?.kind, 'accepted');
  return (answer as Extract<typeof answer, { kind: 'accepted' }>).operation.id;
}

/** The next start, after an outage of that long; the clock is trusted when `tellsTime`. */
export function restarted(gateway: PlainGateway, outageMs: number, tellsTime = true, generation = 2): PlainGateway {
  const stoppedAtWallMs = (gateway.bootedAtWallMs ?? wallMs) + gateway.nowMs;
  const bootedAtWallMs = tellsTime ? stoppedAtWallMs + outageMs - 1_000 : undefined;
  return new PlainGateway(gateway.records, generation, bootedAtWallMs);
}

export function viewOf(gateway: PlainGateway, id: number): OperationView {
  const answer = gateway.inspect({ kind: 'operation', id });
  assert.ok(answer.kind === 'operation' && answer.operation !== undefined, `operation ${id}`);
  return answer.operation;
}

export function stateOf(gateway: PlainGateway, id: number): string {
  return viewOf(gateway, id).state;
}

/** The one request that was sent to the device and not taken yet; undefined when there was none. */
export function request(gateway: PlainGateway): ParsedPacket | undefined {
  const requests = gateway.takeSent(port).filter(({ code }) => code.startsWith('0.') && code !== '0.00');
  assert.ok(requests.length <= 1, `${requests.length} requests`);
  return requests[0];
}

/** What tells one message from another. */
export function identity(packet: ParsedPacket | undefined): string | undefined {
  return packet && `${packet.messageId} ${packet.token.toString('hex')}`;
}

/** The ids of the event log, with the operation that each tells of. */
export function loggedEnds(gateway: PlainGateway): { id: number; operation: number; state: string }[] {
  const answer = gateway.inspect({ kind: 'events', after: 0, limit: 1_000 });
  assert.ok(answer.kind === 'events');
  return answer.events.flatMap((event) =>
    event.kind === 'response' ? [{ id: event.id, operation: event.operation.id, state: event.operation.state }] : [],
  );
}
