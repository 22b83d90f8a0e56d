/**
 * The cipher suites of the engine, by their IANA names and numbers. AEAD suites only: mbedTLS cannot export a connection of
 * any other kind, and CBC in DTLS 1.2 is not worth its history.
 */

const suiteNumbers = {
  TLS_PSK_WITH_AES_128_CCM_8: 0xc0a8,
  TLS_PSK_WITH_AES_128_CCM: 0xc0a4,
  TLS_PSK_WITH_AES_128_GCM_SHA256: 0x00a8,
  TLS_PSK_WITH_AES_256_GCM_SHA384: 0x00a9,
  TLS_PSK_WITH_CHACHA20_POLY1305_SHA256: 0xccab,
  TLS_ECDHE_PSK_WITH_CHACHA20_POLY1305_SHA256: 0xccac,
} as const;

/** A cipher suite by its IANA name. */
export type Suite = keyof typeof suiteNumbers;

/** Every suite of the engine, the one for constrained devices first (RFC 6655, RFC 5487, RFC 7905). */
export const suites = Object.keys(suiteNumbers) as readonly Suite[];

/** The IANA number of a suite. */
export function suiteNumber(suite: Suite): number {
  return suiteNumbers[suite];
}

/** The suite of an IANA number; undefined when the engine does not have it. */
export function suiteOf(number: number): Suite | undefined {
  return suites.find((suite) => suiteNumbers[suite] === number);
}
