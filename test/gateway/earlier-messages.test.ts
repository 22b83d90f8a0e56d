import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { PeerId } from '../../src/base/address.ts';
import type { Monotonic } from '../../src/base/instants.ts';
import type { Coap, RestoredMessage } from '../../src/coap/coap.ts';
import { EarlierMessages } from '../../src/gateway/earlier-messages.ts';

const at = (ms: number): Monotonic => ms as Monotonic;
const [meter, pump] = ['field|meter' as PeerId, 'field|pump' as PeerId];
const message = (messageId: number, ageMs: number): RestoredMessage => ({
  messageId,
  token: Uint8Array.of(1),
  association: 1,
  digest: 2,
  answer: 'acknowledgement',
  ageMs,
});

/** What the CoAP layer was told to remember. */
function taken(earlier: EarlierMessages, peer: PeerId, now: Monotonic): (readonly [PeerId, number, number, number])[] {
  const told: (readonly [PeerId, number, number, number])[] = [];
  const rememberMessage = (of: PeerId, { messageId, ageMs }: RestoredMessage, when: Monotonic): void => {
    told.push([of, messageId, ageMs, when]);
  };
  earlier.takeUp(peer, { rememberMessage } as unknown as Coap, now);
  return told;
}

test('the messages of a peer are remembered when it speaks, once, in their order and as old as they are by then', () => {
  const earlier = new EarlierMessages();
  earlier.add(meter, message(1, 500), at(100));
  earlier.add(pump, message(7, 0), at(100));
  earlier.add(meter, message(2, 300), at(100));
  assert.deepEqual(taken(earlier, meter, at(1_100)), [
    [meter, 1, 1_500, 1_100],
    [meter, 2, 1_300, 1_100],
  ]);
  assert.deepEqual(taken(earlier, meter, at(1_200)), []);
  assert.deepEqual(taken(earlier, pump, at(1_200)), [[pump, 7, 1_100, 1_200]]);
});
