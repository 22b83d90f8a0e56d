/** Lists: selection, order, streams, JSON that is valid as a whole and a device a line; and every JSON against its schema. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Ajv, type ValidateFunction } from 'ajv';
import { readConfiguration } from '../../src/api/configuration/read-configuration.ts';
import { unknownDevice } from '../../src/api/error-texts.ts';
import { schemas } from '../../src/api/schemas/schemas.ts';
import {
  eventBody,
  flashBody,
  fleet,
  meter17,
  operationBody,
  queuedBody,
  recoveryBody,
  statusBody,
  valueBody,
} from './support/bodies.ts';
import { call, inPipe, onTerminal } from './support/call.ts';
import { FakeGateway } from './support/fake-gateway.ts';

let gateway: FakeGateway;

before(async () => {
  gateway = await FakeGateway.make();
  gateway.answer = () => ({ array: fleet });
});

after(() => gateway.remove());

async function endpoints(...flags: readonly string[]): Promise<readonly string[]> {
  const { out } = await inPipe(gateway, 'devices', '--no-header', ...flags);
  return out.split('\n').flatMap((line) => (line === '' ? [] : [line.split('\t')[0] ?? '']));
}

test('devices are selected by state and by pattern', async () => {
  assert.deepEqual(await endpoints('--state', 'online,restored'), ['boiler-02', 'meter-17', 'weather-mast']);
  assert.deepEqual(
    await endpoints('--match', 'urn:*'),
    fleet.slice(2, 4).map((device) => device.endpoint),
  );
  assert.deepEqual(await endpoints('--match', 'meter-1?'), ['meter-17']);
  assert.deepEqual(await endpoints('--match', 'meter'), []);
});

test('devices are sorted and limited; what has no figure comes last', async () => {
  assert.deepEqual(await endpoints('--sort', 'heard', '--limit', '2'), ['meter-17', 'boiler-02']);
  assert.equal((await endpoints('--sort', 'heard')).at(-1), 'yard-light');
  assert.deepEqual(await endpoints('--sort', 'queued', '--limit', '1'), ['valve north/3']);
  assert.deepEqual(await endpoints('--reverse', '--limit', '1'), ['yard-light']);
  assert.deepEqual(await endpoints('--limit', '1'), ['boiler-02']);
});

test('an empty list is no failure; the hint is on stderr', async () => {
  const empty = await FakeGateway.make();
  empty.answer = () => ({ array: [] });
  assert.deepEqual(await onTerminal(empty, 'devices'), {
    exit: 0,
    out: '',
    err: 'No devices yet. Add the first: holdfast device add NAME\n',
  });
  assert.deepEqual(await inPipe(empty, 'devices', '--json'), { exit: 0, out: '[\n]\n', err: '' });
  await empty.remove();
});

test('a list in JSON has one device a line and is valid as a whole', async () => {
  const { out } = await inPipe(gateway, 'devices', '--json', '--state', 'online');
  const lines = out.trimEnd().split('\n');
  assert.equal(lines.length, 4);
  assert.equal(lines[0], '[');
  assert.equal(JSON.parse((lines[1] ?? '').replace(/,$/, '')).endpoint, 'boiler-02');
  assert.deepEqual(JSON.parse(out), fleet.slice(0, 2));
});

test('colour is for states on a terminal that allows it, and carries no meaning alone', async () => {
  const environment = { NO_COLOR: '' };
  const colored = await call(['devices'], { gateway, terminal: true, environment });
  assert.ok(colored.out.includes('\u001b[33msilent\u001b[0m   '));
  const dumb = await call(['devices'], { gateway, terminal: true, environment: { ...environment, TERM: 'dumb' } });
  assert.ok(!dumb.out.includes('\u001b'));
  const forced = await call(['devices', '--color', 'always'], { gateway });
  assert.ok(forced.out.includes('\t\u001b[33msilent\u001b[0m\t'));
  assert.ok(
    !(await call(['devices', '--color=never'], { gateway, terminal: true, environment })).out.includes('\u001b'),
  );
});

test('where the locale is not UTF-8, what is cut ends in two points', async () => {
  const { out } = await call(['devices'], { gateway, terminal: true, environment: { LC_ALL: 'C' } });
  assert.match(out, /^urn:uuid:1a2b3c4\.\.c0ffee +awake/m);
});

test('what is printed with --json is what help json promises', async () => {
  const printed = JSON.parse((await call(['help', 'json'])).out);
  assert.deepEqual(printed, JSON.parse(JSON.stringify(schemas)));
  const ajv = new Ajv({ strict: false });
  const validators = new Map<string, ValidateFunction>(
    Object.entries<object>(printed).map(([name, schema]) => [name, ajv.compile(schema)]),
  );
  const check = (name: keyof typeof schemas, text: string): void => {
    const validate = validators.get(name);
    assert.ok(validate?.(JSON.parse(text)), `${name}: ${JSON.stringify(validate?.errors)}`);
  };
  const ask = async (answer: FakeGateway['answer'], ...argv: readonly string[]): Promise<string> => {
    gateway.answer = answer;
    const { out, err } = await inPipe(gateway, ...argv, '--json');
    return out === '' ? err : out;
  };
  const verbsSchema = 'read, write, execute, discover, observe, unobserve';
  check('status', await ask(() => ({ json: statusBody }), 'status'));
  check('devices', await ask(() => ({ array: fleet }), 'devices'));
  const queue = [queuedBody('write', 'meter-17', '/1/0/1', 1_843)];
  check('device show', await ask(() => ({ json: { ...meter17, queue } }), 'device', 'show', 'meter-17'));
  const changed = () => ({ json: { endpoint: 'm', result: 'removed' } });
  check('device add, device remove', await ask(changed, 'device', 'remove', 'm', '--yes'));
  const values = [valueBody('/3/0/0', null, 'string', 'x')];
  const read = () => ({ lines: [operationBody('read', 'm', '/3/0/0', { values })] });
  check(verbsSchema, await ask(read, 'read', 'm', '/3/0/0'));
  check(verbsSchema, await ask(() => ({ lines: queue }), 'write', 'm', '/1/0/1', '5'));
  const logged = eventBody('NOTIFICATION', {
    id: 4,
    at: '2026-11-22T18:29:58.000Z',
    values: [{ path: '/3/0/0', name: null, type: 'string', value: 'x' }],
  });
  check('events', await ask(() => ({ lines: [logged] }), 'events'));
  const { keys } = readConfiguration('', '/var/lib/holdfast');
  const former = { ...meter17.observationList[0], endpoint: 'm', formers: [{ askedSecondsAgo: 1.5, ended: true }] };
  check('observations', await ask(() => ({ array: [former] }), 'observations'));
  check('operations', await ask(() => ({ array: queue }), 'operations'));
  const one = () => ({ json: queue[0] });
  check('operations show, wait, cancel, retry', await ask(one, 'operations', 'cancel', '1843'));
  check('operations show, wait, cancel, retry', await ask(one, 'operations', 'show', '1843'));
  check('config show', await ask(() => ({ json: { file: null, keys } }), 'config', 'show'));
  check('flash', await ask(() => ({ json: flashBody }), 'flash'));
  check('recovery', await ask(() => ({ json: recoveryBody }), 'recovery'));
  check('config check', (await call(['config', 'check', '--json'])).out);
  check('version', (await call(['version', '--json'])).out);
  check('error', await ask(() => ({ error: unknownDevice('m', []) }), 'device', 'show', 'm'));
});
