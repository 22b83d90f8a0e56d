// Reads the machine's own apt configuration, in both its forms, and makes of it a list of source archives, so that the
// mirror, the proxy and the keys are the ones that this machine already trusts.
// Source: sources.list(5), "one-line-style format" and "deb822-style format".

/**
 * @typedef {object} AptSource
 * @property {string[]} uris
 * @property {string[]} suites
 * @property {string[]} components
 * @property {Record<string, string>} options what decides on trust: "signed-by", "trusted"
 */

/** Releases of Debian (and Raspberry Pi OS), whose mirrors also carry the suite that is looked for. */
const DEBIAN_RELEASES =
  /^(buster|bullseye|bookworm|trixie|forky|duke|sid|oldoldstable|oldstable|stable|testing|unstable)$/;
const OPTIONS_KEPT = ['signed-by', 'trusted'];
const SCHEMES = /^(mirror\+)?(https?|file|ftp|tor\+https?|ar\+https?):/;

/**
 * The active entries of a `sources.list` file.
 * @param {string} text
 * @returns {AptSource[]}
 */
export function parseOneLineSources(text) {
  const sources = [];
  for (const line of text.split('\n')) {
    const match = /^\s*deb(?:-src)?\s+(?:\[([^\]]*)\]\s+)?(\S+)\s+(\S+)\s*([^#]*)/.exec(line);
    if (match) {
      const [, options = '', uri = '', suite = '', components = ''] = match;
      sources.push({ uris: [uri], suites: [suite], components: words(components), options: optionsOf(options) });
    }
  }
  return sources;
}

/**
 * The active stanzas of a `.sources` file. An embedded key keeps its line breaks.
 * @param {string} text
 * @returns {AptSource[]}
 */
export function parseDeb822Sources(text) {
  const sources = [];
  for (const stanza of text.split(/\n\s*\n/)) {
    const fields = fieldsOf(stanza);
    if (fields['uris'] === undefined || fields['suites'] === undefined || /^no$/i.test(fields['enabled'] ?? 'yes')) {
      continue;
    }
    /** @type {Record<string, string>} */
    const options = {};
    for (const name of OPTIONS_KEPT) {
      if (fields[name] !== undefined) {
        options[name] = fields[name];
      }
    }
    const components = words(fields['components'] ?? '');
    sources.push({ uris: words(fields['uris']), suites: words(fields['suites']), components, options });
  }
  return sources;
}

/**
 * A deb822 list of the source archives of `suite` on the mirrors of `sources`.
 * @param {AptSource[]} sources
 * @param {string} suite "trixie"
 * @returns {string | null} null when no entry is a mirror of Debian's
 */
export function sourceArchiveList(sources, suite) {
  const stanzas = new Set();
  for (const source of sources) {
    for (const uri of source.uris.filter((candidate) => SCHEMES.test(candidate))) {
      for (const kept of suitesOn(source, suite)) {
        stanzas.add(stanzaOf(uri, kept, source.options));
      }
    }
  }
  return stanzas.size === 0 ? null : [...stanzas].join('\n');
}

/** @param {AptSource} source @param {string} suite @returns {string[]} the suite, and its security suite */
function suitesOn(source, suite) {
  if (!source.components.includes('main')) {
    return [];
  }
  const names = source.suites.flatMap((name) => {
    const [, release = '', security] = /^([a-z]+)(-security|\/updates)?$/.exec(name) ?? [];
    return DEBIAN_RELEASES.test(release) ? [security ? `${suite}-security` : suite] : [];
  });
  return [...new Set(names)];
}

/** @param {string} uri @param {string} suite @param {Record<string, string>} options */
function stanzaOf(uri, suite, options) {
  const lines = ['Types: deb-src', `URIs: ${uri}`, `Suites: ${suite}`, 'Components: main'];
  for (const [name, value] of Object.entries(options)) {
    lines.push(`${name === 'trusted' ? 'Trusted' : 'Signed-By'}: ${value}`);
  }
  return `${lines.join('\n')}\n`;
}

/** @param {string} stanza @returns {Record<string, string>} by lower-case name, continuation lines kept as they are */
function fieldsOf(stanza) {
  /** @type {Record<string, string>} */
  const fields = {};
  let name = '';
  for (const line of stanza.split('\n').filter((candidate) => !candidate.startsWith('#'))) {
    const match = /^([A-Za-z0-9-]+):[ \t]*(.*)$/.exec(line);
    if (match) {
      name = (match[1] ?? '').toLowerCase();
      fields[name] = match[2] ?? '';
    } else if (/^[ \t]/.test(line) && name !== '') {
      fields[name] += `\n${line}`;
    }
  }
  return fields;
}

/** @param {string} text @returns {Record<string, string>} */
function optionsOf(text) {
  const pairs = words(text).map((word) => word.split('='));
  return Object.fromEntries(
    pairs
      .filter(([name, value]) => value !== undefined && OPTIONS_KEPT.includes((name ?? '').toLowerCase()))
      .map(([name, value]) => [(name ?? '').toLowerCase(), (value ?? '').replaceAll(',', ' ')]),
  );
}

/** @param {string} text @returns {string[]} */
function words(text) {
  return text.split(/\s+/).filter(Boolean);
}
