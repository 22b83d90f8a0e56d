/** What a person is told of a call that `parseArgs` refuses: its first sentence, without the full stop. */
export function wrongCall(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split(/\.?\s*(?:\n|\. )/)[0] ?? '';
}
