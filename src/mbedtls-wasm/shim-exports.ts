/** The functions of the compiled shim (`c/*.c`). Pointers are addresses in the linear memory; 0 = none. */

export type Pointer = number;

export interface ShimExports {
  memory: WebAssembly.Memory;
  __wasm_call_ctors(): void;
  initialise(): void;
  areaIn(): Pointer;
  areaOut(): Pointer;
  outcome(): Pointer;
  allocate(bytes: number): Pointer;
  release(p: Pointer, bytes: number): void;
  aead(seal: number, p: Pointer, additionalLength: number, textLength: number): number;

  endpointNew(client: number, cidLength: number, mtu: number, timeoutMinMs: number, timeoutMaxMs: number): Pointer;
  endpointFree(endpoint: Pointer): void;
  endpointSuite(endpoint: Pointer, number: number): number;
  endpointPsk(endpoint: Pointer, keyLength: number, identityLength: number): number;
  endpointCertificate(endpoint: Pointer, length: number): number;
  endpointAnchor(endpoint: Pointer, length: number): number;
  endpointKey(endpoint: Pointer, length: number): number;
  endpointSessions(endpoint: Pointer): void;
  endpointTickets(endpoint: Pointer, lifetimeSeconds: number): void;
  endpointCheckClientHello(endpoint: Pointer, length: number, idLength: number): number;

  signatureIsGood(p: Pointer, hashBits: number, pointLength: number, messageLength: number, length: number): number;

  connectionNew(endpoint: Pointer, cidLength: number, transportIdLength: number): Pointer;
  connectionPsk(connection: Pointer, keyLength: number, identityLength: number): number;
  connectionFree(connection: Pointer): void;
  connectionReceive(connection: Pointer, length: number): void;
  connectionSeal(connection: Pointer, length: number): number;
  connectionClose(connection: Pointer): number;
  connectionShare(connection: Pointer): number;
  connectionExport(connection: Pointer): number;
  connectionImport(endpoint: Pointer, length: number): Pointer;
  connectionExportSession(connection: Pointer): number;
  connectionSetSession(connection: Pointer, length: number): number;
  connectionSetSendBounds(connection: Pointer, floor: number, ceiling: number): void;
  connectionSendSequence(connection: Pointer): number;
  connectionSendEpoch(connection: Pointer): number;
  connectionEstablished(connection: Pointer): number;
  connectionFinalFlightPending(connection: Pointer): number;
  connectionResumed(connection: Pointer): number;
  connectionSuite(connection: Pointer): number;
  connectionTimeoutAt(connection: Pointer): number;
  connectionPlaintextMax(connection: Pointer): number;
  connectionIdentity(connection: Pointer): number;
  connectionPeerCertificate(connection: Pointer): number;
  connectionId(connection: Pointer, own: number): number;
  connectionWindow(connection: Pointer): void;
  connectionAddWindow(connection: Pointer): void;
}

/** Size of each of the two areas through which bytes cross (`AREA_BYTES` in `c/shim.h`). */
export const areaBytes = 4096;
