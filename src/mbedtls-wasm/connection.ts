/** One DTLS connection, in either role. Synchronous: datagrams and time-outs in, datagrams and plaintexts out. */
import type { DtlsError } from './errors.ts';
import type { Progress } from './progress.ts';
import type { Suite } from './suites.ts';

const unbuilt = (): never => {
  throw new Error('the engine is being built');
};

export class Connection {
  readonly sendSequence: number = 0;
  readonly sendEpoch: number = 0;
  readonly established: boolean = false;
  readonly finalFlightPending: boolean = false;
  readonly resumed: boolean = false;
  readonly suite: Suite | undefined = undefined;
  readonly peerIdentity: Uint8Array | undefined = undefined;
  readonly peerConnectionId: Uint8Array | undefined = undefined;
  readonly ownConnectionId: Uint8Array | undefined = undefined;
  readonly nextTimeoutAtMs: number | undefined = undefined;
  start(): Progress {
    return unbuilt();
  }
  receive(_datagram: Uint8Array): Progress {
    return unbuilt();
  }
  timeout(): Progress {
    return unbuilt();
  }
  seal(_plaintext: Uint8Array): Uint8Array | DtlsError {
    return unbuilt();
  }
  close(): Progress {
    return unbuilt();
  }
  export(): Uint8Array {
    return unbuilt();
  }
  setSendBounds(_floor: number, _ceiling: number): void {}
  receiveWindow(): Uint8Array {
    return unbuilt();
  }
  setReceiveWindow(_window: Uint8Array): void {}
  exportSession(): Uint8Array | undefined {
    return unbuilt();
  }
  share(): boolean {
    return unbuilt();
  }
  free(): void {}
}
