/**
 * A CoAP message as the codec gives it (RFC 7252 section 3), and the part of it that CoAP over TCP and OSCORE share: content
 * without type and message ID. The message layer deals in messages, the request layer in contents.
 */
import type { Code } from './code.ts';

export type MessageType = 'CON' | 'NON' | 'ACK' | 'RST';

export interface CoapOption {
  readonly number: number;
  readonly value: Uint8Array;
}

/** What two endpoints say to each other, whatever carries it. */
export interface Content {
  readonly code: Code;
  /** 0 to 8 bytes. */
  readonly token: Uint8Array;
  /** In the order of the wire, numbers never falling. */
  readonly options: readonly CoapOption[];
  readonly payload: Uint8Array;
}

export interface CoapMessage extends Content {
  readonly type: MessageType;
  /** 0 to 65535. */
  readonly messageId: number;
}
