/** The gateway's program. */
import { programParts } from './program-parts.ts';
import { runGateway } from './run.ts';

await runGateway(programParts, process.argv.slice(2));
