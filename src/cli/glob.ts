/** Patterns of `devices --match`: `*` is any text, `?` one character, everything else itself. */
export function globMatcher(pattern: string): (text: string) => boolean {
  const escaped = pattern.replaceAll(/[.+^${}()|[\]\\]/g, '\\$&');
  const expression = new RegExp(`^${escaped.replaceAll('*', '.*').replaceAll('?', '.')}$`, 'su');
  return (text) => expression.test(text);
}
