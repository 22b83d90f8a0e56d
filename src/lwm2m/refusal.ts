/** Why a request of a device is not carried out: the CoAP code of the answer, and a sentence for the log and the events. */
export interface Refusal {
  readonly refused: true;
  /** `4.00`, `4.04`, `4.09`, `4.12`, `4.13`, `4.15`. */
  readonly code: `4.${string}`;
  readonly kind: 'malformed' | 'identity-mismatch' | 'version' | 'object-list' | 'content-format' | 'not-registered';
  readonly reason: string;
}

export function refuse(code: Refusal['code'], kind: Refusal['kind'], reason: string): Refusal {
  return { refused: true, code, kind, reason };
}

export function isRefusal(result: object): result is Refusal {
  return 'refused' in result;
}
