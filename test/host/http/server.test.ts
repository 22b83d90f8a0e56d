import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { limits } from '../../../src/base/limits.ts';
import { startHttp } from '../../../src/host/http/server.ts';
import { StartError } from '../../../src/host/start-error.ts';
import { device } from '../../management/fake-knowledge.ts';
import { ask, FakeMachine, open, serving, temporaryFolder } from './fake-machine.ts';

test('the socket is for its own account only, and goes when the server ends', async (t) => {
  const { socketPath, close } = await serving(t, new FakeMachine());
  assert.equal(statSync(socketPath).mode & 0o777, 0o600);
  await close();
  assert.equal(existsSync(socketPath), false);
});

test('the socket file of a process that died is taken away', async (t) => {
  const socketPath = join(temporaryFolder(t), 'admin.sock');
  const dying = `require('net').createServer().listen(${JSON.stringify(socketPath)}, () => process.kill(process.pid, 'SIGKILL'))`;
  spawnSync(process.execPath, ['-e', dying], { timeout: 10_000 });
  assert.equal(existsSync(socketPath), true);
  const http = await startHttp({ machine: new FakeMachine(), socket: { path: socketPath } });
  t.after(() => http.close());
  assert.equal((await ask(socketPath, '/api/holdfast/version')).status, 200);
});

test('a socket on which somebody listens is left alone', async (t) => {
  const { socketPath } = await serving(t, new FakeMachine());
  await assert.rejects(startHttp({ machine: new FakeMachine(), socket: { path: socketPath } }), (error) => {
    assert.ok(error instanceof StartError);
    assert.equal(error.exit, 31);
    assert.match(error.message, /^another process listens on /);
    return true;
  });
  assert.equal((await ask(socketPath, '/api/holdfast/version')).status, 200);
});

test('what is no socket is not taken away; a path that is too long is refused', async (t) => {
  const folder = temporaryFolder(t);
  const file = join(folder, 'admin.sock');
  writeFileSync(file, 'precious');
  await assert.rejects(startHttp({ machine: new FakeMachine(), socket: { path: file } }), { exit: 34 });
  assert.equal(existsSync(file), true);
  await assert.rejects(startHttp({ machine: new FakeMachine(), socket: { path: join(folder, 'x'.repeat(108)) } }), {
    exit: 30,
  });
});

test('every answer carries the schema version, errors too', async (t) => {
  const { socketPath } = await serving(t, new FakeMachine());
  for (const [path, status] of [
    ['/api/holdfast/version', 200],
    ['/nothing', 404],
    ['/api/event?from=x', 400],
  ] as const) {
    const answer = await ask(socketPath, path);
    assert.deepEqual([answer.status, answer.headers['holdfast-schema']], [status, '1']);
  }
});

test('who may only look is answered from what is known; nothing is changed, no device is asked', async (t) => {
  const machine = new FakeMachine().add(device('meter-17'));
  const readPath = join(temporaryFolder(t), 'read.sock');
  const { socketPath } = await serving(t, machine, { readSocket: { path: readPath } });
  for (const path of ['/api/holdfast/version', '/api/holdfast/devices', '/api/holdfast/status']) {
    assert.equal((await ask(readPath, path)).status, 200, path);
  }
  const change = { method: 'DELETE', headers: { 'holdfast-schema': '1' } };
  const refused = await ask(readPath, '/api/holdfast/devices/meter-17', change);
  assert.deepEqual([refused.status, JSON.parse(refused.body).error.exit], [403, 4]);
  const asked = await ask(readPath, '/api/clients/meter-17/3/0', { headers: { 'holdfast-schema': '1' } });
  assert.equal(asked.status, 403, 'it would wake the device');
  assert.deepEqual(machine.asked, []);
  machine.answer = () => ({ kind: 'removed', endpoint: 'meter-17' });
  assert.equal((await ask(socketPath, '/api/holdfast/devices/meter-17', change)).status, 200);
});

test('a socket is shared with its group; where there is none the gateway does not start', async (t) => {
  const path = join(temporaryFolder(t), 'admin.sock');
  const [own] = readFileSync('/etc/group', 'utf8')
    .split('\n')
    .filter((line) => line.split(':')[2] === String(userInfo().gid));
  const group = own?.split(':')[0] ?? '';
  const http = await startHttp({ machine: new FakeMachine(), socket: { path, group } });
  const { mode, gid } = statSync(path);
  assert.deepEqual([mode & 0o777, gid], [0o660, userInfo().gid]);
  await http.close();
  const nobodys = startHttp({ machine: new FakeMachine(), socket: { path, group: 'holdfast-nobody' } });
  await assert.rejects(nobodys, { exit: 34, message: 'there is no group "holdfast-nobody".' });
  assert.equal(existsSync(path), false);
});

test('the account of a change: as claimed on the socket, else the own; never as claimed over TCP', async (t) => {
  const machine = new FakeMachine().add(device('meter-17'));
  machine.answer = () => ({ kind: 'removed', endpoint: 'meter-17' });
  const { socketPath, tcpAddress } = await serving(t, machine, { tcp: { host: '127.0.0.1', port: 0 } });
  assert.ok(tcpAddress !== undefined);
  const remove = { method: 'DELETE' };
  const path = '/api/holdfast/devices/meter-17';
  await ask(socketPath, path, { ...remove, headers: { 'holdfast-account': 'j%C3%BCrgen' } });
  await ask(socketPath, path, { ...remove, headers: { 'holdfast-account': 'two words%0A' } });
  await ask(socketPath, path, remove);
  await ask(socketPath, path, { ...remove, tcp: tcpAddress, headers: { 'holdfast-account': 'root' } });
  const own = userInfo().username;
  assert.deepEqual(
    machine.asked.map(({ account }) => account),
    ['jürgen', own, own, 'http'],
  );
});

