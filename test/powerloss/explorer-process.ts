/** One exploring process; itself under the recorder, for the openings that are to be cut again. */
import type { FromExplorer } from './exploration.ts';
import { Explorer, type ExplorerOptions } from './explorer.ts';

const progressMs = 500;

const explorer = new Explorer(JSON.parse(process.argv[2] ?? '') as ExplorerOptions);
const tell = (message: FromExplorer): boolean => process.send?.(message) ?? false;
const timer = setInterval(() => tell({ kind: 'progress', states: explorer.tally.states }), progressMs);
const abandoned = (): never => process.exit(1);
process.once('disconnect', abandoned); // Nobody is there any more to hear of it.
await explorer.run();
clearInterval(timer);
tell({ kind: 'end', tally: explorer.tally, signatures: [...explorer.signatures] });
process.off('disconnect', abandoned);
process.disconnect();
