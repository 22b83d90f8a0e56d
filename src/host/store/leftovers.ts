/**
 * What earlier starts set aside, and nobody removed: a start that repairs something says so in its own notes, but a board that
 * loses power unattended has started again before anybody looks. So each start says what still lies there.
 */
import { readdir } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { quarantinePath, ringPrefix } from './quarantine.ts';
import { damagedCopies } from './salvage.ts';

/**
 * A sentence for damaged copies of the database in `database`, and one for the quarantine beside it. `salvaged` is the copy that
 * this start speaks of by itself. A directory that cannot be read keeps nobody from starting, and is not spoken of.
 */
export async function leftoverNotes(database: string, salvaged: string | undefined): Promise<string[]> {
  const numbers = await damagedCopies(database).catch(() => []);
  const copies = numbers.map((number) => `${basename(database)}.damaged-${number}`).filter((name) => name !== salvaged);
  const files = await readdir(quarantinePath(dirname(database))).catch(() => []);
  return [...copyNotes(copies), ...quarantineNotes(files)];
}

function copyNotes(copies: readonly string[]): string[] {
  if (copies.length === 0) return [];
  const [which, them] =
    copies.length === 1
      ? [`A damaged database of an earlier start is kept in ${copies[0]}`, 'it']
      : [`Damaged databases of earlier starts are kept in ${copies.join(', ')}`, 'them'];
  return [`${which}; when nothing is missed, remove ${them}.`];
}

function quarantineNotes(files: readonly string[]): string[] {
  const journals = files.filter((name) => name.startsWith(ringPrefix)).length;
  const kinds = [...counted(files.length - journals, 'record'), ...counted(journals, 'journal')];
  if (kinds.length === 0) return [];
  const [lie, them] = files.length === 1 ? ['lies', 'it'] : ['lie', 'them'];
  return [`${kinds.join(' and ')} of earlier starts ${lie} in quarantine/; look at ${them}, then remove ${them}.`];
}

function counted(count: number, noun: string): string[] {
  return count === 0 ? [] : [`${count} damaged ${noun}${count === 1 ? '' : 's'}`];
}
