/** `config check`, `config show` and `version`. */
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { readConfiguration } from '../../src/api/configuration/read-configuration.ts';
import { call, inPipe, onTerminal, screen } from './support/call.ts';
import { FakeGateway } from './support/fake-gateway.ts';

let gateway: FakeGateway;

before(async () => {
  gateway = await FakeGateway.make();
});

after(() => gateway.remove());

test('config check names every problem with its line, exit code 30', async () => {
  const file = join(gateway.directory, 'wrong.toml');
  await writeFile(file, '\n\n[listener.field]\nport = 70000\n[store]\nspacng = 3\n');
  for (const argv of [
    ['config', 'check', file],
    ['check-config', file],
  ]) {
    assert.deepEqual(await call(argv), {
      exit: 30,
      out: '',
      err: screen(`
error: line 4: listener.field.port is 70000; a port is 1 to 65535.
error: line 6: unknown key "spacng"; did you mean "spacing"?
2 problems. The running gateway still uses what it started with.
`),
    });
  }
  const json = await call(['config', 'check', file, '--json']);
  assert.equal(json.exit, 30);
  assert.deepEqual(JSON.parse(json.out).problems[0], {
    line: 4,
    text: 'listener.field.port is 70000; a port is 1 to 65535.',
  });
});

test('config check of a good file counts what it leaves at its default', async () => {
  const file = join(gateway.directory, 'good.toml');
  await writeFile(file, '[listener.field]\nport = 5690\n');
  const { exit, out, err } = await call(['config', 'check', file]);
  assert.equal(exit, 0);
  assert.equal(err, '');
  assert.match(out, /^ok, 3 listeners, 38 keys by default\n$/);
});

test('config show prints what the gateway uses, as a table or as a file it would take', async () => {
  const { keys } = readConfiguration('[store]\nspacing = 250\n', '/var/lib/holdfast');
  gateway.answer = () => ({ json: { file: '/etc/holdfast/holdfast.toml', keys } });
  const table = await onTerminal(gateway, 'config', 'show');
  assert.match(table.out, /^KEY +VALUE +UNIT +DEFAULT +ORIGIN\n/);
  assert.match(table.out, /^store\.spacing +250 +ms +500 +line 2$/m);
  assert.ok(table.out.split('\n').every((line) => line.length < 80));
  const { out } = await inPipe(gateway, 'config', 'show', '--effective');
  assert.match(out, /^spacing = 250 +# ms, line 2$/m);
  assert.deepEqual(readConfiguration(out, '/elsewhere').problems, []);
});

test('version asks the gateway too, and does without', async () => {
  gateway.answer = () => ({ json: { gateway: '0.1.0', engine: 'mbedTLS 3.6.6', node: '20.19.0', jsonSchema: 1 } });
  const node = process.versions.node;
  assert.equal(
    (await onTerminal(gateway, 'version')).out,
    `cli      0.1.0\ngateway  0.1.0\nengine   mbedTLS 3.6.6\nnode     ${node}\nschema   1\n`,
  );
  const alone = await call(['version', '--json', '--socket', join(gateway.directory, 'none.sock')]);
  assert.deepEqual(JSON.parse(alone.out), { cli: '0.1.0', gateway: null, engine: null, node, jsonSchema: 1 });
  assert.equal(alone.exit, 0);
});
