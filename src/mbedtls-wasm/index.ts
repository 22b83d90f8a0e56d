/** The door of the package. `mbedtls-wasm/read-wasm` gives the bytes that `Engine.instantiate` takes. */
export { ClientEndpoint, type ClientEndpointOptions, type ClientPsk } from './client-endpoint.ts';
export { Connection } from './connection.ts';
export { Engine, type EngineHost, type HostP256 } from './engine.ts';
export { DtlsError, type DtlsErrorKind } from './errors.ts';
export type { Progress } from './progress.ts';
export {
  type ClientHelloCheck,
  ServerEndpoint,
  type ServerEndpointOptions,
  type SessionCache,
  type TicketHandler,
} from './server-endpoint.ts';
export { sessionHasId, sessionPeerIdentity } from './session-form.ts';
export { type Suite, suites } from './suites.ts';
