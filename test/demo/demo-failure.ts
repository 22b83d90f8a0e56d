/** The demo cannot go on, or shows what it should not; the sentence says why. */
export class DemoFailure extends Error {
  override readonly name = 'DemoFailure';
}
