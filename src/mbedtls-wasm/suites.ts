/**
 * The cipher suites of the engine, by their IANA names and numbers. AEAD suites only: mbedTLS cannot export a connection of
 * any other kind, and CBC in DTLS 1.2 is not worth its history.
 */

const pskSuiteNumbers = {
  TLS_PSK_WITH_AES_128_CCM_8: 0xc0a8,
  TLS_PSK_WITH_AES_128_CCM: 0xc0a4,
  TLS_PSK_WITH_AES_128_GCM_SHA256: 0x00a8,
  TLS_PSK_WITH_AES_256_GCM_SHA384: 0x00a9,
  TLS_PSK_WITH_CHACHA20_POLY1305_SHA256: 0xccab,
  TLS_ECDHE_PSK_WITH_CHACHA20_POLY1305_SHA256: 0xccac,
} as const;

const certificateSuiteNumbers = {
  TLS_ECDHE_ECDSA_WITH_AES_128_CCM_8: 0xc0ae,
  TLS_ECDHE_ECDSA_WITH_AES_128_CCM: 0xc0ac,
  TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256: 0xc02b,
  TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384: 0xc02c,
  TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256: 0xcca9,
} as const;

const suiteNumbers = { ...pskSuiteNumbers, ...certificateSuiteNumbers };

/** A cipher suite by its IANA name. */
export type Suite = keyof typeof suiteNumbers;

/** The suites with a pre-shared key, the one for constrained devices first (RFC 6655, RFC 5487, RFC 7905). */
export const pskSuites = Object.keys(pskSuiteNumbers) as readonly Suite[];

/** The suites with certificates on both sides, the one for constrained devices first (RFC 7251, RFC 5289, RFC 7905). */
export const certificateSuites = Object.keys(certificateSuiteNumbers) as readonly Suite[];

/** The IANA number of a suite. */
export function suiteNumber(suite: Suite): number {
  return suiteNumbers[suite];
}

/** The suite of an IANA number; undefined when the engine does not have it. */
export function suiteOf(number: number): Suite | undefined {
  return [...pskSuites, ...certificateSuites].find((suite) => suiteNumbers[suite] === number);
}
