/**
 * On which line of a TOML text each key stands. The parser gives values without their places, so the lines are found by their
 * form: `[table]` and `key =`. What stands inside an inline table or an array gets the line of the key that holds it.
 */
const segment = `(?:[A-Za-z0-9_-]+|"[^"]*"|'[^']*')`;
const dotted = `${segment}(?:\\s*\\.\\s*${segment})*`;
const header = new RegExp(`^\\s*\\[\\[?\\s*(${dotted})\\s*\\]`);
const assignment = new RegExp(`^\\s*(${dotted})\\s*=\\s*(.*)$`);

/** Key (`listener.field.port`) or table (`listener.field`) to its line, counted from 1. The text must be valid TOML. */
export function tomlLines(text: string): ReadonlyMap<string, number> {
  const lines = new Map<string, number>();
  let table = '';
  let stringEnd: string | undefined;
  for (const [index, line] of text.split('\n').entries()) {
    if (stringEnd !== undefined) {
      if (line.includes(stringEnd)) stringEnd = undefined;
      continue;
    }
    const [, name] = header.exec(line) ?? [];
    if (name !== undefined) {
      table = plain(name);
      lines.set(table, index + 1);
      continue;
    }
    const [, key, value] = assignment.exec(line) ?? [];
    if (key === undefined) continue;
    lines.set(table === '' ? plain(key) : `${table}.${plain(key)}`, index + 1);
    stringEnd = ['"""', "'''"].find((quotes) => value?.startsWith(quotes) && !value.slice(3).includes(quotes));
  }
  return lines;
}

/** The line of a key, or of the nearest thing around it. */
export function lineOf(lines: ReadonlyMap<string, number>, key: string): number | undefined {
  const exact = lines.get(key);
  const dot = key.lastIndexOf('.');
  return exact ?? (dot < 0 ? undefined : lineOf(lines, key.slice(0, dot)));
}

/** A dotted key without quotes and spaces. */
function plain(key: string): string {
  return [...key.matchAll(new RegExp(segment, 'g'))].map(([part]) => part.replaceAll(/^["']|["']$/g, '')).join('.');
}
