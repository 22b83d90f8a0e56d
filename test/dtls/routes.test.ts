/** Which associations an address or a peer leads to, through handshakes, moves and ends. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Address, PeerId } from '../../src/base/address.ts';
import type { Association } from '../../src/dtls/association.ts';
import { Routes } from '../../src/dtls/routes.ts';
import { at, field } from './dtls-world.ts';

const [here, there] = [at('192.0.2.1'), at('192.0.2.2')];

test('an unknown address has no slot, and asking makes none', () => {
  const routes = new Routes();
  assert.equal(routes.slot(field, here), undefined);
  assert.deepEqual(routes.ofPeer('field|a' as PeerId), []);
});

test('slots are told apart by listener and address', () => {
  const routes = new Routes();
  const slot = routes.slotMade(field, here);
  assert.equal(routes.slotMade(field, here), slot);
  assert.notEqual(routes.slotMade('lab' as typeof field, here), slot);
  assert.notEqual(routes.slotMade(field, there), slot);
});

test('a candidate becomes current, the one before it older', () => {
  const routes = new Routes();
  const [first, second] = [made(routes, 'a', here), made(routes, 'a', here)];
  const slot = routes.slotMade(field, here);
  slot.candidate = second;
  routes.makeCurrent(second, peerOf(second));
  assert.deepEqual(slot, { current: second, older: first, candidate: undefined, finishing: undefined });
  assert.deepEqual(routes.ofPeer(peerOf(first)), [second, first]);
});

test('when the current one goes, the older one is current again', () => {
  const routes = new Routes();
  const [first, second] = [made(routes, 'a', here), made(routes, 'a', here)];
  routes.remove(second);
  assert.equal(routes.slot(field, here)?.current, first);
  assert.equal(routes.slot(field, here)?.older, undefined);
  routes.remove(first);
  assert.equal(routes.slot(field, here), undefined);
  assert.deepEqual(routes.ofPeer(peerOf(first)), []);
  assert.equal(routes.byId.size, 0);
});

test('an open handshake keeps the slot of its address', () => {
  const routes = new Routes();
  const first = made(routes, 'a', here);
  const candidate = association('a', here);
  routes.slotMade(field, here).candidate = candidate;
  routes.remove(first);
  assert.equal(routes.slot(field, here)?.candidate, candidate);
  routes.remove(candidate);
  assert.equal(routes.slot(field, here), undefined);
});

test('a move takes the association along and pushes whoever is there aside', () => {
  const routes = new Routes();
  const [mover, other] = [made(routes, 'a', here), made(routes, 'b', there)];
  routes.move(mover, there);
  assert.equal(routes.slot(field, here), undefined);
  assert.equal(mover.primaryAddress, there);
  assert.equal(routes.slot(field, there)?.current, mover);
  assert.equal(routes.slot(field, there)?.older, other);
  routes.move(mover, here);
  assert.equal(routes.slot(field, there)?.current, other);
});

let ids = 0;

/** Only what routes look at. */
function association(peer: string, primaryAddress: Address): Association {
  return { id: `${ids++}`, listener: field, primaryAddress, peer: `field|${peer}` } as unknown as Association;
}

function made(routes: Routes, peer: string, from: Address): Association {
  const one = association(peer, from);
  routes.byId.set(one.id, one);
  routes.makeCurrent(one, peerOf(one));
  return one;
}

function peerOf(one: Association): PeerId {
  return one.peer as PeerId;
}
