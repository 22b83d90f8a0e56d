/** Where this program lives, and the places that follow from it: a clone keeps all in its own `var`, a package in the system's. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export interface Installation {
  /** The clone's top folder, or where the package put it. */
  readonly root: string;
  readonly inClone: boolean;
  readonly version: string;
  /** Read when `--config` is not given and the file is there. */
  readonly configurationFile: string | undefined;
  readonly stateDirectory: string;
  /** Where the socket goes; undefined: into the state directory. */
  readonly runtimeDirectory: string | undefined;
}

/** `environment` is asked for the directories that systemd makes for a unit. */
export function findInstallation(environment: Record<string, string | undefined> = process.env): Installation {
  const root = fileURLToPath(new URL('../../../', import.meta.url));
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
  if (!root.startsWith('/usr/')) {
    const stateDirectory = join(root, 'var');
    return { root, inClone: true, version, configurationFile: undefined, stateDirectory, runtimeDirectory: undefined };
  }
  return {
    root,
    inClone: false,
    version,
    configurationFile: '/etc/holdfast/holdfast.toml',
    stateDirectory: environment['STATE_DIRECTORY'] ?? '/var/lib/holdfast',
    runtimeDirectory: environment['RUNTIME_DIRECTORY'] ?? '/run/holdfast',
  };
}
