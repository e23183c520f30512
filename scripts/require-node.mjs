/** Node's version check. Runs on any Node that knows modules, so it imports nothing. */

const NEEDED = "22.12.0";

/** Why this Node cannot run the app, as one sentence for people; null when it can. */
export function nodeProblem(version) {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  if (major > 22 || (major === 22 && minor >= 12)) return null;
  return (
    `The app needs Node ${NEEDED} or newer, and this is ${version}: ` +
    "npm ci installs the pinned Node 26 beside the app, and npm start and npm run serve use that one."
  );
}

/** Ends the process with that sentence and exit code 1 when this Node is too old. */
export function requireNode() {
  const problem = nodeProblem(process.versions.node);
  if (problem === null) return;
  console.error(problem);
  process.exit(1);
}
