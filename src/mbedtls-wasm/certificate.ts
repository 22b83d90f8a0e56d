/**
 * What a decision on a chain looks at in a certificate (RFC 5280 section 4.1) and in a revocation list (section 5.1). Reads
 * only: signatures are the engine's business.
 */
import { type DerValue, derTags, derTimeMs, insideDer, readAllDer, readDer } from './der.ts';

export interface Certificate {
  /** The whole certificate, DER. */
  readonly bytes: Uint8Array;
  readonly serialNumber: Uint8Array;
  /** The issuer's distinguished name, DER. */
  readonly issuer: Uint8Array;
  /** The subject's distinguished name, DER: what those that it signed have as their issuer. */
  readonly subject: Uint8Array;
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
  /** Common names of the subject, in order. */
  readonly commonNames: readonly string[];
  /** Alternative names of the subject (section 4.2.1.6). */
  readonly dnsNames: readonly string[];
  readonly uris: readonly string[];
  /** SubjectPublicKeyInfo, DER. */
  readonly publicKey: Uint8Array;
}

export interface RevocationList {
  /** The issuer's distinguished name, DER. */
  readonly issuer: Uint8Array;
  /** Serial numbers in hex. */
  readonly serialNumbers: ReadonlySet<string>;
}

const versionTag = 0xa0;
const extensionsTag = 0xa3;
const dnsNameTag = 0x82;
const uriTag = 0x86;
const commonNameId = '550403';
const subjectAlternativeNameId = '551d11';
const stringTags: readonly number[] = [derTags.utf8String, derTags.printableString, derTags.ia5String];

/** A certificate; undefined when the bytes are none, or more than one. */
export function readCertificate(bytes: Uint8Array): Certificate | undefined {
  const whole = readDer(bytes);
  if (whole?.bytes.length !== bytes.length) return undefined;
  const fields = insideDer(insideDer(whole, derTags.sequence)?.[0], derTags.sequence);
  const [serial, , issuer, validity, subject, publicKey, ...rest] =
    fields?.[0]?.tag === versionTag ? fields.slice(1) : (fields ?? []);
  const [notBefore, notAfter] = insideDer(validity, derTags.sequence) ?? [];
  const notBeforeMs = derTimeMs(notBefore);
  const notAfterMs = derTimeMs(notAfter);
  if (serial === undefined || issuer === undefined) return undefined;
  if (subject === undefined || publicKey === undefined) return undefined;
  if (notBeforeMs === undefined || notAfterMs === undefined) return undefined;
  const alternatives = alternativeNames(rest.find((field) => field.tag === extensionsTag));
  const named = (tag: number): string[] => textsOf(alternatives.filter((name) => name.tag === tag));
  return {
    bytes,
    serialNumber: serial.contents,
    issuer: issuer.bytes,
    subject: subject.bytes,
    notBeforeMs,
    notAfterMs,
    commonNames: commonNamesOf(subject),
    dnsNames: named(dnsNameTag),
    uris: named(uriTag),
    publicKey: publicKey.bytes,
  };
}

/**
 * A certificate revocation list as DER; undefined when the bytes are none. Its signature is not verified: it is to be
 * trusted like the trust anchors, by where it came from.
 */
export function readRevocationList(bytes: Uint8Array): RevocationList | undefined {
  const fields = insideDer(insideDer(readDer(bytes), derTags.sequence)?.[0], derTags.sequence);
  const [, issuer, , ...rest] = fields?.[0]?.tag === derTags.integer ? fields.slice(1) : (fields ?? []);
  if (issuer?.tag !== derTags.sequence) return undefined;
  const serialNumbers = new Set<string>();
  for (const entry of insideDer(
    rest.find((field) => field.tag === derTags.sequence),
    derTags.sequence,
  ) ?? []) {
    const serial = insideDer(entry, derTags.sequence)?.[0];
    if (serial?.tag !== derTags.integer) return undefined;
    serialNumbers.add(hexOf(serial.contents));
  }
  return { issuer: issuer.bytes, serialNumbers };
}

export function hexOf(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** Name: a sequence of sets of pairs of an object identifier and a string. */
function commonNamesOf(subject: DerValue | undefined): string[] {
  const pairs = (insideDer(subject, derTags.sequence) ?? []).flatMap((set) => insideDer(set, derTags.set) ?? []);
  return pairs.flatMap((pair) => {
    const [id, value] = insideDer(pair, derTags.sequence) ?? [];
    const isCommonName = id !== undefined && value !== undefined && hexOf(id.contents) === commonNameId;
    return isCommonName && stringTags.includes(value.tag) ? textsOf([value]) : [];
  });
}

/** The general names of the extension, if it is there. */
function alternativeNames(extensions: DerValue | undefined): readonly DerValue[] {
  const [list] = insideDer(extensions, extensionsTag) ?? [];
  for (const extension of insideDer(list, derTags.sequence) ?? []) {
    const [id, ...rest] = insideDer(extension, derTags.sequence) ?? [];
    const value = rest.at(-1);
    if (id === undefined || value?.tag !== derTags.octetString || hexOf(id.contents) !== subjectAlternativeNameId)
      continue;
    const [names, ...more] = readAllDer(value.contents) ?? [];
    return more.length === 0 ? (insideDer(names, derTags.sequence) ?? []) : [];
  }
  return [];
}

/** The texts of strings; one that is no UTF-8 or has control characters is no name. */
function textsOf(values: readonly DerValue[]): string[] {
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  return values.flatMap((value) => {
    try {
      const text = decoder.decode(value.contents);
      return /[\p{Cc}]/u.test(text) || text === '' ? [] : [text];
    } catch {
      return [];
    }
  });
}
