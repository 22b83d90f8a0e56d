/** The gateway's certificate, its key and its trust anchors, from the files that the configuration names. */
import { createHash, createPrivateKey, X509Certificate } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import type { CertificateFiles } from '../api/configuration/certificate-keys.ts';
import type { GatewayConfiguration } from '../gateway/gateway-options.ts';
import { errorCode, StartError } from './start-error.ts';

type OwnCertificates = NonNullable<GatewayConfiguration['certificates']>;

const certificateBlock = /-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g;
const wholeBlock = /-----BEGIN ([^-]+)-----[^-]*-----END \1-----/g;
const blockBegin = /-----BEGIN /g;
/** Others may do nothing with it, its group may not write it. */
const exposed = 0o027;

/**
 * Reads and checks the files. Throws a StartError (30) that names the file: missing, of no use, damaged in a part, a key that
 * is open to others, or one that is not the certificate's.
 */
export function loadCertificates(files: CertificateFiles | undefined): OwnCertificates | undefined {
  if (files === undefined) return undefined;
  const chain = certificatesIn(files.chain);
  const [own] = chain;
  const privateKey = keyIn(files.key);
  if (own?.checkPrivateKey(privateKey) !== true) {
    throw new StartError(30, `the key in ${files.key} is not that of the first certificate in ${files.chain}.`);
  }
  return {
    chain: chain.map(({ raw }) => bytesOf(raw)),
    privateKey: bytesOf(privateKey.export({ type: 'pkcs8', format: 'der' })),
    trustAnchors: certificatesIn(files.trust).map(({ raw }) => ({
      certificate: bytesOf(raw),
      sha256: bytesOf(createHash('sha256').update(raw).digest()),
    })),
  };
}

function certificatesIn(path: string): readonly X509Certificate[] {
  const pem = textOf(path);
  const blocks = pem.match(certificateBlock) ?? [];
  if (blocks.length === 0) throw new StartError(30, `there is no certificate in ${path}; it is a PEM file.`);
  if (blocks.length !== countOf(blockBegin, pem)) {
    throw new StartError(
      30,
      `a part of ${path} is damaged or is no certificate; put whole certificates there, in PEM.`,
    );
  }
  return blocks.map((block, i) => {
    try {
      return new X509Certificate(block);
    } catch {
      throw new StartError(30, `certificate ${i + 1} in ${path} cannot be read.`);
    }
  });
}

/** Errors of OpenSSL are not passed on: they are about the contents of a file that is secret. */
function keyIn(path: string): ReturnType<typeof createPrivateKey> {
  const pem = textOf(path);
  refuseIfExposed(path);
  const key = privateKeyOf(pem);
  if (key === undefined) {
    throw new StartError(30, `there is no private key in ${path} that can be read; it is a PEM file, not encrypted.`);
  }
  // Parameters of its curve may stand beside it: openssl writes them.
  if (countOf(wholeBlock, pem) !== countOf(blockBegin, pem)) {
    throw new StartError(30, `a part of ${path} is damaged or is no key; put the private key alone there, in PEM.`);
  }
  return key;
}

function privateKeyOf(pem: string): ReturnType<typeof createPrivateKey> | undefined {
  try {
    return createPrivateKey(pem);
  } catch {
    return undefined;
  }
}

function countOf(pattern: RegExp, text: string): number {
  return text.match(pattern)?.length ?? 0;
}

function refuseIfExposed(path: string): void {
  const { mode } = statSync(path);
  if ((mode & exposed) === 0) return;
  const shown = (mode & 0o777).toString(8).padStart(4, '0');
  const sentence = `the key ${path} may be read by others or written by its group (mode ${shown}).`;
  throw new StartError(30, sentence, `Close it:  chmod g-w,o= ${path}`);
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new StartError(
      30,
      `the file ${path} of [certificates] cannot be read: ${errorCode(error) ?? String(error)}.`,
    );
  }
}

function bytesOf(buffer: Buffer): Uint8Array {
  return Uint8Array.from(buffer);
}
