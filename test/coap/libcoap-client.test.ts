/** libcoap's `coap-client`, written by others, against our layer over UDP: bodies of 1 MB, and datagrams lost both ways. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { promisify } from 'node:util';
import { installed, longBody, SocketEndpoint } from './socket-endpoint.ts';

const program = installed(['coap-client', 'coap-client-notls', 'coap-client-openssl', 'coap-client-gnutls']);
const skip = program === undefined && process.env['CI'] !== 'true' ? 'libcoap (libcoap3-bin) is not installed' : false;
const megabyte = 1_048_576;

// Side by side: where something is lost, its repetition takes seconds.
describe("libcoap's coap-client", { skip, concurrency: true }, () => {
  for (const [size, bytes, loss] of [
    ['64', megabyte, 0],
    ['1024', megabyte, 0.0005],
    ['64', 4_096, 0.02],
    ['1024', 65_536, 0.02],
  ] as const) {
    test(`coap-client reads and writes ${bytes} bytes, -b ${size}, loss ${loss}`, async (context) => {
      const directory = mkdtempSync(join(tmpdir(), 'holdfast-libcoap-'));
      const [file, read] = [join(directory, 'body'), join(directory, 'read')];
      const body = longBody(bytes);
      writeFileSync(file, body);
      const endpoint = await SocketEndpoint.open({
        loss,
        parameters: { bodyBytes: megabyte },
        answer: ({ method }) =>
          method === 'GET' ? { code: '2.05', payload: Buffer.from(body) } : { code: '2.04', contentFormat: 0 },
      });
      context.after(() => {
        endpoint.close();
        rmSync(directory, { recursive: true });
      });
      const uri = `coap://127.0.0.1:${endpoint.port}/file`;
      await run(['-b', size, '-m', 'get', '-o', read, uri]);
      assert.ok(readFileSync(read, 'utf8') === body, 'read whole');
      await run(['-b', size, '-m', 'put', '-f', file, uri]);
      const written = endpoint.requests.filter(({ method }) => method === 'PUT');
      assert.equal(written.length, 1, 'carried out once');
      assert.ok(Buffer.from(written[0]?.payload ?? []).toString() === body, 'written whole');
      if (loss > 0) assert.ok(endpoint.lost > 0, 'something was lost');
      context.diagnostic(`${endpoint.lost} datagrams lost`);
    });
  }
});

test('coap-client that writes more than we take is told so at once', { skip }, async (context) => {
  const endpoint = await SocketEndpoint.open({ answer: () => ({ code: '2.04' }) });
  context.after(() => endpoint.close());
  const body = 'x'.repeat(70_000);
  await run(['-b', '1024', '-m', 'put', '-e', body, `coap://127.0.0.1:${endpoint.port}/file`], /4\.13/);
  assert.deepEqual(endpoint.requests, []);
});

/** Runs the client to its end; what it says has to fit. */
async function run(words: readonly string[], says = /^$/): Promise<void> {
  assert.ok(program !== undefined, 'libcoap (libcoap3-bin) has to be installed where CI=true');
  const { stdout, stderr } = await promisify(execFile)(program, ['-B', '60', ...words], { timeout: 60_000 });
  assert.match(`${stdout}${stderr}`.trim(), says);
}
