/** Listeners that cannot stand side by side, found before the operating system refuses the second one. */
import type { ConfigurationProblem, ListenerConfiguration } from './configuration.ts';

/** `lineOf` finds the line of a key. At least one listener must be left. */
export function clashes(
  listeners: readonly ListenerConfiguration[],
  lineOf: (key: string) => number | undefined,
): readonly ConfigurationProblem[] {
  const enabled = listeners.filter((listener) => listener.enabled);
  const problems: ConfigurationProblem[] = [];
  if (enabled.length === 0)
    problems.push({ line: lineOf('listener'), text: 'no listener is enabled; no device could come in.' });
  for (const [index, later] of enabled.entries()) {
    const earlier = enabled
      .slice(0, index)
      .find((other) => other.port === later.port && overlap(other.address, later.address));
    if (earlier === undefined) continue;
    const text = `listener.${later.name} and listener.${earlier.name} both want port ${later.port}; disable one or change a port.`;
    problems.push({ line: lineOf(`listener.${later.name}.port`) ?? lineOf(`listener.${later.name}`), text });
  }
  return problems;
}

function overlap(a: string, b: string): boolean {
  if (a.includes(':') !== b.includes(':')) return false;
  const wildcards = ['0.0.0.0', '::'];
  return a === b || wildcards.includes(a) || wildcards.includes(b);
}
