/** `GET /api/holdfast/readers`, and what a change of a reader answers. */
export interface ReaderBody {
  readonly name: string;
  /** The id of the last event that it has handled; 0 for none. */
  readonly cursor: number;
  /** How many events after it the log holds, and how many are gone. */
  readonly unread: number;
  readonly lost: number;
}

export interface ReaderChangeBody {
  readonly name: string;
  readonly cursor: number;
  readonly result: 'added' | 'moved' | 'reset' | 'removed';
}
