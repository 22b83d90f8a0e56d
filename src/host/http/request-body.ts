/** Reads a request's body as text, up to a limit. */
import type { IncomingMessage } from 'node:http';
import { utf8Decode } from '../../base/bytes.ts';

export type RequestBody =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'too-long' | 'not-utf8' | 'broken-off' };

/** Reads no further than one chunk beyond the limit. */
export async function readBody(request: IncomingMessage, bytesMax: number): Promise<RequestBody> {
  if (Number(request.headers['content-length'] ?? 0) > bytesMax) return { kind: 'too-long' };
  const chunks: Buffer[] = [];
  let length = 0;
  try {
    for await (const chunk of request as AsyncIterable<Buffer>) {
      length += chunk.length;
      if (length > bytesMax) return { kind: 'too-long' };
      chunks.push(chunk);
    }
  } catch {
    return { kind: 'broken-off' };
  }
  const text = utf8Decode(Buffer.concat(chunks));
  return text === undefined ? { kind: 'not-utf8' } : { kind: 'text', text };
}
