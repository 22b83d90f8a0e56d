/** The configuration file: every problem with its line, every key with its origin, and an output that is valid input. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { effectiveToml } from '../../../src/api/configuration/effective.ts';
import { isIpv4, isIpv6, isLoopbackWithPort } from '../../../src/api/configuration/host-text.ts';
import { readConfiguration } from '../../../src/api/configuration/read-configuration.ts';
import { limits } from '../../../src/base/limits.ts';

const stateDirectory = '/var/lib/holdfast';

function problems(text: string): readonly string[] {
  return readConfiguration(text, stateDirectory).problems.map((problem) => `line ${problem.line}: ${problem.text}`);
}

test('an empty file: two listeners for coaps, no plain CoAP, no HTTP, all at its default', () => {
  const { configuration, keys, problems: none } = readConfiguration('', stateDirectory);
  assert.deepEqual(none, []);
  assert.deepEqual(
    configuration.listeners.map(({ name, address, port, security }) => [name, address, port, security]),
    [
      ['ipv4', '0.0.0.0', 5684, 'psk'],
      ['ipv6', '::', 5684, 'psk'],
    ],
  );
  assert.equal(configuration.httpAddress, undefined);
  assert.equal(configuration.stateDirectory, stateDirectory);
  assert.equal(configuration.limits.eventLogRecordsMax, limits.eventLogRecordsMax);
  assert.equal(configuration.awakeWindowMs, limits.queueModeAwakeMs);
  assert.ok(keys.every((key) => key.origin === 'default' && key.description !== ''));
});

test('what the file says is taken, with its line', () => {
  const text = `# Field
[listener.field]
address = "192.0.2.1"
port    = 5688

[listener.plain]
security = "none"

[listener.ipv6]
enabled = false

[store]
spacing = 250 # ms
[log]
level = """
debug"""
`;
  const { configuration, keys, problems: none } = readConfiguration(text, stateDirectory);
  assert.deepEqual(none, []);
  const originOf = (name: string) => keys.find((key) => key.key === name)?.origin;
  assert.equal(originOf('listener.field.port'), 'line 4');
  assert.equal(originOf('store.spacing'), 'line 13');
  assert.equal(originOf('log.level'), 'line 15');
  assert.equal(originOf('store.soon_window'), 'default');
  assert.equal(configuration.storeSpacingMs, 250);
  assert.equal(configuration.logLevel, 'debug');
  const byName = new Map(configuration.listeners.map((listener) => [listener.name, listener]));
  assert.deepEqual([...byName.keys()], ['ipv4', 'ipv6', 'field', 'plain']);
  assert.equal(byName.get('ipv6')?.enabled, false);
  assert.deepEqual([byName.get('plain')?.security, byName.get('plain')?.port], ['none', 5683]);
});

test('each mistake is a sentence with its line; all are found at once', () => {
  const text = `[listener.field]
address = "field-gateway"
port = 70000
lifetme = 3
[listener."Field 2"]
port = 5690

[limits]
event_log_record = 5
event_log_records = "many"
[http]
address = "0.0.0.0:80"
[lg]
level = "info"
[time]
battery_clock = "yes"
[state]
directory = 7
`;
  assert.deepEqual(problems(text), [
    'line 2: listener.field.address is "field-gateway"; an address is IPv4 or IPv6, in digits.',
    'line 3: listener.field.port is 70000; a port is 1 to 65535.',
    'line 4: unknown key "lifetme"; known are address, port, security, enabled, recovery_per_second.',
    'line 5: "Field 2" is not a name for a listener: small letters, digits, - and _.',
    'line 9: unknown key "event_log_record"; did you mean "event_log_records"?',
    'line 10: limits.event_log_records is "many"; it is 1000 to 1000000 events.',
    'line 12: http.address is "0.0.0.0:80"; it is a loopback address with a port, or "" for none.',
    'line 13: unknown key "lg"; did you mean "log"?',
    'line 16: time.battery_clock is "yes"; it is one of "good", "none".',
    'line 18: state.directory is 7; it is a directory.',
  ]);
});

test('what cannot stand side by side is refused: twins on a port, nobody listening', () => {
  assert.deepEqual(problems('[listener.field]\naddress = "192.0.2.1"\n'), [
    'line 1: listener.field and listener.ipv4 both want port 5684; disable one or change a port.',
  ]);
  const nobody = '[listener.ipv4]\nenabled = false\n[listener.ipv6]\nenabled = false\n';
  assert.match(problems(nobody)[0] ?? '', /no listener is enabled/);
});

test('certificates are three files, or none', () => {
  const section = '[certificates]\nchain = "own.pem"\nkey = "own.key"\n';
  const { problems } = readConfiguration(section, '/state');
  assert.deepEqual(problems, [
    { line: 2, text: 'certificates.chain and certificates.key are of no use without certificates.trust.' },
  ]);
  const { configuration } = readConfiguration(`${section}trust = "devices.pem"\n`, '/state');
  assert.deepEqual(configuration.certificates, { chain: 'own.pem', key: 'own.key', trust: 'devices.pem' });
  assert.equal(readConfiguration('', '/state').configuration.certificates, undefined);
});

test('what is not TOML has the line of the mistake', () => {
  assert.match(problems('[log]\nlevel = \n').join(), /^line 2: not TOML: .+\.$/);
  assert.match(problems('[log]\nlevel = "info"\nlevel = "warn"\n').join(), /^line 3: not TOML: /);
  assert.deepEqual(problems('log = 3\n'), ['line 1: log is a section, not a value: [log].']);
  assert.deepEqual(problems('log = { level = "shout" }\n'), [
    'line 1: log.level is "shout"; it is one of "trace", "debug", "info", "warn", "error".',
  ]);
});

test('the effective configuration is valid input and means the same', () => {
  const first = readConfiguration('[listener.a]\nport = 5690\n[store]\nspacing = 20\n', '/a "b" \\ c');
  const toml = effectiveToml(first.keys);
  assert.match(toml, /^spacing = 20 {27} # ms, line 4$/m);
  assert.match(toml, /^soon_window = 60 +# s, default$/m);
  const second = readConfiguration(toml, stateDirectory);
  assert.deepEqual(second.problems, []);
  assert.deepEqual(second.configuration, first.configuration);
});

test('addresses are digits of either family', () => {
  for (const good of ['0.0.0.0', '192.0.2.255']) assert.ok(isIpv4(good), good);
  for (const bad of ['', '1.2.3', '256.0.0.1', '1.2.3.4.', '01.2.3.4', 'localhost']) assert.ok(!isIpv4(bad), bad);
  for (const good of ['::', '::1', 'fe80::1%eth0', '2001:db8::192.0.2.1', '1:2:3:4:5:6:7:8'])
    assert.ok(isIpv6(good), good);
  for (const bad of ['', ':', ':::', '1::2::3', '1:2:3', '12345::', '::1%', 'g::']) assert.ok(!isIpv6(bad), bad);
  for (const good of ['127.0.0.1:8080', '[::1]:1']) assert.ok(isLoopbackWithPort(good), good);
  for (const bad of ['127.0.0.1', '10.0.0.1:80', '127.0.0.1:0', '127.0.0.1:65536', '[::]:80']) {
    assert.ok(!isLoopbackWithPort(bad), bad);
  }
});
