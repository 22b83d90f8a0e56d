import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ManagementResponse } from '../../src/management/plan.ts';
import { answered, ask, device, FakeKnowledge, keyOf, planned, sleeper, unseen, wall } from './fake-knowledge.ts';

const key = '00112233445566778899aabbccddeeff';

test('a client: every field that Leshan clients read', () => {
  const here = new FakeKnowledge().add(device('meter-17', { additionalAttributes: { site: 'north' } }));
  assert.deepEqual(answered(here, ask('GET', '/api/clients/meter-17')).json(), {
    endpoint: 'meter-17',
    registrationId: '4kX2',
    registrationDate: wall - 16_140_000,
    lastUpdate: wall - 34_000,
    address: '192.0.2.17:52114',
    lwM2mVersion: '1.1',
    lifetime: 60,
    bindingMode: 'U',
    rootPath: '/',
    objectLinks: [
      { url: '/1/0', attributes: {} },
      { url: '/3303', attributes: { ver: '1.1' } },
      { url: '/3303/0', attributes: { pmin: 10 } },
      { url: '/3303/1', attributes: {} },
    ],
    secure: true,
    additionalRegistrationAttributes: { site: 'north' },
    availableInstances: { 1: [0], 3303: [0, 1] },
    queuemode: false,
    sleeping: false,
  });
});

test('the list holds registered clients only, a chunk at a time', () => {
  const here = new FakeKnowledge()
    .add(sleeper('b'))
    .add(unseen('a'))
    .add(device('c', { state: 'gone' }))
    .add(device('d'));
  assert.deepEqual(
    elementsOf(here, '/api/clients').map((one) => [one.endpoint, one.sleeping]),
    [
      ['b', true],
      ['d', false],
    ],
  );
  for (let i = 0; i < 250; i++) here.add(device(`n${String(i).padStart(3, '0')}`));
  assert.equal(elementsOf(here, '/api/clients').length, 252);
});

test('a name with slashes and blanks, percent-encoded', () => {
  const here = new FakeKnowledge().add(device('valve north/3'));
  const response = answered(here, ask('GET', '/api/clients/valve%20north%2F3'));
  assert.equal((response.json() as { endpoint: string }).endpoint, 'valve north/3');
});

test('security: put, shown, listed, removed; the key never comes back', () => {
  const here = new FakeKnowledge();
  const put = planned(here, ask('PUT', '/api/security/clients/', { body: securityBody(key) }));
  assert.ok(put.kind === 'operate' && put.action.kind === 'add-device' && put.action.key !== undefined);
  assert.equal(Buffer.from(put.action.key).toString('hex'), key);
  assert.deepEqual(
    { ...put.action, key: undefined },
    {
      kind: 'add-device',
      endpoint: 'meter-17',
      identity: 'id-17',
      key: undefined,
      replace: false,
    },
  );
  const added = put.next({ kind: 'added', endpoint: 'meter-17' });
  assert.ok(added.kind === 'respond' && added.response.status === 200);

  here.add(device('meter-17'));
  const view = { endpoint: 'meter-17', tls: { mode: 'psk', details: { identity: 'meter-17' } } };
  assert.deepEqual(answered(here, ask('GET', '/api/security/clients/meter-17')).json(), view);
  assert.deepEqual(elementsOf(here, '/api/security/clients'), [view]);
  const removed = planned(here, ask('DELETE', '/api/security/clients/meter-17'));
  assert.ok(removed.kind === 'operate');
  assert.deepEqual(removed.action, { kind: 'remove-device', endpoint: 'meter-17', keepCredentials: false });
});

test('a caller who speaks our schema gets the change as JSON', () => {
  const request = ask('PUT', '/api/security/clients/?replace=true', { body: securityBody(key), wantsJson: true });
  const put = planned(new FakeKnowledge(), request);
  assert.ok(put.kind === 'operate' && put.action.kind === 'add-device' && put.action.replace);
  const replaced = put.next({ kind: 'replaced', endpoint: 'meter-17' });
  assert.deepEqual(bodyOf(replaced), { endpoint: 'meter-17', result: 'replaced' });
  const exists = put.next({ kind: 'error', code: 'EXISTS_ALREADY', message: '' });
  assert.deepEqual(bodyOf(exists), {
    error: {
      exit: 11,
      code: 'EXISTS_ALREADY',
      message: 'the identity "id-17" belongs to another device.',
      lines: ['Nothing was changed.'],
      next: null,
      operation: null,
    },
  });
});

test('a bad key is refused by its length and kind, and is not repeated', () => {
  const said = (bad: string) => {
    const request = ask('PUT', '/api/security/clients/', { body: securityBody(bad) });
    const response = answered(new FakeKnowledge(), request);
    assert.equal(response.status, 400);
    return response.body;
  };
  assert.equal(said(key.slice(1)), 'The key has 31 hex digits; two make a byte.');
  assert.equal(said('secret!!'), 'The key is not hex: it holds other characters.');
  assert.equal(said('001122'), 'The key has 3 bytes; it needs 4 to 64.');
  assert.equal(said('00'.repeat(65)), 'The key has 65 bytes; it needs 4 to 64.');
});

test('security: a device with a certificate, which has no details', () => {
  const here = new FakeKnowledge();
  const body = '{"endpoint":"meter-18","tls":{"mode":"x509"}}';
  const put = planned(here, ask('PUT', '/api/security/clients/', { body }));
  assert.ok(put.kind === 'operate');
  const added = { kind: 'add-device', endpoint: 'meter-18', identity: 'meter-18', key: undefined, replace: false };
  assert.deepEqual(put.action, added);
  const credential = { ...keyOf('meter-18'), keyBytes: undefined };
  here.add(device('meter-18', { security: 'x509', credential }));
  const shown = answered(here, ask('GET', '/api/security/clients/meter-18'));
  assert.deepEqual(shown.json(), JSON.parse(body));
});

test('security bodies of other kinds are refused', () => {
  const status = (body: string) => answered(new FakeKnowledge(), ask('PUT', '/api/security/clients/', { body })).status;
  assert.equal(status('{'), 400);
  assert.equal(status('{"endpoint":"x"}'), 400);
  assert.equal(status('{"endpoint":"x","tls":{"mode":"x509","details":{"certificate":""}}}'), 501);
  assert.equal(
    status(JSON.stringify({ endpoint: 'x'.repeat(256), tls: { mode: 'psk', details: { identity: 'i', key } } })),
    400,
  );
});

function securityBody(hex: string): string {
  return JSON.stringify({ endpoint: 'meter-17', tls: { mode: 'psk', details: { identity: 'id-17', key: hex } } });
}

function bodyOf(plan: { kind: string; response?: ManagementResponse }): unknown {
  assert.ok(plan.response !== undefined);
  return JSON.parse(plan.response.body);
}

// biome-ignore lint/suspicious/noExplicitAny: what a JSON list holds is what the tests find out.
function elementsOf(here: FakeKnowledge, target: string): any[] {
  const list = planned(here, ask('GET', target));
  assert.ok(list.kind === 'list');
  const elements: string[] = [];
  let after: string | undefined;
  do {
    const chunk = list.chunk(after);
    elements.push(...chunk.elements);
    after = chunk.after;
  } while (after !== undefined);
  return elements.map((element) => JSON.parse(element));
}
