/** A configuration as TOML again, every key with its unit and where its value comes from. Valid input for the gateway. */
import type { ConfigurationKeyBody } from '../bodies/configuration.ts';

/** `spacing = 500                # ms, default`; sections in the order of the keys. */
export function effectiveToml(keys: readonly ConfigurationKeyBody[]): string {
  const lines: string[] = [];
  let section = '';
  for (const key of keys) {
    const dot = key.key.lastIndexOf('.');
    const table = key.key.slice(0, dot);
    if (table !== section) {
      if (section !== '') lines.push('');
      lines.push(`[${table}]`);
      section = table;
    }
    const assignment = `${key.key.slice(dot + 1)} = ${tomlValue(key.value)}`;
    const unit = key.unit === null ? '' : `${key.unit}, `;
    lines.push(`${assignment.padEnd(38)}  # ${unit}${key.origin}`);
  }
  return `${lines.join('\n')}\n`;
}

/** A basic string's escapes are JSON's, but for DEL, which TOML wants escaped too. */
function tomlValue(value: string | number | boolean): string {
  return JSON.stringify(value).replaceAll('\u007f', '\\u007f');
}
