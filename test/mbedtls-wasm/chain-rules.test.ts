/** The rules for a peer's chain: names, validity, pins, revocation, and what was found on its path. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type ChainFinding, type ChainRules, decideChain } from 'mbedtls-wasm';
import { type Issued, type IssueOptions, issue, revoke } from './authority.ts';
import { makeEngine, text } from './pair.ts';

const root = issue({ commonNames: ['root'], isAuthority: true });
const day = Date.UTC(2026, 5, 1);
const anyEndpoint: ChainRules = { peer: 'any-endpoint', wallMs: day };

/** The name that was found, or why the chain was refused. */
function word(own: Issued, rules: Partial<ChainRules> = {}, findings: readonly ChainFinding[] = []): string {
  const decision = decideChain({ certificates: [own.der], findings }, { ...anyEndpoint, ...rules });
  return 'refused' in decision ? decision.refused : text(decision.identity);
}
const made = (options: IssueOptions): Issued => issue({ by: root, ...options });

test("an endpoint's name is its one common name, else its one URI", () => {
  const uri = 'urn:dev:os:32473-123456';
  assert.equal(word(made({})), 'meter-17');
  assert.equal(word(made({ uris: [uri] })), 'meter-17');
  assert.equal(word(made({ commonNames: [], uris: [uri] })), uri);
  assert.equal(word(made({ commonNames: ['zähler 17'] })), 'zähler 17');
  assert.equal(word(made({ commonNames: ['one', 'two'], uris: [uri] })), 'wrong-name');
  assert.equal(word(made({ commonNames: [], uris: [uri, 'urn:other'] })), 'wrong-name');
  assert.equal(word(made({ commonNames: [], dnsNames: ['meter.example'] })), 'wrong-name');
  assert.equal(word(made({ commonNames: ['meter-17\0.evil'] })), 'wrong-name');
  assert.equal(word(made({ commonNames: [''] })), 'wrong-name');
});

test('a name that cannot be read counts: no other one is taken instead of it', () => {
  const uris = ['urn:dev:os:32473-123456'];
  const [t61String, bmpString] = [0x14, 0x1e];
  const notUtf8 = Uint8Array.of(0x6d, 0xff);
  for (const peer of ['any-endpoint', { endpointName: 'urn:dev:os:32473-123456' }, { endpointName: '' }] as const) {
    for (const commonNameTag of [t61String, bmpString]) {
      assert.equal(word(made({ commonNameTag, uris }), { peer }), 'wrong-name');
    }
    for (const name of [notUtf8, 'meter-17\0', '']) {
      assert.equal(word(made({ commonNames: [name], uris }), { peer }), 'wrong-name');
      assert.equal(word(made({ commonNames: [name, uris[0] ?? ''] }), { peer }), 'wrong-name');
    }
    assert.equal(word(made({ commonNames: [], uris: [...uris, 'urn:\0'] }), { peer }), 'wrong-name');
    assert.equal(word(made({ commonNames: [], uris: [''] }), { peer }), 'wrong-name');
  }
});

test('a handshake that goes out to an endpoint wants its name', () => {
  const rules = { peer: { endpointName: 'meter-17' } };
  assert.equal(word(made({}), rules), 'meter-17');
  assert.equal(word(made({ commonNames: ['meter-18'] }), rules), 'wrong-name');
  assert.equal(word(made({ commonNames: ['Meter-17'] }), rules), 'wrong-name');
  assert.equal(word(made({ commonNames: ['meter-18'], uris: ['meter-17'] }), rules), 'wrong-name');
});

test('the name of a host is an alternative name, its first label may be a star', () => {
  const host = (dnsName: string, dnsNames: string[]): string => word(made({ dnsNames }), { peer: { dnsName } });
  const refused = 'wrong-name';
  assert.equal(host('gw.example.org', ['other.example', 'gw.example.org']), 'gw.example.org');
  assert.equal(host('GW.example.org.', ['gw.EXAMPLE.org']), 'GW.example.org.');
  assert.equal(host('gw.example.org', ['*.example.org']), 'gw.example.org');
  assert.equal(host('a.gw.example.org', ['*.example.org']), refused);
  assert.equal(host('example.org', ['*.example.org']), refused);
  assert.equal(host('example.org', ['*.org']), refused);
  assert.equal(host('gw.example.org', ['g*.example.org', 'gw.*.org', '*', 'gw..org', '']), refused);
  assert.equal(host('.example.org', ['*.example.org']), refused);
  assert.equal(host('meter-17', []), refused, 'the common name is none of a host');
});

