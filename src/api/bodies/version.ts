/** `GET /api/holdfast/version`, and `holdfast version --json`. */
export interface VersionBody {
  readonly gateway: string;
  /** `mbedTLS 3.6.6`. */
  readonly engine: string | null;
  readonly node: string;
  readonly jsonSchema: number;
}

export interface CliVersionBody {
  readonly cli: string;
  /** Null when the gateway does not run. */
  readonly gateway: string | null;
  readonly engine: string | null;
  readonly node: string;
  readonly jsonSchema: number;
}
