/** The door of the package. `mbedtls-wasm/read-wasm` gives the bytes that `Engine.instantiate` takes. */
export { type Certificate, readCertificate } from './certificate.ts';
export type { CertificateOptions, ChainDecision, ChainFinding, ChainRefusal, PeerChain } from './certificates.ts';
export { type ChainRules, decideChain } from './chain-rules.ts';
export { ClientEndpoint, type ClientEndpointOptions, type ClientPsk } from './client-endpoint.ts';
export { Connection, type PeerCertificate } from './connection.ts';
export { type CertificateSignature, Engine, type EngineHost, type HostP256 } from './engine.ts';
export { DtlsError, type DtlsErrorKind } from './errors.ts';
export type { OpenHandshakesMax } from './open-handshakes.ts';
export type { Progress } from './progress.ts';
export type { RevocationList } from './revocation-list.ts';
export {
  type ClientHelloCheck,
  ServerEndpoint,
  type ServerEndpointOptions,
  type SessionCache,
  type TicketHandler,
} from './server-endpoint.ts';
export { sessionHasId, sessionPeerCertificate, sessionPeerIdentity } from './session-form.ts';
export { certificateSuites, pskSuites, type Suite } from './suites.ts';
