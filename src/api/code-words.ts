/** CoAP response codes in words (RFC 7252 section 5.9, RFC 7959, RFC 8132): a code never stands alone in a message. */
const words: Readonly<Record<string, string>> = {
  '4.00': 'bad request',
  '4.01': 'unauthorized',
  '4.02': 'bad option',
  '4.03': 'forbidden',
  '4.04': 'not found',
  '4.05': 'method not allowed',
  '4.06': 'not acceptable',
  '4.08': 'request entity incomplete',
  '4.09': 'conflict',
  '4.12': 'precondition failed',
  '4.13': 'request entity too large',
  '4.15': 'unsupported content format',
  '4.22': 'unprocessable entity',
  '4.29': 'too many requests',
  '5.00': 'internal error',
  '5.01': 'not implemented',
  '5.02': 'bad gateway',
  '5.03': 'service unavailable',
  '5.04': 'gateway timeout',
  '5.05': 'proxying not supported',
};

/** `4.05 method not allowed`; the bare code when it is not a registered one. */
export function codeWithWords(code: string): string {
  const word = words[code];
  return word === undefined ? code : `${code} ${word}`;
}
