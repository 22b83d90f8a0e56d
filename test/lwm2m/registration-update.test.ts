import assert from 'node:assert/strict';
import { test } from 'node:test';
import { noBytes, utf8Encode } from '../../src/base/bytes.ts';
import { isRefusal } from '../../src/lwm2m/refusal.ts';
import { strictRules, tolerantRules } from '../../src/lwm2m/registration-parameters.ts';
import { parseRegister, type RegistrationRequest } from '../../src/lwm2m/registration-request.ts';
import { applyUpdate, parseUpdate, type RegistrationUpdate } from '../../src/lwm2m/registration-update.ts';

const registered = parseRegister(
  {
    query: ['ep=node', 'lt=300', 'lwm2m=1.1'],
    contentFormat: 40,
    payload: utf8Encode('</lwm2m>;rt="oma.lwm2m";ct=110,</lwm2m/1/0>,</lwm2m/3/0>'),
  },
  undefined,
) as RegistrationRequest;

test('an Update that says nothing new leaves the registration as it is', () => {
  for (const query of [[], ['lt=300'], ['b=U']]) assert.equal(applyUpdate(registered, updated(query)), registered);
});

test('an Update changes what it names', () => {
  const next = applyUpdate(registered, updated(['lt=6000', 'b=U', 'Q', 'sms=491701234567']));
  assert.equal(next.lifetimeSeconds, 6_000);
  assert.equal(next.queueMode, true);
  assert.equal(next.sms, '491701234567');
  assert.deepEqual(next.objectLinks, registered.objectLinks);
});

test('a list replaces the list, without Content-Format and without root link too', () => {
  const update = updated([], '</lwm2m/1/0>,</lwm2m/3/0>,</lwm2m/3303/0>', undefined);
  const next = applyUpdate(registered, update);
  assert.deepEqual(
    next.objectLinks.map(({ path }) => path),
    ['/1/0', '/3/0', '/3303/0'],
  );
  assert.equal(next.rootPath, '/lwm2m');
  assert.deepEqual(next.contentFormats, [110]);
});

test('in 1.0 a binding without Q ends queue mode, later it says nothing about it', () => {
  assert.equal(updated(['b=U'], '', 40, '1.0').queueMode, false);
  assert.equal(updated(['b=U']).queueMode, undefined);
  assert.equal(updated(['b=UQ'], '', 40, '1.0').queueMode, true);
});

test('ep and lwm2m are ignored, strictly they are 4.00', () => {
  assert.equal(updated(['ep=other', 'lwm2m=1.1']).lifetimeSeconds, undefined);
  const refused = parseUpdate({ query: ['ep=a'], contentFormat: undefined, payload: noBytes }, registered, strictRules);
  assert.equal(isRefusal(refused) && refused.code, '4.00');
});

test('a bad lifetime or list is 4.00', () => {
  for (const [query, list] of [
    [['lt=x'], ''],
    [[], '</1/0>,<3'],
    [['b=Z'], ''],
  ] as const) {
    const result = parseUpdate({ query, contentFormat: 40, payload: utf8Encode(list) }, registered, tolerantRules);
    assert.equal(isRefusal(result) && result.code, '4.00');
  }
});

function updated(
  query: readonly string[],
  list = '',
  contentFormat: number | undefined = 40,
  version: '1.0' | '1.1' = '1.1',
) {
  const message = { query, contentFormat, payload: utf8Encode(list) };
  const result = parseUpdate(message, { version, rootPath: registered.rootPath });
  if (isRefusal(result)) assert.fail(result.reason);
  return result satisfies RegistrationUpdate;
}
