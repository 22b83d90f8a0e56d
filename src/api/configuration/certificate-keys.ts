/** The section `certificates`: the gateway's own certificate, and whose devices it lets in with theirs. Files, since keys never stand in it. */
import type { ConfigurationProblem } from './configuration.ts';
import { type Key, text } from './key.ts';

/** Files in PEM; paths as they stand in the configuration. */
export interface CertificateFiles {
  readonly chain: string;
  readonly key: string;
  readonly trust: string;
}

export const certificateKeys: readonly Key[] = [
  file(
    'chain',
    'PEM file of the gateway\'s certificate and of who signed it; "" is none: devices come with keys alone',
  ),
  file('key', "PEM file of its private key, on P-256; readable by the gateway's account or group, not by others"),
  file('trust', 'PEM file of the authorities that the certificates of devices lead to'),
];

/** The files, or undefined when none is named. */
export function certificateFiles(word: (key: string) => string): CertificateFiles | undefined {
  const [chain, key, trust] = [word('certificates.chain'), word('certificates.key'), word('certificates.trust')];
  return chain === '' || key === '' || trust === '' ? undefined : { chain, key, trust };
}

/** One of the three is of no use without the others. `lineOf` finds the line of a key. */
export function certificateClashes(
  word: (key: string) => string,
  lineOf: (key: string) => number | undefined,
): readonly ConfigurationProblem[] {
  const names = certificateKeys.map(({ name }) => `certificates.${name}`);
  const said = names.filter((name) => word(name) !== '');
  const [first] = said;
  if (first === undefined || said.length === names.length) return [];
  const missing = names.filter((name) => !said.includes(name)).join(' and ');
  const text = `${said.join(' and ')} ${said.length === 1 ? 'is' : 'are'} of no use without ${missing}.`;
  return [{ line: lineOf(first), text }];
}

function file(name: string, description: string): Key {
  return text({ name, default: '', description }, 'it is a file, or "" for none', (value) => !value.includes('\0'));
}
