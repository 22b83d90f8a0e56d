/**
 * A decision on a peer's chain by rules, for callers that do not want to write their own: path, names, validity, pinned
 * certificates, revocation. Pure: what it needs to know is handed in.
 */
import { type Certificate, readCertificate } from './certificate.ts';
import type { ChainDecision, ChainFinding, ChainRefusal, PeerChain } from './certificates.ts';
import { hexOf } from './der.ts';
import type { RevocationList } from './revocation-list.ts';

/** What `decideChain` holds a chain to. */
export interface ChainRules {
  /**
   * Whose certificate it has to be.
   * - `any-endpoint`: that of a LwM2M client, whose endpoint name is the identity: the common name of its subject (LwM2M 1.2
   *   transport 5.2.9.3), or, without one, its alternative name that is a URI. More than one, or one that
   *   cannot be read, is none: the other kind is not looked at then.
   * - `endpointName`: that of this LwM2M client, by the same rule, for a handshake that goes out to it.
   * - `dnsName`: that of this host (RFC 6125): an alternative name of the subject, its first label may be `*`.
   */
  peer: 'any-endpoint' | { endpointName: string } | { dnsName: string };
  /** The wall clock, in milliseconds since 1970; undefined while it cannot be trusted: validity is not looked at. */
  wallMs: number | undefined;
  /** If given, the peer's certificate, or its SubjectPublicKeyInfo, has to be one of these (DER); its path is not looked at. */
  pinned?: readonly Uint8Array[];
  /**
   * Certificates of these lists' issuers with one of their serial numbers are refused. Nothing is refused for want of a list,
   * nor for the age of one: which lists there are, and how old they may be, is the caller's business.
   */
  revocationLists?: readonly RevocationList[];
  /** What is accepted all the same, `extended-key-usage` for a client's certificate in a server's role. */
  tolerated?: readonly ChainFinding[];
}

const chainCertificatesMax = 16;

/** The word on a chain; for `CertificateOptions.decide`. The identity is the name that was asked for, or found, in UTF-8. */
export function decideChain(peer: PeerChain, rules: ChainRules): ChainDecision {
  if (peer.certificates.length > chainCertificatesMax) return { refused: 'unsupported' };
  const certificates = peer.certificates.map(readCertificate).filter((certificate) => certificate !== undefined);
  const [own] = certificates;
  if (own === undefined || certificates.length < peer.certificates.length) return { refused: 'unsupported' };
  const refused = rules.pinned
    ? refusalOfPinned(own, peer.findings, rules)
    : refusalOf(certificates, peer.findings, rules);
  if (refused !== undefined) return { refused };
  const name = nameOf(own, rules.peer);
  return name === undefined ? { refused: 'wrong-name' } : { identity: new TextEncoder().encode(name) };
}

/** What was found on the path, or is not known to concern the peer's own certificate, does not count for a pinned one. */
function refusalOfPinned(
  own: Certificate,
  findings: readonly ChainFinding[],
  rules: ChainRules,
): ChainRefusal | undefined {
  const isPinned = rules.pinned?.some((pin) => isSame(pin, own.bytes) || isSame(pin, own.publicKey));
  const ofUsage = findings.filter((finding) => finding === 'key-usage' || finding === 'extended-key-usage');
  return isPinned === true ? refusalOf([own], ofUsage, rules) : 'not-allowed';
}

function refusalOf(
  certificates: readonly Certificate[],
  findings: readonly ChainFinding[],
  rules: ChainRules,
): ChainRefusal | undefined {
  const { wallMs, revocationLists = [], tolerated = [] } = rules;
  const counted = findings.filter((finding) => !tolerated.includes(finding));
  if (counted.includes('not-trusted')) return 'not-trusted';
  if (counted.length > 0) return 'unsupported';
  if (wallMs !== undefined && !certificates.every((each) => each.notBeforeMs <= wallMs && wallMs <= each.notAfterMs)) {
    return 'not-valid-now';
  }
  return certificates.some((each) => isRevoked(each, revocationLists)) ? 'revoked' : undefined;
}

function isRevoked(certificate: Certificate, lists: readonly RevocationList[]): boolean {
  const serialNumber = hexOf(certificate.serialNumber);
  return lists.some((list) => isSame(list.issuer, certificate.issuer) && list.serialNumbers.has(serialNumber));
}

function nameOf(own: Certificate, peer: ChainRules['peer']): string | undefined {
  if (peer !== 'any-endpoint' && 'dnsName' in peer) {
    return own.dnsNames.some((name) => isForHost(name, peer.dnsName)) ? peer.dnsName : undefined;
  }
  const names = own.commonNames.length > 0 ? own.commonNames : own.uris;
  const [name] = names;
  if (names.length !== 1 || name === '') return undefined;
  return peer === 'any-endpoint' || name === peer.endpointName ? name : undefined;
}

/** RFC 6125 section 6.4: case does not count; `*` stands for the whole first label, and not for a host of the root. */
function isForHost(pattern: string, dnsName: string): boolean {
  const [wanted, found] = [dnsName, pattern].map((name) => name.toLowerCase().replace(/\.$/, '').split('.'));
  if (wanted === undefined || found === undefined || wanted.length !== found.length) return false;
  const isWild = found[0] === '*' && found.length > 2;
  return found.every((label, i) => (isWild && i === 0 && wanted[0] !== '') || (label !== '' && label === wanted[i]));
}

function isSame(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length && one.every((byte, i) => byte === other[i]);
}
