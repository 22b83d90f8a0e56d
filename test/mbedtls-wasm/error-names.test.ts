/** The table of mbedTLS's error names says what its headers say. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { test } from 'node:test';

const table = readFileSync('src/mbedtls-wasm/error-of-code.ts', 'utf8');
const headers = ['ssl.h', 'x509.h', 'ecp.h'].map((name) => `build/mbedtls-3.6.6/include/mbedtls/${name}`);

test('every name of the table has the code that its header gives it', { skip: !headers.every(existsSync) }, () => {
  const codes = new Map<string, number>();
  const text = headers.map((header) => readFileSync(header, 'utf8')).join('\n');
  for (const [, name, code] of text.matchAll(/#define (MBEDTLS_ERR_(?:SSL|X509|ECP)_\w+)\s+(-0x[0-9A-F]+)/g)) {
    codes.set(name ?? '', -Number.parseInt((code ?? '').slice(1), 16));
  }
  let checked = 0;
  for (const [, code, name] of table.matchAll(/\[-(0x[0-9a-f]+)\]: (?:\{ name: )?'(MBEDTLS_\w+)'/g)) {
    assert.equal(codes.get(name ?? ''), -Number.parseInt(code ?? '', 16), name);
    checked += 1;
  }
  assert.ok(checked > 25, `${checked} names`);
});
