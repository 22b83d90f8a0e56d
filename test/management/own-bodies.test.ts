import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { wallText } from '../../src/management/wall-text.ts';
import {
  answered,
  ask,
  at,
  device,
  entry,
  FakeKnowledge,
  keyOf,
  operation,
  planned,
  unseen,
} from './fake-knowledge.ts';

test('status: the gateway and the process in one body', () => {
  const body = answered(new FakeKnowledge(), ask('GET', '/api/holdfast/status')).json();
  assert.deepEqual(body, {
    version: '0.1.0',
    at: '2026-11-22T18:31:07.000Z',
    generation: 7,
    servingSeconds: 192,
    lastStop: 'unclean',
    startToServingMs: 900,
    host: 'gw-17',
    devices: { online: 1, awake: 0, asleep: 0, restored: 0, silent: 0, gone: 0, unseen: 0, muted: 0 },
    sinceStart: { heardFrom: 1, handshakes: 0, registrations: 0 },
    events: { perMinute: 3, held: 0, oldestSecondsAgo: 60, lastId: 0 },
    operations: { queued: 0, sent: 0, inDoubt: 0 },
    store: {
      state: 'ok',
      writtenBytes24h: 38_200_000,
      logicalBytes24h: 12_100_000,
      commits24h: 1_204,
      journalBytes24h: 5_000_000,
      databaseBytes24h: 30_000_000,
      deviceBytes24h: 52_000_000,
      budgetBytesPerDay: 1_095_890_410,
      spacingMs: 500,
      wear: 'within',
    },
    clock: { trusted: true, source: 'NTP' },
    drops: [{ reason: 'replayed-record', lastHour: 5, total: 9 }],
    listeners: [{ name: 'field', url: 'coaps://0.0.0.0:5684' }],
    attention: [],
  });
});

test('devices: one element each, null for what does not apply', () => {
  const list = planned(new FakeKnowledge().add(unseen('yard-light')), ask('GET', '/api/holdfast/devices'));
  assert.ok(list.kind === 'list');
  const { elements, after } = list.chunk(undefined);
  assert.equal(after, undefined);
  assert.deepEqual(JSON.parse(elements[0] ?? ''), {
    endpoint: 'yard-light',
    state: 'unseen',
    heardAt: null,
    heardSecondsAgo: null,
    expiresInSeconds: 56,
    lifetimeSeconds: 60,
    queueMode: false,
    binding: 'U',
    lwm2mVersion: '1.1',
    registrationId: null,
    registeredAt: '2026-11-22T14:02:07.000Z',
    address: null,
    listener: 'field',
    security: 'psk',
    connectionId: false,
    connection: 'live',
    observations: 0,
    queued: 0,
  });
});

test('device: with a certificate it has no key; of the certificate it is told what was seen last', () => {
  const certificate = { sha256: 'ab'.repeat(32), endsAtWall: Date.UTC(2027, 0, 1) };
  const credential = { ...keyOf('meter-17'), keyBytes: undefined, certificate };
  const here = new FakeKnowledge().add(device('meter-17', { security: 'x509', credential }));
  const body = answered(here, ask('GET', '/api/holdfast/devices/meter-17')).json() as Record<string, unknown>;
  assert.equal(body['psk'], null);
  assert.deepEqual(body['x509'], {
    addedAt: '2026-11-22T18:28:07.000Z',
    addedBy: 'ops',
    certificateSha256: 'ab'.repeat(32),
    validUntil: '2027-01-01T00:00:00.000Z',
  });
});

