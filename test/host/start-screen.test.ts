import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startScreen } from '../../src/host/start-screen.ts';

const facts = {
  version: '0.1.0',
  lastStop: 'first',
  state: './var',
  secured: ['coaps://0.0.0.0:5684', 'coaps://[::]:5684'],
  plain: [],
  takesCertificates: false,
  http: undefined,
  command: './holdfast',
  devicesKnown: 0,
} as const;

test('the first start leads to a first device', () => {
  assert.equal(
    startScreen(facts),
    `holdfast 0.1.0 serves (first start, state in ./var)
  devices    coaps://0.0.0.0:5684  coaps://[::]:5684     DTLS, PSK
  operators  ./holdfast status
Add a first device, in a second terminal:
  ./holdfast device add meter-17 --generate-key meter-17.key
  npm run device -- meter-17 meter-17.key
Ctrl-C stops the gateway; its devices keep their connections.
`,
  );
});

test('a later start says how the last one ended, and what else is open', () => {
  const later = {
    ...facts,
    lastStop: 'unclean',
    plain: ['coap://127.0.0.1:5683'],
    takesCertificates: true,
    http: 'http://127.0.0.1:8080',
    devicesKnown: 3,
  } as const;
  assert.equal(
    startScreen(later),
    `holdfast 0.1.0 serves (after a power cut or kill, state in ./var)
  devices    coaps://0.0.0.0:5684  coaps://[::]:5684     DTLS, PSK and X.509
             coap://127.0.0.1:5683     no security
  rest       http://127.0.0.1:8080
  operators  ./holdfast status
Ctrl-C stops the gateway; its devices keep their connections.
`,
  );
});
