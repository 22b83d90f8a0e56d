/** `holdfast read EP PATH...`: one resource prints its bare value, anything wider a table. */
import { writeFile } from 'node:fs/promises';
import type { OperationBody } from '../../api/bodies/operation.ts';
import type { ExitCode } from '../../api/exit-codes.ts';
import { operationRequest } from '../../api/operation-request.ts';
import { fromHex } from '../../base/bytes.ts';
import { devicePath, oneWord } from '../arguments.ts';
import { wrongCall } from '../cli-error.ts';
import type { Context } from '../context.ts';
import { printValues } from '../operation-answer.ts';
import { type OperationFlags, waiting } from '../operation-flags.ts';
import { performAndReport } from '../operation-report.ts';
import { fileTrouble } from '../read-input.ts';

export const readFormats = ['text', 'cbor', 'senml-json', 'senml-cbor', 'tlv', 'opaque'] as const;

export interface ReadFlags extends OperationFlags {
  readonly format?: string;
  readonly raw?: string;
}

export async function read(
  context: Context,
  endpoint: string,
  paths: readonly string[],
  flags: ReadFlags,
): Promise<ExitCode> {
  const { raw } = flags;
  if (raw !== undefined && paths.length > 1)
    throw wrongCall('--raw takes one path: payloads have no border between them.');
  const wanted = operationRequest('read', endpoint, {
    ...waiting(flags),
    paths: paths.map((path) => devicePath(path)),
    format: flags.format === undefined ? null : oneWord('--format', flags.format, readFormats),
    raw: raw !== undefined,
  });
  return performAndReport(context, wanted, (operations) =>
    raw === undefined ? printValues(context, operations) : writePayload(context, operations, raw),
  );
}

async function writePayload(context: Context, operations: readonly OperationBody[], target: string): Promise<void> {
  const payload = fromHex(operations[0]?.payload ?? '') ?? new Uint8Array(0);
  if (target === '-') return context.io.out.write(payload);
  try {
    await writeFile(target, payload);
  } catch (error) {
    const { code = 'unknown' } = error as { readonly code?: string };
    throw wrongCall(`${target} cannot be written (${fileTrouble(code)}).`);
  }
  await context.say(`${payload.length} bytes of ${operations[0]?.format ?? 'payload'} written to ${target}`);
}
