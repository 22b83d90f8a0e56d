/** `holdfast version`: of the CLI, and of the gateway if it runs. */
import type { CliVersionBody, VersionBody } from '../../api/bodies/version.ts';
import { type ExitCode, exitCodes } from '../../api/exit-codes.ts';
import { routes } from '../../api/routes.ts';
import { jsonSchemaVersion, productVersion } from '../../api/version.ts';
import { CliError } from '../cli-error.ts';
import type { Context } from '../context.ts';

export async function version(context: Context): Promise<ExitCode> {
  const gateway = await gatewayVersion(context);
  const body: CliVersionBody = {
    cli: productVersion,
    gateway: gateway?.gateway ?? null,
    engine: gateway?.engine ?? null,
    node: process.versions.node,
    jsonSchema: jsonSchemaVersion,
  };
  if (context.json) await context.print(JSON.stringify(body));
  else {
    await context.print(
      `cli      ${body.cli}`,
      `gateway  ${body.gateway ?? 'not reached'}`,
      ...(body.engine === null ? [] : [`engine   ${body.engine}`]),
      `node     ${body.node}`,
      `schema   ${body.jsonSchema}`,
    );
  }
  return exitCodes.done;
}

/** Undefined when there is none to ask; a gateway of another schema version is an error worth reporting. */
async function gatewayVersion(context: Context): Promise<VersionBody | undefined> {
  try {
    return await context.gateway.json<VersionBody>({ method: 'GET', path: routes.version() });
  } catch (error) {
    const isAway = error instanceof CliError && ['NOT_RUNNING', 'NO_PERMISSION'].includes(error.details.code);
    if (isAway) return undefined;
    throw error;
  }
}