test('device: links, credentials without the key, connection, observations, queue', () => {
  const observation = {
    path: at('/3303/0/5700'),
    pminSeconds: 10,
    pmaxSeconds: 60,
    state: 'running',
    entry: entry('/3303/0/5700', { type: 'float', value: 21.5 }),
    receivedSecondsAgo: 4,
    received: 1_574,
  } as const;
  const queue = [operation(9, { state: 'queued', code: undefined, expiresInMs: 1_500 })];
  const here = new FakeKnowledge().add(device('meter-17', { observationList: [observation], queue }));
  const body = answered(here, ask('GET', '/api/holdfast/devices/meter-17')).json() as Record<string, unknown>;
  assert.deepEqual([body['location'], body['listenerUrl'], body['ended']], ['/rd/4kX2', 'coaps://0.0.0.0:5684', null]);
  assert.equal(body['x509'], null);
  assert.deepEqual(body['psk'], { identity: 'meter-17', addedAt: '2026-11-22T18:28:07.000Z', addedBy: 'ops' });
  assert.deepEqual(body['dtls'], {
    version: '1.2',
    suite: 'PSK-AES128-CCM8',
    cid: false,
    establishedAt: '2026-11-22T14:02:07.000Z',
    establishedSecondsAgo: 16_140,
    restores: 3,
    handshakesSinceRestore: 0,
  });
  assert.deepEqual(body['observationList'], [
    {
      path: '/3303/0/5700',
      pminSeconds: 10,
      pmaxSeconds: 60,
      state: 'running',
      value: 21.5,
      type: 'float',
      receivedSecondsAgo: 4,
      received: 1_574,
    },
  ]);
  const [queued] = body['queue'] as Record<string, unknown>[];
  assert.deepEqual([queued?.['operation'], queued?.['expiresInSeconds']], [9, 2]);
  assert.deepEqual(body['objectLinks'], [
    { path: '/1/0', attributes: {} },
    { path: '/3303', attributes: { ver: '1.1' } },
    { path: '/3303/0', attributes: { pmin: 10 } },
    { path: '/3303/1', attributes: {} },
  ]);
});

test('while the clock is not trusted no instant is told', () => {
  const here = new FakeKnowledge().add(device('meter-17', { heardAtWall: undefined }));
  here.trusted = false;
  const body = answered(here, ask('GET', '/api/holdfast/devices/meter-17')).json() as Record<string, unknown>;
  const dtls = body['dtls'] as Record<string, unknown>;
  assert.deepEqual([body['heardAt'], body['heardSecondsAgo'], dtls['establishedAt']], [null, 4, null]);
});

test('removing a device, with or without its credentials', () => {
  const here = new FakeKnowledge().add(device('meter-17'));
  const action = (query: string) => {
    const plan = planned(here, ask('DELETE', `/api/holdfast/devices/meter-17${query}`));
    assert.ok(plan.kind === 'operate' && plan.action.kind === 'remove-device');
    const removed = plan.next({ kind: 'removed', endpoint: 'meter-17' });
    assert.ok(removed.kind === 'respond');
    assert.deepEqual(JSON.parse(removed.response.body), { endpoint: 'meter-17', result: 'removed' });
    return plan.action.keepCredentials;
  };
  assert.deepEqual([action(''), action('?keepCredentials=true')], [false, true]);
  assert.equal(answered(here, ask('DELETE', '/api/holdfast/devices/nobody')).status, 404);
});

test('an operation by its id; an unknown one', () => {
  const here = new FakeKnowledge().add(device('meter-17'));
  here.operations.set(1842, operation(1842, { payload: Uint8Array.of(1, 2) }));
  const payload = (target: string) => (answered(here, ask('GET', target)).json() as Record<string, unknown>)['payload'];
  assert.deepEqual(
    [payload('/api/holdfast/operations/1842'), payload('/api/holdfast/operations/1842?raw=true')],
    [null, '0102'],
  );
  assert.equal(answered(here, ask('GET', '/api/holdfast/operations/7')).status, 404);
});

test('configuration, version, wrong paths and methods', () => {
  const here = new FakeKnowledge();
  assert.deepEqual(answered(here, ask('GET', '/api/holdfast/configuration')).json(), { file: null, keys: [] });
  assert.deepEqual(answered(here, ask('GET', '/api/holdfast/version')).json(), {
    gateway: '0.1.0',
    engine: 'mbedTLS 3.6.6',
    node: '20.19.0',
    jsonSchema: 1,
  });
  for (const target of ['/', '/api', '/api/nothing', '/api/clients/%ff/3', '/api/clients/x/3/0/0/0/0']) {
    assert.equal(answered(here, ask('GET', target)).status, 404, target);
  }
  const wrong = answered(here, ask('POST', '/api/holdfast/status'));
  assert.deepEqual([wrong.status, wrong.allow], [405, 'GET']);
});

test('instants agree with the platform, leap days and years before 1970 included', () => {
  assert.equal(wallText(undefined), null);
  fc.assert(
    fc.property(
      fc.date({ min: new Date('0000-01-01T00:00:00Z'), max: new Date('9999-12-31T23:59:59Z'), noInvalidDate: true }),
      (date) => {
        assert.equal(wallText(date.getTime()), date.toISOString());
      },
    ),
    { seed: 17, numRuns: 500 },
  );
});
