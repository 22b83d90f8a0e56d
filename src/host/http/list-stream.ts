/**
 * Writes a list of unknown length: one element a line, a chunk a turn of the event loop, and never faster than the reader takes
 * it. The list is a valid JSON array as a whole.
 */
import type { ServerResponse } from 'node:http';
import { arrayLines } from '../../api/json.ts';
import { contentTypes } from '../../api/version.ts';
import type { List } from '../../management/plan.ts';
import { drained } from './drained.ts';
import type { Turns } from './turns.ts';

/** Resolves when the list is written or its reader has gone. */
export async function streamList(list: List, response: ServerResponse, turns: Turns): Promise<void> {
  response.writeHead(200, { 'content-type': contentTypes.json });
  response.write(arrayLines.open);
  let isFirst = true;
  let after: string | undefined;
  do {
    await turns.next();
    if (response.destroyed) return;
    const chunk = list.chunk(after);
    const lines = chunk.elements.map((element, index) => arrayLines.element(element, isFirst && index === 0));
    if (lines.length > 0) {
      response.write(lines.join(''));
      isFirst = false;
    }
    after = chunk.after;
    if (!(await drained(response))) return;
  } while (after !== undefined);
  response.end(arrayLines.close(isFirst));
}
