/**
 * What a decision on a chain looks at in a certificate (RFC 5280 section 4.1). Reads only: signatures are the engine's
 * business.
 */
import { type DerValue, derTags, derTimeMs, extensionOf, hexOf, insideDer, readAllDer, readDer } from './der.ts';

/**
 * What names a certificate's holder, and the time in which it is valid (milliseconds since 1970, both ends included).
 * Signatures and the path above it are not looked at.
 */
export interface Certificate {
  /** The whole certificate, DER. */
  readonly bytes: Uint8Array;
  /** As it stands there: the contents of a DER INTEGER. */
  readonly serialNumber: Uint8Array;
  /** The issuer's distinguished name, DER. */
  readonly issuer: Uint8Array;
  /** The subject's distinguished name, DER: what those that it signed have as their issuer. */
  readonly subject: Uint8Array;
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
  /** Common names of the subject, in order; one that cannot be read is an empty text, here and below. */
  readonly commonNames: readonly string[];
  /** Alternative names of the subject (section 4.2.1.6). */
  readonly dnsNames: readonly string[];
  readonly uris: readonly string[];
  /** SubjectPublicKeyInfo, DER. */
  readonly publicKey: Uint8Array;
  /** First byte of the extension that says what the key is for (section 4.2.1.3), undefined without it: for everything. */
  readonly keyUsage: number | undefined;
}

const versionTag = 0xa0;
const extensionsTag = 0xa3;
const dnsNameTag = 0x82;
const uriTag = 0x86;
const commonNameId = '550403';
const subjectAlternativeNameId = '551d11';
const keyUsageId = '551d0f';
const stringTags: readonly number[] = [derTags.utf8String, derTags.printableString, derTags.ia5String];

/** The certificate that the bytes are, DER; undefined when they are none, or more than one. */
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
  const extensions = rest.find((field) => field.tag === extensionsTag);
  const alternatives = alternativeNames(extensions);
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
    keyUsage: keyUsageOf(extensions),
  };
}

/** Name: a sequence of sets of pairs of an object identifier and a string. */
function commonNamesOf(subject: DerValue | undefined): string[] {
  const pairs = (insideDer(subject, derTags.sequence) ?? []).flatMap((set) => insideDer(set, derTags.set) ?? []);
  return pairs.flatMap((pair) => {
    const [id, value] = insideDer(pair, derTags.sequence) ?? [];
    if (id === undefined || hexOf(id.contents) !== commonNameId) return [];
    return value !== undefined && stringTags.includes(value.tag) ? textsOf([value]) : [''];
  });
}

/** The general names of the extension, if it is there. */
function alternativeNames(extensions: DerValue | undefined): readonly DerValue[] {
  const value = extensionOf(insideDer(extensions, extensionsTag)?.[0], subjectAlternativeNameId);
  const [names, ...more] = (value && readAllDer(value)) ?? [];
  return more.length === 0 ? (insideDer(names, derTags.sequence) ?? []) : [];
}

/** The bit string's number of unused bits comes first. */
function keyUsageOf(extensions: DerValue | undefined): number | undefined {
  const value = extensionOf(insideDer(extensions, extensionsTag)?.[0], keyUsageId);
  const bits = value && readDer(value);
  return bits && (bits.tag === derTags.bitString ? (bits.contents[1] ?? 0) : 0);
}

/** The texts of strings, empty for one that is no UTF-8 or has control characters: it is no name, but it is there. */
function textsOf(values: readonly DerValue[]): string[] {
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  return values.map((value) => {
    try {
      const text = decoder.decode(value.contents);
      return /[\p{Cc}]/u.test(text) ? '' : text;
    } catch {
      return '';
    }
  });
}
