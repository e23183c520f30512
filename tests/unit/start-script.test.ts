import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { cp, mkdir, mkdtemp, readdir, realpath, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

/**
 * The real scripts in an app folder of their own, whose hosts, builder and installer are small programs that say what
 * they were asked to do.
 */
const SCRIPTS = join(import.meta.dirname, "../../scripts");
const OUTPUTS = ["out/main/index.js", "out/main/reader-worker.js", "out/preload/index.cjs", "out/renderer/index.html"];

const SERVE = `
console.log("serve " + JSON.stringify({ args: process.argv.slice(2), cwd: process.cwd(), warnings: process.execArgv }));
if (process.argv.includes("--fail")) process.exit(7);
if (process.argv.includes("--wait")) {
  const timer = setInterval(() => {}, 1000);
  process.on("SIGTERM", () => { console.log("closing"); clearInterval(timer); });
  process.on("SIGINT", () => { console.log("closing"); clearInterval(timer); });
}
if (process.argv.includes("--die")) process.kill(process.pid, "SIGKILL");
`;
const ELECTRON = `#!/bin/sh\necho "electron $* [$ELECTRON_RUN_AS_NODE]"\nexit 5\n`;
const INSTALL_FAILS = `console.error("TypeError: fetch failed\\n  [cause]: Error: getaddrinfo ENOTFOUND github.com"); process.exit(1);`;
const INSTALL_WORKS = `
const { mkdirSync, writeFileSync, readdirSync } = require("node:fs");
const { join } = require("node:path");
writeFileSync(join(require("node:os").tmpdir(), "half-a-download"), "x");
mkdirSync(join(__dirname, "dist"), { recursive: true });
writeFileSync(join(__dirname, "dist/electron"), ${JSON.stringify(ELECTRON)}, { mode: 0o755 });
writeFileSync(join(__dirname, "path.txt"), "electron");
`;

let app: string;
let running: ChildProcess[];

beforeEach(async () => {
  app = await realpath(await mkdtemp(join(tmpdir(), "start-script-")));
  running = [];
  await cp(SCRIPTS, join(app, "scripts"), { recursive: true });
  await write("package.json", '{ "type": "module" }');
  await write("node_modules/electron/package.json", "{}");
  await write("src/a.ts", "");
  for (const path of OUTPUTS) await write(path, "");
  await write("out/main/serve.js", SERVE);
  for (const path of ["package.json", "src/a.ts", "src"]) await utimes(join(app, path), 1000, 1000);
});
afterEach(async () => {
  for (const child of running) child.kill("SIGKILL");
  await rm(app, { recursive: true, force: true });
});

async function write(path: string, text: string, mode = 0o644): Promise<void> {
  await mkdir(dirname(join(app, path)), { recursive: true });
  await writeFile(join(app, path), text, { mode });
}

interface Run {
  readonly child: ChildProcess;
  /** Standard output so far. */
  text(): string;
  readonly ended: Promise<{ code: number | null; signal: string | null; out: string; err: string }>;
}

function start(args: string[], env: Record<string, string> = {}): Run {
  const { DISPLAY: _x11, WAYLAND_DISPLAY: _wayland, INIT_CWD: _npm, ...inherited } = process.env;
  const child = spawn(process.execPath, [join(app, "scripts/start.mjs"), ...args], {
    env: { ...inherited, TMPDIR: app, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  running.push(child);
  let out = "";
  let err = "";
  child.stdout.on("data", (chunk) => {
    out += String(chunk);
  });
  child.stderr.on("data", (chunk) => {
    err += String(chunk);
  });
  const ended = once(child, "close").then(([code, signal]) => ({ code, signal, out, err }));
  return { child, text: () => out, ended };
}

describe.skipIf(process.platform === "win32")("npm run serve", () => {
  it("hands its arguments to the web host, and its exit code back", async () => {
    const { code, out, err } = await start(["--serve", "--port", "0", "--fail"]).ended;
    expect(code).toBe(7);
    expect(out).toMatch(/^serve /);
    expect(JSON.parse(out.slice("serve ".length)).args).toEqual(["--port", "0", "--fail"]);
    expect(err).toBe("");
  });

  it("means the folder that the person is in", async () => {
    const folder = join(app, "src");
    const { out } = await start(["--serve"], { INIT_CWD: folder }).ended;
    expect(JSON.parse(out.slice("serve ".length)).cwd).toBe(folder);
  });

  it.each(["SIGTERM", "SIGINT"] as const)("passes %s on and waits for the end", async (signal) => {
    const run = start(["--serve", "--wait"]);
    await expect.poll(run.text).toContain("serve ");
    run.child.kill(signal);
    expect(await run.ended).toMatchObject({ code: 0, signal: null, out: expect.stringMatching(/closing\n$/) });
  });

  it("ends by the signal that ended the host", async () => {
    expect(await start(["--serve", "--die"]).ended).toMatchObject({ code: null, signal: "SIGKILL" });
  });
});

describe.skipIf(process.platform === "win32")("npm start", () => {
  it("serves to a browser without a display, and does not even try to fetch Electron", async ({ skip }) => {
    skip(process.platform === "darwin", "macOS always has a display");
    await write("node_modules/electron/install.js", INSTALL_WORKS);
    const { code, out } = await start(["--archive", "a"]).ended;
    expect(code).toBe(0);
    expect(out).toMatch(/^No display here: serving .*\nserve .*"--archive","a"/);
    expect(await readdir(join(app, "node_modules/electron"))).not.toContain("dist");
  });

  it("opens the window with a display", async () => {
    await write("node_modules/electron/path.txt", "electron");
    await write("node_modules/electron/dist/electron", ELECTRON, 0o755);
    const { code, out } = await start(["--no-sandbox", "--archive", "a"], {
      DISPLAY: ":9",
      ELECTRON_RUN_AS_NODE: "1",
    }).ended;
    expect(out).toBe(`Opening the app…\nelectron ${app}/ --no-sandbox --archive a []\n`);
    expect(code).toBe(5);
  });

  it("fetches Electron first where it is missing, and leaves nothing of the download behind", async () => {
    await write("node_modules/electron/install.js", INSTALL_WORKS);
    const { code, out } = await start(["--no-sandbox"], { DISPLAY: ":9" }).ended;
    expect(out).toMatch(/^Downloading Electron's runtime.*\nOpening the app…\nelectron /);
    expect(code).toBe(5);
    expect((await readdir(app)).filter((name) => name.startsWith("electron-download-"))).toEqual([]);
  });

  it("serves to a browser when it cannot be fetched, and says why", async () => {
    await write("node_modules/electron/install.js", INSTALL_FAILS);
    const { code, out, err } = await start(["--no-sandbox"], { DISPLAY: ":9" }).ended;
    expect(out).toContain("could not be downloaded (getaddrinfo ENOTFOUND github.com): serving");
    expect(out).toContain("\nserve ");
    expect(code).toBe(0);
    expect(err).toBe("");
  });
});

describe("a build that is due", () => {
  const builder = "node_modules/electron-vite/bin/electron-vite.js";

  it("is announced once, done quietly, and then used", async () => {
    await rm(join(app, "out"), { recursive: true });
    const written = [...OUTPUTS, "out/main/serve.js"].map((path) => `write(${JSON.stringify(path)});`).join("\n");
    await write(
      builder,
      `import { mkdirSync, writeFileSync } from "node:fs"; import { dirname } from "node:path";
       const write = (path) => { mkdirSync(dirname(path), { recursive: true }); writeFileSync(path, 'console.log("built")'); };
       console.log("noise"); console.error("more noise"); ${written}`,
    );
    expect(await start(["--serve"]).ended).toMatchObject({ code: 0, out: "Building…\nbuilt\n", err: "" });
    expect(await start(["--serve"]).ended).toMatchObject({ code: 0, out: "built\n" });
  });

  it("that fails shows why, and nothing is started", async () => {
    await utimes(join(app, "src/a.ts"), Date.now() / 1000 + 60, Date.now() / 1000 + 60);
    await write(builder, 'console.log("src/a.ts is broken"); process.exit(3);');
    const { code, out, err } = await start(["--serve"]).ended;
    expect(code).toBe(1);
    expect(out).toBe("Building…\n");
    expect(err).toContain("src/a.ts is broken");
  });

  it("without a builder asks for npm ci", async () => {
    await rm(join(app, "out"), { recursive: true });
    const { code, err } = await start(["--serve"]).ended;
    expect(code).toBe(1);
    expect(err).toContain("npm ci");
  });
});
