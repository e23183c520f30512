/** Every code block of the library's README, in order, in one folder: programs, a Python fetcher, a module, shell commands. */
import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { delimiter, join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { WebSocketServer } from "ws";
import { temporaryFolder } from "../../packages/dataio/test/archives.ts";
import { codeBlocks, promisedOutput, runExample, writeExamples } from "../helpers/readme-examples.ts";
import { ROOT } from "../helpers/root.ts";

const blocks = codeBlocks(join(ROOT, "packages/dataio/README.md"));
const programs = blocks.flatMap(({ language, code }) => (language === "ts" ? [code] : []));

function portOf(address: unknown): number {
  return typeof address === "object" && address !== null && "port" in address ? Number(address.port) : 0;
}

/** A WebSocket that sends prices once it is subscribed to. */
async function startTrades(): Promise<string> {
  const server = new WebSocketServer({ port: 0, host: "127.0.0.1" });
  onTestFinished(() => server.close());
  server.on("connection", (socket) => {
    socket.on("message", (data) => {
      const { symbol } = JSON.parse(String(data));
      for (const price of [1, 2, 3]) socket.send(JSON.stringify({ symbol, price }));
    });
  });
  await once(server, "listening");
  return `ws://127.0.0.1:${portOf(server.address())}`;
}

/** Two headlines as server-sent events. */
async function startNews(): Promise<string> {
  const server = createServer((_request, response) => {
    response.writeHead(200, { "content-type": "text/event-stream" });
    response.end("data: first\n\ndata: second\n\n");
  });
  onTestFinished(() => void server.close());
  await once(server.listen(0, "127.0.0.1"), "listening");
  return `http://127.0.0.1:${portOf(server.address())}/`;
}

/** On Windows it ends lines in another way than the README says. */
function hasPython(): boolean {
  if (process.platform === "win32") return false;
  try {
    execFileSync("python3", ["--version"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

it("type-checks, runs one after another, and prints what it says", { timeout: 120_000 }, async () => {
  expect(new Set(blocks.map((block) => block.language))).toEqual(new Set(["ts", "js", "python", "sh"]));
  const folder = temporaryFolder();
  writeExamples(folder, programs);
  const env = { TRADES_URL: await startTrades(), NEWS_URL: await startNews() };
  for (const { language, code } of blocks) {
    if (language === "python") writeFileSync(join(folder, "fetch_prices.py"), code);
    if (language === "js") {
      mkdirSync(join(folder, "adapters"));
      writeFileSync(join(folder, "adapters", "house.mjs"), code);
    }
    if (language === "sh" && process.platform !== "win32") runShell(folder, code);
    if (language !== "ts" || (code.includes("python3") && !hasPython())) continue;
    const promised = promisedOutput(code);
    expect([code, promised.length > 0]).toEqual([code, true]);
    expect([code, await runExample(folder, programs.indexOf(code), env)]).toEqual([code, promised]);
  }
});

/** Runs the commands; each must succeed. */
function runShell(folder: string, code: string): void {
  const command = join(folder, "dataio");
  const main = join(ROOT, "packages/dataio/src/cli/main.ts");
  writeFileSync(command, `#!/bin/sh\nexec "${process.execPath}" "${main}" "$@"\n`);
  chmodSync(command, 0o755);
  const path = [folder, process.env.PATH].join(delimiter);
  execFileSync("bash", ["-euo", "pipefail", "-c", code], { cwd: folder, env: { ...process.env, PATH: path } });
  expect(readdirSync(join(folder, "quotes")).length).toBeGreaterThan(0);
}
