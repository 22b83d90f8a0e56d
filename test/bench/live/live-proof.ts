/** What the devices of the live benches prove themselves with: all of a world with keys, or all with certificates. */
import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  type CertificateOptions,
  type ClientEndpointOptions,
  certificateSuites,
  type ServerEndpointOptions,
  type Suite,
} from 'mbedtls-wasm';
import { type Issued, issue } from '../../mbedtls-wasm/authority.ts';
import { utf8 } from '../../mbedtls-wasm/pair.ts';

export type Credential = 'psk' | 'x509';

/** As it travels between processes: bytes in hex. */
export type LiveProof = { readonly key: string } | LiveCertificate;

interface LiveCertificate {
  readonly certificate: string;
  readonly privateKey: string;
  readonly authority: string;
}

const keySuites: readonly Suite[] = ['TLS_PSK_WITH_AES_128_CCM_8'];

/** Gives every device of a world its proof, and its gateway what it needs for that. */
export class Proofs {
  /** A section of the gateway's configuration, or nothing. */
  readonly configuration: string;
  private readonly root: Issued | undefined;

  constructor(credential: Credential, directory: string) {
    this.root = credential === 'psk' ? undefined : issue({ commonNames: ['authority'], isAuthority: true });
    this.configuration = this.root === undefined ? '' : sectionFor(this.root, directory);
  }

  of(endpoint: string): LiveProof {
    const { root } = this;
    if (root === undefined) return { key: randomBytes(16).toString('hex') };
    const { der, privateKey } = issue({ commonNames: [endpoint], by: root });
    return { certificate: hex(der), privateKey: hex(privateKey), authority: hex(root.der) };
  }
}

export function clientProof(
  endpoint: string,
  proof: LiveProof,
): Pick<ClientEndpointOptions, 'suites' | 'psk' | 'certificates'> {
  if (!('key' in proof)) return { suites: certificateSuites, certificates: certificatesOf(proof) };
  return { suites: keySuites, psk: { identity: utf8(endpoint), key: bytesOf(proof.key) } };
}

export function serverProof(proof: LiveCertificate): Pick<ServerEndpointOptions, 'suites' | 'certificates'> {
  return { suites: certificateSuites, certificates: certificatesOf(proof) };
}

function certificatesOf(proof: LiveCertificate): CertificateOptions {
  return {
    chain: [bytesOf(proof.certificate)],
    privateKey: bytesOf(proof.privateKey),
    trustAnchors: [bytesOf(proof.authority)],
    decide: ({ findings }) =>
      findings.includes('not-trusted') ? { refused: 'not-trusted' } : { identity: utf8('gateway') },
  };
}

function sectionFor(root: Issued, directory: string): string {
  const own = issue({ commonNames: ['gateway'], by: root });
  const written = (name: string, contents: string): string => {
    const path = join(directory, name);
    writeFileSync(path, contents, { mode: 0o600 });
    return JSON.stringify(path);
  };
  const key = written('gateway.key', own.key.export({ type: 'pkcs8', format: 'pem' }).toString());
  const [chain, trust] = [written('gateway.pem', pem(own)), written('root.pem', pem(root))];
  return `[certificates]\nchain = ${chain}\nkey = ${key}\ntrust = ${trust}\n`;
}

function pem({ der }: Issued): string {
  const body = Buffer.from(der).toString('base64').replace(/.{64}/g, '$&\n');
  return `-----BEGIN CERTIFICATE-----\n${body}\n-----END CERTIFICATE-----\n`;
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}

function bytesOf(digits: string): Uint8Array {
  return new Uint8Array(Buffer.from(digits, 'hex'));
}
