/**
 * Certificate revocation lists (RFC 5280 section 5). A list counts only when the authority that it names has signed it: else
 * whoever can put a file in its place decides which devices are refused.
 *
 * Lists whose meaning depends on an extension that has to be understood are not used: parts of a list, changes to one, and
 * lists of certificates that others issued. Taken for whole ones they would refuse the wrong devices, or none.
 */
import { type Certificate, readCertificate } from './certificate.ts';
import { type DerValue, derTags, derTimeMs, hasCriticalExtension, hexOf, insideDer, readDer } from './der.ts';
import type { CertificateSignature } from './engine.ts';

/** A list that its authority has signed, as `Engine.readRevocationList` gives it. */
export interface RevocationList {
  /** The issuer's distinguished name, DER. */
  readonly issuer: Uint8Array;
  /** Serial numbers in hex. */
  readonly serialNumbers: ReadonlySet<string>;
  /** When it was made, in milliseconds since 1970: of two lists the later one counts. */
  readonly thisUpdateMs: number;
  /** By when there will be a newer one, in milliseconds since 1970; undefined when the list does not say. */
  readonly nextUpdateMs: number | undefined;
}

type SignedList = RevocationList & Pick<CertificateSignature, 'hash' | 'message' | 'signature'>;

const extensionsTag = 0xa0;
/** The bit of the first byte of a key's usage by which it may sign lists (section 4.2.1.3). */
const mayLists = 0x02;
const hashes: ReadonlyMap<string, CertificateSignature['hash']> = new Map([
  ['2a8648ce3d040302', 'sha256'],
  ['2a8648ce3d040303', 'sha384'],
]);
const ecPublicKeyId = '2a8648ce3d0201';
/** P-256 and P-384, by the bytes of an uncompressed point behind the number of unused bits. */
const pointBytes: ReadonlyMap<string, number> = new Map([
  ['2a8648ce3d030107', 65],
  ['2b81040022', 97],
]);

/** A list, DER, that one of the authorities (certificates, DER) has signed. Throws a `RangeError` that says why not. */
export function readRevocationList(
  bytes: Uint8Array,
  authorities: readonly Uint8Array[],
  isGood: (signature: CertificateSignature) => boolean,
): RevocationList {
  const list = signedList(bytes);
  const { issuer, serialNumbers, thisUpdateMs, nextUpdateMs, hash, message, signature } = list;
  const named = authorities.flatMap((each) => {
    const authority = readCertificate(each);
    return authority && hexOf(authority.subject) === hexOf(issuer) ? [authority] : [];
  });
  if (named.length === 0) throw cannot('none of the authorities is the one that it names');
  const allowed = named.filter(({ keyUsage }) => keyUsage === undefined || (keyUsage & mayLists) !== 0);
  if (allowed.length === 0) throw cannot('the key of its authority is not meant to sign lists');
  const isSigned = allowed.some((authority) => {
    const publicKey = pointOf(authority);
    return publicKey !== undefined && isGood({ publicKey, hash, message, signature });
  });
  if (!isSigned) throw cannot('its authority has not signed it');
  return { issuer, serialNumbers, thisUpdateMs, nextUpdateMs };
}

function signedList(bytes: Uint8Array): SignedList {
  const whole = readDer(bytes);
  const [signed, algorithm, signature, ...more] = insideDer(whole, derTags.sequence) ?? [];
  const fields = insideDer(signed, derTags.sequence) ?? [];
  const [inner, issuer, thisUpdate, ...rest] = fields[0]?.tag === derTags.integer ? fields.slice(1) : fields;
  const thisUpdateMs = derTimeMs(thisUpdate);
  const bits = signature?.tag === derTags.bitString && signature.contents[0] === 0 ? signature.contents : undefined;
  if (whole?.bytes.length !== bytes.length || more.length > 0 || issuer?.tag !== derTags.sequence) throw noList();
  if (signed === undefined || thisUpdateMs === undefined || bits === undefined) throw noList();
  const hash = hashOf(algorithm);
  if (hash === undefined || hashOf(inner) !== hash)
    throw cannot('its signature is of a kind that the engine does not take');
  const nextUpdateMs = derTimeMs(rest[0]);
  const [next, ...behind] = nextUpdateMs === undefined ? rest : rest.slice(1);
  const [revoked, extensions] = next?.tag === derTags.sequence ? [next, behind.shift()] : [undefined, next];
  if (behind.length > 0 || (extensions !== undefined && extensions.tag !== extensionsTag)) throw noList();
  if (hasCriticalExtension(insideDer(extensions, extensionsTag)?.[0])) throw notWhole();
  const serialNumbers = new Set(revoked === undefined ? [] : serialNumbersOf(revoked));
  return {
    issuer: issuer.bytes,
    serialNumbers,
    thisUpdateMs,
    nextUpdateMs,
    hash,
    message: signed.bytes,
    signature: bits.slice(1),
  };
}

function serialNumbersOf(revoked: DerValue): string[] {
  const entries = insideDer(revoked, derTags.sequence);
  if (entries === undefined) throw noList();
  return entries.map((entry) => {
    const [serial, , extensions] = insideDer(entry, derTags.sequence) ?? [];
    if (serial?.tag !== derTags.integer) throw noList();
    if (hasCriticalExtension(extensions)) throw notWhole();
    return hexOf(serial.contents);
  });
}

function hashOf(algorithm: DerValue | undefined): CertificateSignature['hash'] | undefined {
  const [id] = insideDer(algorithm, derTags.sequence) ?? [];
  return id && hashes.get(hexOf(id.contents));
}

/** The point of an authority's key; undefined when it is of another kind than the engine takes. */
function pointOf(authority: Certificate): Uint8Array | undefined {
  const [algorithm, key] = insideDer(readDer(authority.publicKey), derTags.sequence) ?? [];
  const [id, curve] = insideDer(algorithm, derTags.sequence) ?? [];
  if (id === undefined || curve === undefined || hexOf(id.contents) !== ecPublicKeyId) return undefined;
  const point = key?.tag === derTags.bitString ? key.contents.subarray(1) : undefined;
  return point?.[0] === 4 && point.length === pointBytes.get(hexOf(curve.contents)) ? point : undefined;
}

const cannot = (why: string): RangeError => new RangeError(`the revocation list cannot be used: ${why}`);
const noList = (): RangeError => cannot('it is none, or damaged');
const notWhole = (): RangeError => cannot('it is a part of a list, or lists what others have issued');
