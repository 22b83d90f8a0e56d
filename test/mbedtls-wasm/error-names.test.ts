/** The table of mbedTLS's error names says what its header says. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { test } from 'node:test';

const table = readFileSync('src/mbedtls-wasm/error-of-code.ts', 'utf8');
const header = 'build/mbedtls-3.6.6/include/mbedtls/ssl.h';

test('every name of the table has the code that ssl.h gives it', { skip: !existsSync(header) }, () => {
  const codes = new Map<string, number>();
  for (const [, name, code] of readFileSync(header, 'utf8').matchAll(
    /#define (MBEDTLS_ERR_SSL_\w+)\s+(-0x[0-9A-F]+)/g,
  )) {
    codes.set(name ?? '', -Number.parseInt((code ?? '').slice(1), 16));
  }
  let checked = 0;
  for (const [, code, name] of table.matchAll(/\[-(0x[0-9a-f]+)\]: (?:\{ name: )?'(MBEDTLS_\w+)'/g)) {
    assert.equal(codes.get(name ?? ''), -Number.parseInt(code ?? '', 16), name);
    checked += 1;
  }
  assert.ok(checked > 20, `${checked} names`);
});
