/**
 * `npm start` opens the app: as a window where that is possible, else as a page for a browser. `npm run serve` always does
 * the latter. Builds first when the sources changed; everything after the first `--serve` goes to the app as it is.
 */
import { spawn } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { buildIfNeeded } from "./build-if-needed.mjs";
import { chooseHost, hasDisplay, sandboxProblem } from "./choose-host.mjs";
import { downloadElectron, findElectron, sandboxFacts } from "./electron-runtime.mjs";
import { requireNode } from "./require-node.mjs";

requireNode();
const root = fileURLToPath(new URL("..", import.meta.url));
const [first, ...rest] = process.argv.slice(2);
const serveOnly = first === "--serve";
const args = serveOnly ? rest : process.argv.slice(2);

if (buildIfNeeded(root)) {
  const executable = serveOnly ? null : await findDesktop();
  // Of Chromium's own switches the web host knows none.
  const own = serveOnly ? args : args.filter((word) => word !== "--no-sandbox");
  if (executable === null)
    run(process.execPath, ["--disable-warning=ExperimentalWarning", join(root, "out/main/serve.js"), ...own]);
  else run(executable, [root, ...args]);
} else {
  process.exitCode = 1;
}

/** Electron's executable when a window can be opened; null, after saying why, when it cannot. */
async function findDesktop() {
  const display = hasDisplay(process.platform, process.env);
  const unsafe = args.includes("--no-sandbox") ? null : sandboxProblem(process.platform, sandboxFacts(root));
  const here = { display, unsafe };
  let choice = chooseHost({ electron: findElectron(root) === null ? "downloadable" : "present", ...here });
  if (choice.host === "desktop" && choice.download) {
    const problem = await downloadElectron(root);
    choice = chooseHost(problem === null ? { electron: "present", ...here } : { electron: "absent", problem, ...here });
  }
  if (choice.host === "desktop") {
    console.log("Opening the app…");
    return findElectron(root);
  }
  console.log(choice.reason);
  return null;
}

/** Runs a program in our place: same terminal, signals passed on, its exit code or signal is ours. */
function run(command, commandArgs) {
  const { ELECTRON_RUN_AS_NODE: _, ...env } = process.env;
  // npm changes into the app's folder; a relative path means the folder that the person is in.
  const cwd = process.env.INIT_CWD ?? process.cwd();
  const child = spawn(command, commandArgs, { stdio: "inherit", env, cwd });
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
    process.on(signal, () => {
      // Ctrl-C in a terminal reaches the child by itself, and twice would be taken for impatience.
      if (signal !== "SIGINT" || !process.stdin.isTTY) child.kill(signal);
    });
  }
  child.once("error", (error) => {
    console.error(`Cannot start ${command}: ${error.message}`);
    process.exitCode = 1;
  });
  child.once("exit", (code, signal) => {
    if (signal === null) process.exit(code ?? 1);
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
  });
}
