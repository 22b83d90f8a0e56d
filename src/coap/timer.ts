/** Everything that can have a deadline. `Coap.advance` hands each to the part that owns it. */
import type { BodyAssembly } from './body-assembly.ts';
import type { BodyPages } from './body-pages.ts';
import type { Outgoing } from './outgoing.ts';
import type { OutgoingPeer } from './outgoing-messages.ts';
import type { PendingRequest } from './pending-request.ts';
import type { ReceivedMessage } from './received-message.ts';
import type { ReceivedPeer } from './received-messages.ts';
import type { RequesterPeer } from './requester-peer.ts';

export type Timer =
  | ReceivedMessage
  | ReceivedPeer
  | Outgoing
  | OutgoingPeer
  | PendingRequest
  | RequesterPeer
  | BodyAssembly
  | BodyPages;
