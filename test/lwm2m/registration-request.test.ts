/** Register as the specifications write it and as devices send it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { noBytes, utf8Encode } from '../../src/base/bytes.ts';
import { limits } from '../../src/base/limits.ts';
import { isRefusal, type Refusal } from '../../src/lwm2m/refusal.ts';
import { strictRules, tolerantRules } from '../../src/lwm2m/registration-parameters.ts';
import { parseRegister, type RegistrationRequest } from '../../src/lwm2m/registration-request.ts';
import { implementationVectors, payloadOf, skipImplementationVectors, trackedVectors, type Vector } from './vectors.ts';

test('the vectors of the specifications and our own', () => {
  const vectors = trackedVectors('register');
  assert.ok(vectors.length >= 30);
  for (const vector of vectors) checkVector(vector);
});

test('the vectors of other implementations', { skip: skipImplementationVectors }, () => {
  for (const vector of implementationVectors('register')) checkVector(vector);
});

test('every way to ask for queue mode is taken', () => {
  for (const query of [
    ['lwm2m=1.0', 'Q'],
    ['lwm2m=1.0', 'b=UQ'],
    ['lwm2m=1.1', 'b=UQ'],
    ['lwm2m=1.1', 'b=U', 'Q'],
    ['lwm2m=1.2', 'Q=1'],
  ])
    assert.equal(registered(['ep=a', 'lt=60', ...query]).queueMode, true, query.join('&'));
  assert.equal(registered(['ep=a', 'lt=60', 'lwm2m=1.2']).queueMode, false);
});

test('the endpoint name may come from the security identity, and must not differ from it', () => {
  assert.equal(registered(['lt=60', 'lwm2m=1.1'], 'meter-17').endpoint, 'meter-17');
  assert.equal(registered(['ep=meter-17', 'lt=60', 'lwm2m=1.1'], 'meter-17').endpoint, 'meter-17');
  const other = refused(['ep=pump', 'lt=60', 'lwm2m=1.1'], 'meter-17');
  assert.deepEqual([other.code, other.kind], ['4.00', 'identity-mismatch']);
});

test('a name of 255 bytes is taken, a longer one refused', () => {
  assert.equal(registered([`ep=${'n'.repeat(255)}`, 'lwm2m=1.1']).endpoint.length, 255);
  assert.equal(refused([`ep=${'ü'.repeat(128)}`, 'lwm2m=1.1']).code, '4.00');
});

test('a lifetime of 0 is as good as none', () => {
  assert.equal(registered(['ep=a', 'lt=0', 'lwm2m=1.1']).lifetimeSeconds, 86_400);
});

test('a payload without Content-Format is a list, with another one it is 4.15', () => {
  assert.equal(registered(['ep=a', 'lwm2m=1.1'], undefined, undefined).objectLinks.length, 2);
  assert.equal(refused(['ep=a', 'lwm2m=1.1'], undefined, 0).code, '4.15');
});

test('a missing version is 1.0 only where the rules say so', () => {
  const message = { query: ['ep=a'], contentFormat: 40, payload: utf8Encode('</1/0>') };
  const result = parseRegister(message, undefined, { ...tolerantRules, versionMayBeMissing: true });
  assert.equal((result as RegistrationRequest).version, '1.0');
});

test('a list longer than we keep is 4.13, and parameters without end are 4.00', () => {
  const links = Array.from({ length: limits.objectLinksMax + 1 }, (_, i) => `</3303/${i}>`).join(',');
  const query = ['ep=a', 'lwm2m=1.1'];
  const long = parseRegister({ query, contentFormat: 40, payload: utf8Encode(links) }, undefined);
  assert.equal(isRefusal(long) && long.code, '4.13');
  assert.equal(refused([...query, ...Array.from({ length: 40 }, (_, i) => `x${i}=1`)]).code, '4.00');
});

test('a parameter named like a property of every object is a parameter', () => {
  const { additionalAttributes } = registered(['ep=a', 'lwm2m=1.1', '__proto__=1', 'constructor']);
  assert.deepEqual(Object.entries(additionalAttributes), [
    ['__proto__', '1'],
    ['constructor', true],
  ]);
});

test('a version that is served by nobody gets 4.12, so that the client tries a lower one', () => {
  assert.equal(refused(['ep=a', 'lwm2m=1.3']).code, '4.12');
  assert.equal(refused(['ep=a', 'lwm2m=1.0.2']).code, '4.00');
});

test('a register without payload names no objects', () => {
  const result = parseRegister({ query: ['ep=a', 'lwm2m=1.1'], contentFormat: undefined, payload: noBytes }, undefined);
  assert.equal(isRefusal(result) && result.code, '4.00');
});

function parse(query: readonly string[], name: string | undefined, contentFormat: number | undefined) {
  return parseRegister({ query, contentFormat, payload: utf8Encode('</1/0>,</3/0>') }, name);
}

function registered(
  query: readonly string[],
  name?: string,
  contentFormat: number | undefined = 40,
): RegistrationRequest {
  const result = parse(query, name, contentFormat);
  if (isRefusal(result)) assert.fail(result.reason);
  return result;
}

function refused(query: readonly string[], name?: string, contentFormat: number | undefined = 40): Refusal {
  const result = parse(query, name, contentFormat);
  if (!isRefusal(result)) assert.fail('it was taken');
  assert.match(result.reason, /\.$/);
  return result;
}

function checkVector(vector: Vector): void {
  const message = { query: vector.query ?? [], contentFormat: 40, payload: payloadOf(vector) };
  const result = parseRegister(message, undefined, strictRules);
  const expected = vector.expected as { code: string };
  if (isRefusal(result)) assert.equal(result.code, expected.code, `${vector.id}: ${result.reason}`);
  else assert.deepEqual(asVector(result), expected, vector.id);
}

function asVector(request: RegistrationRequest): unknown {
  return {
    ep: request.endpoint,
    lt: request.lifetimeSeconds,
    lwm2m: request.version,
    b: request.binding,
    queue: request.queueMode,
    sms: request.sms ?? null,
    pid: request.profileIds,
    root: request.rootPath,
    ct: request.contentFormats,
    objects: request.objectLinks.map(({ path, attributes }) => {
      const version = attributes['ver'];
      return version === undefined ? { path } : { path, ver: version };
    }),
    code: '2.01',
  };
}
