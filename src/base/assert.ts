/** A broken assertion: what cannot be, is. It ends the process; a restart is the best-tested path there is. */
export class AssertionError extends Error {
  override readonly name = 'AssertionError';
}

/** Throws when a condition that the code relies on does not hold. Stays on in production. */
export function assert(condition: unknown, message: string): asserts condition {
  if (!condition) throw new AssertionError(message);
}

/** For the default branch of a switch over a closed list: the compiler proves that it cannot be reached. */
export function unreachable(value: never): never {
  throw new AssertionError(`unreachable: ${JSON.stringify(value)}`);
}
