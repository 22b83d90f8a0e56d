/**
 * Leshan's client library, fetched once by Maven into a folder below `build`. Its demo client is not among the artifacts that
 * Maven Central has of this version, so `leshan-client/LeshanClient.java` is a main over the library, which Java compiles as it
 * starts it.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isInstalled } from './peer.ts';

const top = fileURLToPath(new URL('../../../', import.meta.url));
const cache = join(top, 'build', 'interop');
const library = join(cache, 'leshan-2.0.0-M18');
const sources = join(top, 'test', 'interop', 'leshan-client');
const fetchWithinMs = 300_000;

/** The words after `java` that start the client. */
export const javaWords = ['-cp', join(library, '*'), join(sources, 'LeshanClient.java')];

/** Fetches the library, if it is not there yet. Why the client cannot run; undefined when it can. */
export function missingLibrary(): string | undefined {
  const modules = spawnSync('java', ['--list-modules'], { encoding: 'utf8' }).stdout ?? '';
  const [, compiler = '0'] = /^jdk\.compiler@(\d+)/m.exec(modules) ?? [];
  if (Number(compiler) < 17)
    return 'there is no Java of 17 or newer with its compiler (apt install default-jdk-headless)';
  if (existsSync(library)) return undefined;
  if (!isInstalled('mvn')) return "mvn is not installed (apt install maven), which fetches Leshan's library";
  process.stdout.write("      leshan: Maven fetches Leshan's client library, once, about 10 MB\n");
  const fetched = `${library}.${process.pid}`;
  rmSync(fetched, { recursive: true, force: true });
  mkdirSync(cache, { recursive: true });
  const words = ['--batch-mode', '--quiet', '--file', join(sources, 'pom.xml'), 'dependency:copy-dependencies'];
  const maven = spawnSync('mvn', [...words, `-DoutputDirectory=${fetched}`], {
    encoding: 'utf8',
    timeout: fetchWithinMs,
  });
  if (maven.status !== 0) {
    rmSync(fetched, { recursive: true, force: true });
    return `Maven could not fetch Leshan's library: ${firstError(`${maven.stdout}${maven.stderr}`)}`;
  }
  renameSync(fetched, library);
  return undefined;
}

function firstError(output: string): string {
  return output.split('\n').find((line) => line.includes('ERROR')) ?? 'it gave no reason';
}