test('validity counts only while the clock can be trusted', () => {
  const early = made({ notBefore: '270101000000Z' });
  const late = made({ notAfter: '20260531235959Z' });
  assert.equal(word(early), 'not-valid-now');
  assert.equal(word(late), 'not-valid-now');
  for (const own of [early, late]) assert.equal(word(own, { wallMs: undefined }), 'meter-17');
  assert.equal(word(late, { wallMs: Date.UTC(2026, 4, 31, 23, 59, 59) }), 'meter-17');
  assert.equal(word(early, { wallMs: Date.UTC(2027, 0, 1) }), 'meter-17');
  assert.equal(word(early, { wallMs: Date.UTC(2027, 0, 1) - 1 }), 'not-valid-now');
  assert.equal(word(made({ notBefore: '500101000000Z' }), { wallMs: Date.UTC(1950, 0, 1) }), 'meter-17');
});

test('what was found on the path counts, unless it is tolerated', () => {
  const own = made({});
  assert.equal(word(own, {}, ['not-trusted', 'key-usage']), 'not-trusted');
  assert.equal(word(own, {}, ['unsupported']), 'unsupported');
  assert.equal(word(own, {}, ['extended-key-usage']), 'unsupported');
  assert.equal(word(own, { tolerated: ['extended-key-usage'] }, ['extended-key-usage']), 'meter-17');
  assert.equal(word(own, { tolerated: ['extended-key-usage'] }, ['extended-key-usage', 'not-trusted']), 'not-trusted');
});

test('a pinned certificate or key needs no path, and others are refused', () => {
  const own = issue();
  const found: readonly ChainFinding[] = ['not-trusted'];
  assert.equal(word(own, { pinned: [root.der, own.der] }, found), 'meter-17');
  assert.equal(word(own, { pinned: [own.publicKey] }, found), 'meter-17');
  assert.equal(word(own, { pinned: [] }), 'not-allowed');
  assert.equal(word(made({}), { pinned: [own.der] }), 'not-allowed');
  assert.equal(word(own, { pinned: [own.der] }, [...found, 'key-usage']), 'unsupported');
  assert.equal(word(issue({ notAfter: '250101000000Z' }), { pinned: [] }), 'not-allowed');
  const old = issue({ notAfter: '250101000000Z' });
  assert.equal(word(old, { pinned: [old.der] }), 'not-valid-now');
});

test('a revoked certificate is refused, also above the first, by the list of its issuer alone', () => {
  const middle = made({ commonNames: ['middle'], isAuthority: true });
  const own = issue({ by: middle });
  const listOf = (by: Issued, revoked: Issued) => {
    const serialNumbers = [made({}), revoked].map((each) => each.serialNumber);
    return makeEngine().readRevocationList(revoke(by, serialNumbers), [root.der, middle.der]);
  };
  const chain = { certificates: [own.der, middle.der], findings: [] };
  const decided = (...revocationLists: NonNullable<ChainRules['revocationLists']>[number][]) =>
    decideChain(chain, { ...anyEndpoint, revocationLists });
  assert.deepEqual(decided(listOf(middle, own)), { refused: 'revoked' });
  assert.deepEqual(decided(listOf(root, middle)), { refused: 'revoked' });
  assert.ok('identity' in decided(listOf(root, own), listOf(middle, middle)));
});

test('a chain that cannot be read, or is too long, is refused', () => {
  const own = made({});
  const refused = { refused: 'unsupported' };
  const decided = (certificates: Uint8Array[]) => decideChain({ certificates, findings: [] }, anyEndpoint);
  assert.deepEqual(decided([]), refused);
  assert.deepEqual(decided([own.der, own.der.slice(1)]), refused);
  assert.deepEqual(decided(Array.from({ length: 17 }, () => own.der)), refused);
});
