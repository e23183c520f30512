/**
 * The library as another project gets it: packed, installed from the registry's packages and the tarball alone, compiled
 * against, and run on every Node that it promises to run on.
 */
import { type ExecFileSyncOptions, execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { publint } from "publint";
import { formatMessage } from "publint/utils";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ROOT } from "../helpers/root.ts";

/** The oldest Node that `engines` allows belongs to the first of these. */
const NODE_MAJORS = [22, 24] as const;

const PROGRAM = `
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { AdapterResult, type Fetcher, Store, verify, withSession } from "@mxm/dataio";

const adapter: Fetcher = {
  async fetch(request) {
    return new AdapterResult({ data: Buffer.from(request.paramsJson ?? ""), contentType: "application/json" });
  },
};
const folder = join(mkdtempSync(join(tmpdir(), "dataio-consumer-")), "archive");
using store = Store.create(folder);
const responses = await withSession({ store, source: "consumer", adapter }, (session) =>
  session.fetchAll([1, 2, 2].map((number) => session.request({ kind: "k", params: { number } }))),
);
const resolutions = responses.map((outcome) => outcome.state === "fulfilled" && outcome.response.resolution);
const first = responses[0];
const payload = first?.state === "fulfilled" ? await store.readPayload(first.response.checksum ?? "") : null;
const report = await verify(folder);
console.log(JSON.stringify({ folder, resolutions, payload: payload?.toString(), intact: report.intact }));
`;

const CONFIG = {
  compilerOptions: {
    target: "ES2023",
    lib: ["ES2023", "ESNext.Disposable"],
    module: "NodeNext",
    strict: true,
    noUncheckedIndexedAccess: true,
    exactOptionalPropertyTypes: true,
    types: ["node"],
    outDir: "dist",
    rootDir: ".",
  },
  include: ["program.ts"],
};

const work = mkdtempSync(join(tmpdir(), "dataio-package-"));
const project = join(work, "project");
const tarball = join(work, "package.tgz");
afterAll(() => rmSync(work, { recursive: true, force: true }));

/** npm, under the Node that runs the tests; it comes with the machine's own. */
function npm(cwd: string, ...args: string[]): string {
  const quiet = ["--no-audit", "--no-fund", "--ignore-scripts", "--prefer-offline", "--loglevel=error"];
  return runCommand("npm", [...args, ...quiet], { cwd, stdio: ["ignore", "pipe", "inherit"] });
}

/** Runs a command that npm has installed. On Windows that is a script, which only a shell runs. */
function runCommand(command: string, args: readonly string[], options: ExecFileSyncOptions = {}): string {
  const own = { ...options, encoding: "utf8" } as const;
  if (process.platform !== "win32") return execFileSync(command, args, own);
  return execFileSync([command, ...args].map((word) => `"${word}"`).join(" "), { ...own, shell: true });
}

function platformPackage(major: number): string {
  const name = { darwin: "darwin", win32: "win" }[process.platform as string] ?? "linux";
  const scoped = name === "darwin" && process.arch === "arm64" ? "node-bin" : "node";
  return `${scoped}-${name}-${process.arch}@${major}`;
}

beforeAll(() => {
  // A copy, so that the checkout stays as it is.
  const copy = join(work, "packages/dataio");
  mkdirSync(copy, { recursive: true });
  for (const part of ["package.json", "README.md", "LICENSE", "src", "sample-data"]) {
    cpSync(join(ROOT, "packages/dataio", part), join(copy, part), { recursive: true });
  }
  execFileSync(process.execPath, [join(ROOT, "scripts/build-library.mjs"), join(copy, "dist")], { stdio: "inherit" });
  const [packed]: { filename: string }[] = JSON.parse(npm(copy, "pack", "--json", "--pack-destination", work));
  cpSync(join(work, packed?.filename ?? ""), tarball);

  mkdirSync(project);
  writeFileSync(join(project, "package.json"), JSON.stringify({ name: "consumer", private: true, type: "module" }));
  const versions: { devDependencies: Record<string, string> } = JSON.parse(
    readFileSync(join(ROOT, "package.json"), "utf8"),
  );
  const types = ["@types/node", "@types/better-sqlite3"].map((name) => `${name}@${versions.devDependencies[name]}`);
  npm(project, "install", tarball, ...types);
  writeFileSync(join(project, "program.ts"), PROGRAM);
  writeFileSync(join(project, "tsconfig.json"), JSON.stringify(CONFIG));
  execFileSync(process.execPath, [join(ROOT, "node_modules/typescript/bin/tsc"), "-p", project], { stdio: "inherit" });
}, 180_000);

it("holds what it should and says so correctly", async () => {
  const packed = readFileSync(tarball);
  const { messages, pkg } = await publint({ pack: { tarball: new Uint8Array(packed).buffer }, strict: true });
  expect(messages.map((message) => formatMessage(message, pkg ?? {}))).toEqual([]);
  for (const part of ["README.md", "LICENSE", "dist/index.d.ts", "dist/cli/main.js", "sample-data"]) {
    expect([part, existsSync(join(project, "node_modules/@mxm/dataio", part))]).toEqual([part, true]);
  }
});

/** Runs the program and the command; gives what both printed. */
function used(node: string): { version: string; program: unknown; sessions: unknown; sample: number } {
  const run = (...args: string[]) => execFileSync(node, args, { cwd: project, encoding: "utf8" });
  const program: { folder: string } = JSON.parse(run("dist/program.js"));
  const { folder, ...said } = program;
  const env = { ...process.env, PATH: [dirname(node), process.env.PATH].join(delimiter) };
  const command = join(project, "node_modules/.bin/dataio");
  const dataio = (...args: string[]) => JSON.parse(runCommand(command, [...args, "--json"], { env }));
  const sessions: unknown = dataio("sessions", "--archive", folder);
  // Needs the data that the package brings along.
  dataio("sample", `${folder}-sample`);
  const sample: unknown[] = dataio("sessions", "--archive", `${folder}-sample`);
  rmSync(dirname(folder), { recursive: true });
  return { version: run("--version").trim(), program: said, sessions, sample: sample.length };
}

const EXPECTED = {
  program: { resolutions: ["acquired", "acquired", "reused"], payload: '{"number":1}', intact: true },
  sessions: [expect.objectContaining({ source: "consumer" })],
  sample: 6,
};

describe("runs, with its command, under", () => {
  it("the Node of this project", () => {
    expect(used(process.execPath)).toEqual({ version: process.version, ...EXPECTED });
  });

  it.for(NODE_MAJORS)("Node %i", { timeout: 120_000 }, (major) => {
    const folder = join(work, `node-${major}`);
    mkdirSync(folder);
    writeFileSync(join(folder, "package.json"), "{}");
    npm(folder, "install", platformPackage(major));
    const name = platformPackage(major).replace(/@.*/, "");
    const node = join(folder, "node_modules", name, "bin", process.platform === "win32" ? "node.exe" : "node");
    expect(used(node)).toEqual({ version: expect.stringContaining(`v${major}.`), ...EXPECTED });
  });
});
