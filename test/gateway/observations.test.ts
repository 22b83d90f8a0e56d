/** What a start left of observations counts before it is read: a wish whose relation is dormant is fulfilled. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { toHex } from '../../src/base/bytes.ts';
import { LateReading } from '../../src/gateway/late-reading.ts';
import { Observations } from '../../src/gateway/observations.ts';
import { Uptime } from '../../src/gateway/uptime.ts';
import { parsePath, type ResourcePath } from '../../src/lwm2m/path.ts';
import { encodeKind, keyOf } from '../../src/records/record-kind.ts';
import { relationRecord } from '../../src/records/relation-record.ts';
import type { Aead } from '../../src/records/sealed-record.ts';
import { wishRecord } from '../../src/records/wish-record.ts';

const aead: Aead = { seal: (plaintext) => plaintext, open: (sealed) => sealed };
const path = parsePath('/3303/0/5700') as ResourcePath;
const token = new Uint8Array(8).fill(1);

function restored(endpoint: string, standing: boolean | undefined, pmaxSeconds?: number): Observations {
  const foundations = { aead, uptime: new Uptime(), entropy: () => {} };
  const reading = new LateReading(foundations);
  reading.readOn(true);
  const observations = new Observations(foundations, reading);
  const wishKey = keyOf(wishRecord, endpoint, path);
  const wish = { pminSeconds: undefined, pmaxSeconds, account: 'somebody' };
  observations.restore({ key: wishKey, value: encodeKind(wishRecord, aead, wishKey, wish) });
  if (standing === undefined) return observations;
  const key = keyOf(relationRecord, endpoint, path, toHex(token));
  const said = { peer: `field|${endpoint}`, token, standing, ended: false, askedAtUptimeMs: 5 };
  const relation = { ...said, requestPath: ['3303', '0', '5700'], query: [], accept: undefined };
  observations.restore({ key, value: encodeKind(relationRecord, aead, key, relation) });
  return observations;
}

test('nothing is wanted of a device whose relation was running; of one that did not answer, or was not asked, it is', () => {
  assert.equal(restored('meter', true).wantsOf('meter'), false);
  assert.equal(restored('meter', false).wantsOf('meter'), true);
  assert.equal(restored('meter', undefined).wantsOf('meter'), true);
});

test('a wish and its relation are found together, whoever looks first', () => {
  assert.equal(restored('meter', true).wish('meter', path)?.relation?.standing, true);
  assert.equal(restored('meter', true, 60).hastened('meter')[0]?.relation?.standing, true);
  assert.deepEqual(restored('meter', true).hastened('meter'), []);
});
