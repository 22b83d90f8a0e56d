/** `GET /api/holdfast/configuration`: what the running gateway uses. Secrets never stand in it. */
export interface ConfigurationBody {
  /** The file it was read from; null when there is none. */
  readonly file: string | null;
  readonly keys: readonly ConfigurationKeyBody[];
}

export interface ConfigurationKeyBody {
  /** `listener.ipv4.port`. */
  readonly key: string;
  readonly value: string | number | boolean;
  readonly default: string | number | boolean | null;
  /** `ms`, `s`, `bytes`, `datagrams/s`; null for what is counted or named. */
  readonly unit: string | null;
  /** `default`, `line 14`, or the argument that set it (`--http`). */
  readonly origin: string;
  readonly description: string;
}
