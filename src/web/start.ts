/**
 * The web host as a program (built as `out/main/serve.js`). Exit codes: 0 after Ctrl-C or SIGTERM, 1 when it could not
 * start or stop or was told twice to end, 2 for a command line that it does not understand.
 */
import { homedir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import packageJson from "../../package.json" with { type: "json" };
import { type Backend, createBackend } from "../backend/backend.ts";
import { cacheDirectory } from "../backend/cache-directory.ts";
import { trustFilePath } from "../backend/trust.ts";
import { Closing } from "./closing.ts";
import { dataDirectory, type Invocation, parseCommandLine, USAGE } from "./options.ts";
import { startWebServer, type WebServer } from "./server.ts";

const invocation = parseCommandLine(process.argv.slice(2));
switch (invocation.kind) {
  case "help":
    process.stdout.write(USAGE);
    break;
  case "wrong":
    process.stderr.write(`${invocation.reason}\n\n${USAGE}`);
    process.exitCode = 2;
    break;
  case "run":
    await run(invocation).catch((error: unknown) => {
      process.stderr.write(`Cannot start: ${error instanceof Error ? error.message : String(error)}\n`);
      process.exit(1);
    });
    break;
}

async function run({ archive, port, readOnly }: Extract<Invocation, { kind: "run" }>): Promise<void> {
  // The folder of the built entry: the renderer and the worker are built beside it.
  const here = import.meta.dirname;
  const backend = await createBackend({
    host: { kind: "web" },
    dataDirectory: dataDirectory(process.env, process.platform, homedir()),
    trustFile: trustFilePath(process.env),
    cacheDirectory: cacheDirectory(process.env, process.platform, homedir()),
    rendererDirectory: join(here, "../renderer"),
    sampleDirectory: join(here, "../../packages/dataio/sample-data"),
    readerWorker: pathToFileURL(join(here, "reader-worker.js")),
    readOnly,
    initialArchive: archive,
    version: packageJson.version,
  });
  const server = await startWebServer({ backend, port }).catch((error: unknown) => {
    const inUse = error instanceof Error && "code" in error && error.code === "EADDRINUSE";
    throw inUse ? new Error(`port ${port} is in use; choose another with --port, or leave it out`) : error;
  });
  closeOnSignal(server, backend);
  process.stdout.write(`Open this link in a browser (Ctrl-C here ends the app):\n\n  ${server.url}\n\n`);
}

function closeOnSignal(server: WebServer, backend: Backend): void {
  const closing = new Closing({
    server,
    backend,
    print: (text) => process.stdout.write(text),
    exit: (code) => process.exit(code),
    reportFailure: (error) => console.error("Closing failed:", error),
  });
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, closing.onSignal);
}
