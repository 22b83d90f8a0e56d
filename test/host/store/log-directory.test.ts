import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { it } from 'node:test';
import { LogDirectory } from '../../../src/host/store/log-directory.ts';

it('the directory is synced for each new log, and for nothing else', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'holdfast-logs-'));
  try {
    const logs = new LogDirectory(directory);
    const appears = (name: string) => writeFile(join(directory, name), '');
    assert.equal(await logs.syncNew(), false);
    await appears('000003.log');
    assert.equal(await logs.syncNew(), true);
    assert.equal(await logs.syncNew(), false);
    await appears('000004.ldb');
    assert.equal(await logs.syncNew(), false);
    await appears('000005.log');
    await rm(join(directory, '000003.log'));
    assert.equal(await logs.syncNew(), true);
    await rm(directory, { recursive: true });
    await assert.rejects(logs.syncNew());
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
});
