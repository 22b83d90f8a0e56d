'use strict';
// The door of every npm script: `node scripts/run.cjs NAME ARGUMENTS...` refuses a Node that is too old and then runs
// scripts/NAME.mjs in this same process. It is CommonJS, and uses no syntax younger than Node 6, because an old Node
// must be able to read it to the end before it can say that it is too old.

const OLDEST_MAJOR = 20;
const OLDEST_MINOR = 19;
const EXIT_SET_UP_INCOMPLETE = 36;

/**
 * Whether `version` ("20.19.0") is at least the oldest supported one.
 * @param {string} version
 */
function nodeIsNewEnough(version) {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major > OLDEST_MAJOR || (major === OLDEST_MAJOR && minor >= OLDEST_MINOR);
}

/**
 * The sentence for a Node that is too old, and what to do about it.
 * @param {string} version
 */
function oldNodeMessage(version) {
  return (
    `error: this is Node ${version}, and Holdfast needs Node ${OLDEST_MAJOR}.${OLDEST_MINOR} or newer.\n` +
    '  Install a newer one (your distribution, or https://nodejs.org), look at it, and run again:  node --version\n'
  );
}

function main() {
  if (!nodeIsNewEnough(process.versions.node)) {
    process.stderr.write(oldNodeMessage(process.versions.node));
    process.exitCode = EXIT_SET_UP_INCOMPLETE;
    return;
  }
  const script = `${process.argv[2]}.mjs`;
  process.argv.splice(1, 2, `${__dirname}/${script}`);
  import(`./${script}`).catch((error) => {
    process.stderr.write(`${(error instanceof Error && error.stack) || error}\n`);
    process.exitCode = 1;
  });
}

module.exports = { nodeIsNewEnough, oldNodeMessage };

if (require.main === module) {
  main();
}
