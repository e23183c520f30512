/** The examples of the adapters, each run as the program that it is. */
import { execFile, execFileSync } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, it, onTestFinished } from "vitest";
import { ArchiveReader } from "../src/index.ts";
import { temporaryFolder } from "./archives.ts";
import { isWindows } from "./platform.ts";

/** What an example prints; it must end well. */
async function run(example: string, ...args: string[]): Promise<string> {
  const path = join(import.meta.dirname, "examples", example);
  const { stdout } = await promisify(execFile)(process.execPath, [
    "--disable-warning=ExperimentalWarning",
    path,
    ...args,
  ]);
  return stdout;
}

// On Windows Python ends lines in another way.
it.runIf(hasPython() && !isWindows)("command.ts runs a Python fetcher", async () => {
  const archive = join(temporaryFolder(), "archive");
  expect(await run("command.ts", archive)).toBe("ok symbol,price\nMXM,30.0\n\nreused\n");
  using reader = new ArchiveReader(archive);
  const { items } = await reader.rows({
    sessionId: null,
    cursor: null,
    limit: 10,
    sort: { column: "time", direction: "desc" },
  });
  const fetched = items.find((row) => row.responseId !== null);
  expect(fetched).toMatchObject({ source: "prices", kind: "price", mediaType: "text/csv" });
});

it("local-file.ts archives a folder's files", async () => {
  const folder = temporaryFolder();
  mkdirSync(join(folder, "in"));
  writeFileSync(join(folder, "in", "a.csv"), "id\n1\n");
  writeFileSync(join(folder, "in", "b.csv"), "id\n12\n");
  expect(await run("local-file.ts", join(folder, "archive"), join(folder, "in"))).toBe(
    "2 files\nacquired 5\nacquired 6\n",
  );
});

it("http.ts asks a web service", async () => {
  const server = createServer((request, response) => {
    response.statusCode = request.url?.startsWith("/api/v1/rates?base=EUR&day=2026-01-02") ? 200 : 404;
    response.end(JSON.stringify({ status: response.statusCode }));
  }).listen(0, "127.0.0.1");
  onTestFinished(() => void server.close());
  await once(server, "listening");
  const address = server.address();
  const port = typeof address === "object" ? address?.port : undefined;
  const printed = await run("http.ts", join(temporaryFolder(), "archive"), `http://127.0.0.1:${port}/api`);
  expect(printed).toBe('ok {"status":200}\nerror 404\n');
});

function hasPython(): boolean {
  try {
    execFileSync("python3", ["--version"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}