test('TCP serves loopback addresses only', async (t) => {
  const socketPath = join(temporaryFolder(t), 'admin.sock');
  for (const host of ['0.0.0.0', '192.0.2.1', '::', 'localhost', '127.0.0.1.example.com']) {
    await assert.rejects(
      startHttp({ machine: new FakeMachine(), socket: { path: socketPath }, tcp: { host, port: 0 } }),
      { exit: 30 },
      host,
    );
  }
  assert.equal(existsSync(socketPath), false);
});

test('a TCP port in use: its own code, and the unix socket is gone again', async (t) => {
  const other = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => other.once('listening', resolve));
  t.after(() => other.close());
  const { port } = other.address() as { port: number };
  const socketPath = join(temporaryFolder(t), 'admin.sock');
  await assert.rejects(
    startHttp({ machine: new FakeMachine(), socket: { path: socketPath }, tcp: { host: '127.0.0.1', port } }),
    {
      exit: 31,
    },
  );
  assert.equal(existsSync(socketPath), false);
});

test('pages of other sites and rebound names are turned away from TCP', async (t) => {
  const { socketPath, tcpAddress } = await serving(t, new FakeMachine(), { tcp: { host: '127.0.0.1', port: 0 } });
  assert.ok(tcpAddress !== undefined);
  const port = tcpAddress.split(':')[1];
  const status = async (headers: Record<string, string>) =>
    (await ask(socketPath, '/api/holdfast/version', { tcp: tcpAddress, headers })).status;
  assert.equal(await status({}), 200);
  assert.equal(await status({ host: `localhost:${port}` }), 200);
  assert.equal(await status({ host: `attacker.example:${port}` }), 403);
  assert.equal(await status({ host: '127.0.0.1' }), 403);
  assert.equal(await status({ host: `127.0.0.1.attacker.example:${port}` }), 403);
  assert.equal(await status({ origin: `http://127.0.0.1:${port}` }), 200);
  assert.equal(await status({ origin: 'https://attacker.example' }), 403);
  assert.equal(await status({ origin: `http://127.0.0.1:1` }), 403);
  assert.equal(await status({ origin: 'null' }), 403);
  assert.equal(await status({ 'sec-fetch-site': 'cross-site' }), 403);
  assert.equal(await status({ 'sec-fetch-site': 'same-origin' }), 200);
});

test('a body over the limit is refused, one that is not UTF-8 too, with and without a length', async (t) => {
  const { socketPath } = await serving(t, new FakeMachine());
  const put = (body: string | Uint8Array, headers = {}) =>
    ask(socketPath, '/api/security/clients/', { method: 'PUT', body, headers });
  assert.equal((await put('x'.repeat(limits.httpBodyBytesMax + 1))).status, 413);
  assert.equal((await put('x'.repeat(limits.httpBodyBytesMax + 1), { 'transfer-encoding': 'chunked' })).status, 413);
  assert.equal((await put(Uint8Array.of(0xff, 0xfe))).status, 400);
  assert.equal((await put('x'.repeat(limits.httpBodyBytesMax))).status, 400);
});

test('a fault of ours is told to the caller and to the log, and ends nothing', async (t) => {
  const machine = new FakeMachine();
  const faults: unknown[] = [];
  const { socketPath } = await serving(t, machine, { report: (fault) => faults.push(fault) });
  machine.information = () => {
    throw new Error('a bug');
  };
  assert.equal((await ask(socketPath, '/api/holdfast/status')).status, 500);
  assert.equal(faults.length, 1);
  assert.equal((await ask(socketPath, '/api/clients')).status, 200);
});

test('no more than so many connections', async (t) => {
  const { socketPath } = await serving(t, new FakeMachine());
  const sockets = Array.from({ length: limits.httpConnectionsMax + 5 }, () => connect(socketPath));
  t.after(() => {
    for (const socket of sockets) socket.destroy();
  });
  const closed = await Promise.all(
    sockets.map(
      (socket) =>
        new Promise<boolean>((resolve) => {
          socket.on('error', () => resolve(true));
          socket.on('close', () => resolve(true));
          socket.on('connect', () => setTimeout(() => resolve(false), 200));
        }),
    ),
  );
  assert.equal(closed.filter((isClosed) => isClosed).length, 5);
});

test('no more than so many event streams', async (t) => {
  const { socketPath } = await serving(t, new FakeMachine());
  const streams = await Promise.all(
    Array.from({ length: limits.eventStreamsMax }, () => open(socketPath, '/api/event')),
  );
  assert.equal((await ask(socketPath, '/api/event')).status, 429);
  streams[0]?.destroy();
  for (let i = 0; i < 50 && (await statusOf(socketPath)) !== 200; i++)
    await new Promise((resolve) => setTimeout(resolve, 10));
  assert.equal(await statusOf(socketPath), 200);
  for (const stream of streams) stream.destroy();
});

async function statusOf(socketPath: string): Promise<number> {
  const message = await open(socketPath, '/api/event');
  message.destroy();
  return message.statusCode ?? 0;
}
