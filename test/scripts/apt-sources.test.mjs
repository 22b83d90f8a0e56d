// Both forms of apt's configuration give the same list of source archives.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseDeb822Sources, parseOneLineSources, sourceArchiveList } from '../../scripts/lib/apt-sources.mjs';

const MIRROR = 'http://mirror.example/debian';
const KEYRING = '/usr/share/keyrings/debian-archive-keyring.gpg';

test('a deb822 file: comments, several suites, a stanza that is switched off', () => {
  const list = sourceArchiveList(
    parseDeb822Sources(
      [
        'Types: deb',
        '# a snapshot',
        `URIs: ${MIRROR}`,
        'Suites: bookworm bookworm-updates',
        'Components: main contrib',
        `Signed-By: ${KEYRING}`,
        '',
        'Types: deb',
        'URIs: http://mirror.example/debian-security',
        'Suites: bookworm-security',
        'Components: main',
        '',
        'Enabled: no',
        'Types: deb',
        'URIs: http://old.example/debian',
        'Suites: bookworm',
        'Components: main',
      ].join('\n'),
    ),
    'trixie',
  );
  assert.equal(
    list,
    `${stanza(MIRROR, 'trixie')}Signed-By: ${KEYRING}\n\n${stanza('http://mirror.example/debian-security', 'trixie-security')}`,
  );
});

test('a key inside a stanza is kept with its lines', () => {
  const key = [
    'Signed-By:',
    ' -----BEGIN PGP PUBLIC KEY BLOCK-----',
    ' .',
    ' mDMEX',
    ' -----END PGP PUBLIC KEY BLOCK-----',
  ];
  const sources = parseDeb822Sources(`${stanza(MIRROR, 'bookworm')}${key.join('\n')}\n`);
  const list = sourceArchiveList(sources, 'trixie') ?? '';
  assert.ok(list.endsWith(`${key.join('\n').replace('Signed-By:', 'Signed-By: ')}\n`), list);
});

test('a classic list: options, comments, old and new names of security suites', () => {
  const text = [
    '# deb http://commented.example/debian bookworm main',
    `deb [arch=amd64 signed-by=${KEYRING}] ${MIRROR} bookworm main non-free # the mirror`,
    `deb-src [signed-by=${KEYRING}] ${MIRROR} bookworm main`,
    'deb http://mirror.example/debian-security buster/updates main',
  ].join('\n');
  assert.equal(
    sourceArchiveList(parseOneLineSources(text), 'trixie'),
    `${stanza(MIRROR, 'trixie')}Signed-By: ${KEYRING}\n\n${stanza('http://mirror.example/debian-security', 'trixie-security')}`,
  );
});

test("other people's archives, media and other distributions are no mirrors of Debian's", () => {
  const text = [
    'deb https://packages.example/tool tool-bookworm main',
    'deb https://packages.example/node nodistro main',
    'deb cdrom:[Debian]/ bookworm main',
    'deb http://archive.example/ubuntu noble main universe',
    'deb http://mirror.example/debian bookworm contrib',
  ].join('\n');
  assert.equal(sourceArchiveList(parseOneLineSources(text), 'trixie'), null);
});

/** @param {string} uri @param {string} suite */
function stanza(uri, suite) {
  return `Types: deb-src\nURIs: ${uri}\nSuites: ${suite}\nComponents: main\n`;
}
