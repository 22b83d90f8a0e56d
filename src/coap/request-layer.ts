/**
 * The request layer in both roles, over whatever carries its contents (messaging.ts): what a received content is about, and which
 * part takes it.
 */
import { unreachable } from '../base/assert.ts';
import type { Deadlines } from '../base/deadlines.ts';
import type { Entropy } from '../base/entropy.ts';
import type { Monotonic } from '../base/instants.ts';
import type { BodyAssembly } from './body-assembly.ts';
import type { BodyPages } from './body-pages.ts';
import type { Messaging, Received } from './messaging.ts';
import type { CoapOutput, PeerId } from './output.ts';
import type { TransmissionParameters } from './parameters.ts';
import type { PendingRequest } from './pending-request.ts';
import { Requester } from './requester.ts';
import type { RequesterPeer } from './requester-peer.ts';
import { Responder } from './responder.ts';
import type { Timer } from './timer.ts';

export class RequestLayer {
  readonly requester: Requester;
  readonly responder: Responder;

  constructor(
    messaging: Messaging,
    deadlines: Deadlines<Timer>,
    entropy: Entropy,
    parametersOf: (peer: PeerId) => TransmissionParameters,
  ) {
    this.requester = new Requester(messaging, deadlines, entropy, parametersOf);
    this.responder = new Responder(messaging, deadlines, parametersOf);
  }

  receive(received: Received, now: Monotonic, output: CoapOutput): void {
    switch (received.kind) {
      case 'request':
        return this.responder.receive(received.message, received.received, now, output);
      case 'refused':
        return this.responder.receiveRefused(received.peer, received.message, output);
      case 'response':
        return this.requester.receive(received, now, output);
      case 'acknowledged':
        return this.requester.acknowledged(received.outgoing, now, output);
      case 'reset':
        return this.requester.ended(received.outgoing, 'reset', now, output);
      case 'unmatched':
        return this.requester.receiveUnmatched(received, now, output);
      default:
        return unreachable(received);
    }
  }

  /** A deadline of this layer has come. */
  due(timer: PendingRequest | RequesterPeer | BodyAssembly | BodyPages, now: Monotonic, output: CoapOutput): void {
    switch (timer.kind) {
      case 'pending-request':
        return this.requester.due(timer, now, output);
      case 'requester-peer':
        return this.requester.queue.peerDue(timer, now);
      case 'body-assembly':
      case 'body-pages':
        return this.responder.due(timer);
      default:
        return unreachable(timer);
    }
  }

  removePeer(peer: PeerId, now: Monotonic, output: CoapOutput): void {
    this.requester.removePeer(peer, now, output);
    this.responder.removePeer(peer);
  }
}
