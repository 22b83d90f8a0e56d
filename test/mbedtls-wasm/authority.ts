/** Certificates for tests: made on the spot, with whatever is wrong about them that a test wants. */
import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto';

export interface Issued {
  der: Uint8Array;
  /** PKCS #8, DER. */
  privateKey: Uint8Array;
  /** SubjectPublicKeyInfo, DER. */
  publicKey: Uint8Array;
  /** Serial number, as in the certificate. */
  serialNumber: Uint8Array;
  readonly key: KeyObject;
  readonly name: Uint8Array;
  readonly curve: Curve;
}

type Curve = 'prime256v1' | 'secp384r1';

export interface IssueOptions {
  commonNames?: readonly (string | Uint8Array)[];
  /** The kind of string that they are; default: UTF8String. */
  commonNameTag?: number;
  dnsNames?: readonly string[];
  uris?: readonly string[];
  /** Who signs; default: the certificate itself. */
  by?: Issued;
  curve?: Curve;
  isAuthority?: boolean;
  /** Certificates of authorities that may stand between this one and the last (RFC 5280 section 4.2.1.9). */
  pathLength?: number;
  /** First byte of the bit string (section 4.2.1.3): 0x80 signs messages, 0x04 certificates. */
  keyUsage?: number;
  /** Last number of the purpose (section 4.2.1.12): 1 a server, 2 a client. */
  extendedKeyUsage?: number;
  notBefore?: string;
  notAfter?: string;
  /** Extra bytes in an extension that nobody knows, to make it long. */
  ballast?: number;
}

const der = (tag: number, ...parts: readonly Uint8Array[]): Buffer => {
  const contents = Buffer.concat(parts);
  const { length } = contents;
  const head = length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 255];
  return Buffer.concat([Buffer.from([tag, ...head]), contents]);
};
const sequence = (...parts: readonly Uint8Array[]): Buffer => der(0x30, ...parts);
const id = (hex: string): Buffer => der(6, Buffer.from(hex, 'hex'));
const octets = (contents: Uint8Array): Buffer => der(4, contents);
const bits = (contents: Uint8Array): Buffer => der(3, Buffer.of(0), contents);
const integer = (value: number): Buffer => der(2, Buffer.of(value));
const time = (text: string): Buffer => der(text.length === 13 ? 0x17 : 0x18, Buffer.from(text));
const yes = der(1, Buffer.of(0xff));

const signatureIds: Record<Curve, Buffer> = {
  prime256v1: sequence(id('2a8648ce3d040302')),
  secp384r1: sequence(id('2a8648ce3d040303')),
};
const hashes: Record<Curve, string> = { prime256v1: 'sha256', secp384r1: 'sha384' };

let lastSerial = 0x1000;

/** One certificate with a fresh key. */
export function issue(options: IssueOptions = {}): Issued {
  const { by, curve = 'prime256v1', notBefore = '200101000000Z', notAfter = '20991231235959Z' } = options;
  const pair = generateKeyPairSync('ec', { namedCurve: curve });
  const name = nameOf(options.commonNames ?? ['meter-17'], options.commonNameTag);
  const publicKey = pair.publicKey.export({ type: 'spki', format: 'der' });
  const signer = by ?? { key: pair.privateKey, name, curve };
  lastSerial += 1;
  const serialNumber = Buffer.of(lastSerial >> 8, lastSerial & 255);
  const extensions = extensionsOf(options);
  const signed = sequence(
    der(0xa0, integer(2)),
    der(2, serialNumber),
    signatureIds[signer.curve],
    signer.name,
    sequence(time(notBefore), time(notAfter)),
    name,
    publicKey,
    ...(extensions.length > 0 ? [der(0xa3, sequence(...extensions))] : []),
  );
  return {
    der: signedBy(signer, signed),
    privateKey: Uint8Array.from(pair.privateKey.export({ type: 'pkcs8', format: 'der' })),
    publicKey: Uint8Array.from(publicKey),
    serialNumber: Uint8Array.from(serialNumber),
    key: pair.privateKey,
    name,
    curve,
  };
}

export interface RevokeOptions {
  nextUpdate?: string | undefined;
  /** An extension of the list, or of each of its entries. */
  extension?: { of: 'list' | 'entries'; isCritical: boolean };
}

/** A revocation list of an authority (RFC 5280 section 5.1): version 2, but for one that has neither extensions nor an end. */
export function revoke(by: Issued, serialNumbers: readonly Uint8Array[], options: RevokeOptions = {}): Uint8Array {
  const { nextUpdate, extension } = options;
  const extensions = sequence(sequence(id('2a0304'), ...(extension?.isCritical ? [yes] : []), octets(integer(1))));
  const ofEntry = extension?.of === 'entries' ? [extensions] : [];
  const entries = serialNumbers.map((serial) => sequence(der(2, serial), time('250101000000Z'), ...ofEntry));
  const version = nextUpdate === undefined && extension === undefined ? [] : [integer(1)];
  const times = [time('250101000000Z'), ...(nextUpdate === undefined ? [] : [time(nextUpdate)])];
  const revoked = entries.length > 0 ? [sequence(...entries)] : [];
  const ofList = extension?.of === 'list' ? [der(0xa0, extensions)] : [];
  return signedBy(by, sequence(...version, signatureIds[by.curve], by.name, ...times, ...revoked, ...ofList));
}

function signedBy(signer: Pick<Issued, 'key' | 'curve'>, signed: Uint8Array): Uint8Array {
  const signature = sign(hashes[signer.curve], signed, signer.key);
  return Uint8Array.from(sequence(signed, signatureIds[signer.curve], bits(signature)));
}

function nameOf(commonNames: readonly (string | Uint8Array)[], tag = 0x0c): Buffer {
  const bytesOf = (name: string | Uint8Array) => (typeof name === 'string' ? Buffer.from(name) : name);
  return sequence(...commonNames.map((name) => der(0x31, sequence(id('550403'), der(tag, bytesOf(name))))));
}

function extensionsOf(options: IssueOptions): Buffer[] {
  const { isAuthority = false, pathLength, keyUsage, extendedKeyUsage, dnsNames = [], uris = [], ballast } = options;
  const found: Buffer[] = [];
  const add = (hex: string, isCritical: boolean, value: Buffer): void =>
    void found.push(sequence(id(hex), ...(isCritical ? [yes] : []), octets(value)));
  if (isAuthority) add('551d13', true, sequence(yes, ...(pathLength === undefined ? [] : [integer(pathLength)])));
  if (keyUsage !== undefined) add('551d0f', true, der(3, Buffer.of(0, keyUsage)));
  if (extendedKeyUsage !== undefined) {
    add('551d25', false, sequence(id(`2b060105050703${Buffer.of(extendedKeyUsage).toString('hex')}`)));
  }
  const names = [
    ...dnsNames.map((name) => der(0x82, Buffer.from(name))),
    ...uris.map((uri) => der(0x86, Buffer.from(uri))),
  ];
  if (names.length > 0) add('551d11', false, sequence(...names));
  if (ballast !== undefined) add('2a0304', false, octets(Buffer.alloc(ballast)));
  return found;
}
