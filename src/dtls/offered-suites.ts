/**
 * The cipher suites that a ClientHello offers, by name: for the operator of a device that has none in common with us.
 *
 * Source: RFC 6347 sections 4.2.1 and 4.3.2 (the message), the IANA registry "TLS Cipher Suites" (numbers and names).
 */
import { cutRecords } from './record.ts';

/** What clients in the field offer and we do not take: no AEAD, or certificates. Others are told by number. */
const names: Readonly<Record<number, string>> = {
  140: 'TLS_PSK_WITH_AES_128_CBC_SHA',
  141: 'TLS_PSK_WITH_AES_256_CBC_SHA',
  174: 'TLS_PSK_WITH_AES_128_CBC_SHA256',
  175: 'TLS_PSK_WITH_AES_256_CBC_SHA384',
  49205: 'TLS_ECDHE_PSK_WITH_AES_128_CBC_SHA',
  49207: 'TLS_ECDHE_PSK_WITH_AES_128_CBC_SHA256',
  49317: 'TLS_PSK_WITH_AES_256_CCM',
  49321: 'TLS_PSK_WITH_AES_256_CCM_8',
  49324: 'TLS_ECDHE_ECDSA_WITH_AES_128_CCM',
  49326: 'TLS_ECDHE_ECDSA_WITH_AES_128_CCM_8',
  49187: 'TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256',
  49195: 'TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256',
  49196: 'TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384',
  49199: 'TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256',
  49200: 'TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384',
};

/** Signals, no suites: renegotiation (RFC 5746) and fallback (RFC 7507). */
const signals = [0x00ff, 0x5600];

const recordAndHandshakeHeaderBytes = 13 + 12;
const versionAndRandomBytes = 2 + 32;

/** In the client's order; undefined when the datagram does not begin with a whole ClientHello. */
export function offeredSuites(datagram: Uint8Array): readonly string[] | undefined {
  const [record] = cutRecords(datagram, 0).records;
  if (record?.isClientHello !== true) return undefined;
  const { bytes } = record;
  let at = recordAndHandshakeHeaderBytes + versionAndRandomBytes;
  // Session id and cookie, each behind its length.
  for (let skipped = 0; skipped < 2; skipped++) at += 1 + (bytes[at] ?? bytes.length);
  if (at + 2 > bytes.length) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const end = at + 2 + view.getUint16(at);
  if (end > bytes.length) return undefined;
  const numbers: number[] = [];
  for (let suite = at + 2; suite + 1 < end; suite += 2) numbers.push(view.getUint16(suite));
  return numbers.filter((number) => !signals.includes(number)).map(nameOf);
}

function nameOf(number: number): string {
  return names[number] ?? `0x${number.toString(16).padStart(4, '0')}`;
}
