import { execFile } from "node:child_process";
import { cp, mkdir, mkdtemp, readFile, realpath, rm, symlink, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join, posix, sep } from "node:path";
import { promisify } from "node:util";
import { extractAll, listPackage, statFile } from "@electron/asar";
import { FuseV1Options, getCurrentFuseWire } from "@electron/fuses";
import { validateConfiguration } from "app-builder-lib/out/util/config/config.js";
import { DebugLogger } from "builder-util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import packageJson from "../../package.json" with { type: "json" };
import { findElectron } from "../../scripts/electron-runtime.mjs";
import { createClient } from "../../src/shared/client.ts";
import { clientTransport, openSocket, signIn } from "../contract/websocket-client.ts";
import { AppProcess } from "../helpers/app-process.ts";
import { ROOT } from "../helpers/root.ts";

const run = promisify(execFile);
const ADDON = `node_modules/better-sqlite3/prebuilds/${process.platform}-${process.arch}.node`;
/** As Electron's fuses say it. */
const FUSE_ENABLED = "1".charCodeAt(0);
/** Bytes of all that is the app's in an installer, unpacked. It was 13.4 MB when the limit was set. */
const SIZE_LIMIT = 16_000_000;

let folder: string;
/** What packaging has made and said; without Electron here it cannot have been had from a port that nothing listens on. */
let prepared: string;
let output: string;
let exitCode: number;
/** An app whose asar is a folder, and its runtime Node: what runs in it is what was packed. */
let app: string;
/** Its asar. */
let asar: string;
/** Paths in the asar, with slashes. */
let paths: string[];

const hasElectron = findElectron(ROOT) !== null;

beforeAll(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), "packaging-")));
  const args = [join(ROOT, "scripts/package.mjs"), "--output", folder, ...(hasElectron ? ["--prepare"] : [])];
  const env = { ...process.env, ELECTRON_MIRROR: "http://127.0.0.1:9/" };
  const ended = await run(process.execPath, args, { cwd: ROOT, env }).catch((error: unknown) => error as RunFailure);
  output = ended.stdout + ended.stderr;
  exitCode = "code" in ended ? ended.code : 0;
  prepared = join(folder, "prepared");
  const packed = join(prepared, "resources/app.asar");
  paths = listPackage(packed, { isPack: false })
    .map((path) => path.slice(1).replaceAll(sep, "/"))
    .filter((path) => !("files" in statFile(packed, path.replaceAll("/", sep))));
  app = join(folder, "an app");
  await cp(prepared, app, { recursive: true, filter: (path) => !path.includes("app.asar") });
  await mkdir(join(app, "resources"), { recursive: true });
  asar = join(app, "resources/app.asar");
  extractAll(packed, asar);
}, 180_000);
afterAll(() => rm(folder, { recursive: true, force: true, maxRetries: 5 }));

interface RunFailure {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

describe("npm run package", () => {
  it("says in one sentence what it has, and what could not be had", () => {
    expect(output).toContain(`around a stand-in for Electron, is in ${prepared}`);
    if (!hasElectron)
      expect(output).toMatch(/^Prepared, not packaged: Electron's runtime .*downloaded \(.+\)\. The app/m);
    expect(exitCode).toBe(hasElectron ? 0 : 1);
  });

  it("has a configuration that electron-builder understands, every word of it", async () => {
    const { configuration } = await import("../../electron-builder.config.ts");
    const check = (config: object) => validateConfiguration({ ...config }, new DebugLogger(false));
    await check(configuration);
    await expect(check({ ...configuration, asarUnpacked: [] })).rejects.toThrow("asarUnpacked");
    await expect(check({ ...configuration, deb: { depend: [] } })).rejects.toThrow("configuration.deb");
  });

  it("closes the fuses that can be closed", async () => {
    const wire = await getCurrentFuseWire(join(prepared, "mxm-dataio-browser"));
    const isOpen = (fuse: FuseV1Options) => wire[fuse] === FUSE_ENABLED;
    const open = [0, 1, 2, 3, 4, 5, 6, 7].filter(isOpen).map((fuse) => FuseV1Options[fuse]);
    expect(open).toEqual(["RunAsNode", "EnableEmbeddedAsarIntegrityValidation", "OnlyLoadAppFromAsar"]);
  });
});

describe("what an installer holds", () => {
  it("is the app, its command, its sample, and of packages the native addon alone", () => {
    expect(paths).toEqual(
      expect.arrayContaining([
        "package.json",
        packageJson.main,
        "out/main/serve.js",
        "out/main/reader-worker.js",
        "out/preload/index.cjs",
        "out/renderer/index.html",
        "out/dataio/dist/cli/main.js",
        "out/dataio/package.json",
        "node_modules/better-sqlite3/lib/index.js",
        ADDON,
      ]),
    );
    const packages = paths.flatMap((path) => /^node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1] ?? []);
    expect([...new Set(packages)]).toEqual(["better-sqlite3"]);
    expect(paths.filter((path) => path.endsWith(".node"))).toEqual([ADDON]);
  });

  it("has no source, test, type or source map", () => {
    expect(paths.filter((path) => /\.(map|tsx?|cc?|h|md)$|(^|\/)tests?\//.test(path))).toEqual([]);
    const top = new Set(paths.map((path) => path.split("/")[0]));
    expect([...top].sort()).toEqual(["node_modules", "out", "package.json", "packages"]);
  });

  it("keeps the addon outside of the archive, where it can be loaded, and stays small", () => {
    const packed = join(prepared, "resources/app.asar");
    const facts = paths.map((path) => ({ path, fact: statFile(packed, path.replaceAll("/", sep)) }));
    expect(facts.filter(({ fact }) => "unpacked" in fact && fact.unpacked).map(({ path }) => path)).toEqual([ADDON]);
    const bytes = facts.reduce((sum, { fact }) => sum + ("size" in fact ? fact.size : 0), 0);
    expect(bytes).toBeLessThan(SIZE_LIMIT);
    expect(bytes).toBeGreaterThan(SIZE_LIMIT / 2);
  });
});

describe("the app that was packed", () => {
  it.skipIf(process.platform === "win32")("has the dataio command, also by a link from elsewhere", async () => {
    const link = join(folder, "dataio");
    await symlink(join("an app", "resources", "bin", "dataio"), link);
    const dataio = async (...args: string[]) => (await run(link, args, { cwd: folder })).stdout;
    expect(await dataio("--version")).toBe(`${packageJson.version}\n`);
    await dataio("sample", "a sample");
    expect(await dataio("--archive", "a sample", "verify")).toContain("Intact: 0 errors");
    const failed = await run(link, ["--archive", "nowhere", "verify"], { cwd: folder }).catch(
      (error: unknown) => error,
    );
    expect(failed).toMatchObject({ code: 3, stderr: expect.stringContaining("nowhere") });
    // A program that the command starts is not run by the app's runtime.
    const program = "process.exit(process.env.ELECTRON_RUN_AS_NODE === undefined ? 0 : 9)";
    const asked = ["--source", "env", "--kind", "env", "--adapter", "command", "--", process.execPath, "-e", program];
    await dataio("--archive", "a sample", "fetch", ...asked);
  });

  it("starts threads of texts that are built in, and of files that are packed, where all that they ask for is found", async () => {
    const built = paths.filter((path) => /^out\/(main|dataio)\/.*\.js$/.test(path));
    const needed = { files: new Set<string>(), packages: new Set<string>(), threads: 0 };
    for (const path of built) {
      const file = join(asar, path);
      const text = await readFile(file, "utf8");
      for (const [, options = ""] of text.matchAll(/\bnew Worker\(\w[\w$]*, \{([^}]*)\}/g)) {
        needed.threads += 1;
        // What is no text is the entry that a host names.
        if (!/\beval: true\b/.test(options))
          expect([path, options]).toEqual([path, expect.stringContaining("workerData")]);
      }
      for (const [, entry = ""] of text.matchAll(/readerWorker: pathToFileURL\(join\(\w+, "([^"]+)"\)\)/g)) {
        needed.files.add(posix.join(posix.dirname(path), entry));
      }
      for (const [, name = ""] of text.matchAll(
        /createRequire(?:\$\d+)?\(import\.meta\.url\)\.resolve\("([^"]+)"\)/g,
      )) {
        needed.packages.add(name);
        expect(
          createRequire(file)
            .resolve(name)
            .startsWith(join(asar, "node_modules") + sep),
        ).toBe(true);
      }
    }
    expect(needed.threads).toBeGreaterThan(5);
    expect([...needed.files]).toEqual(["out/main/reader-worker.js"]);
    expect([...needed.packages]).toEqual(["better-sqlite3"]);
    expect(paths).toEqual(expect.arrayContaining([...needed.files]));
  });

  it("serves its page to a browser, and builds an index with both threads, or says in its log that it has but one", async () => {
    const sample = join(folder, "an archive");
    await run(process.execPath, [join(asar, "out/dataio/dist/cli/main.js"), "sample", sample]);
    expect(await servedWithIndex(sample, "home")).not.toContain("thread");
    const chunks = paths.filter((path) => path.startsWith("out/main/chunks/")).map((path) => join(asar, path));
    for (const chunk of chunks) {
      const text = await readFile(chunk, "utf8");
      await writeFile(chunk, text.replace(/(import\.meta\.url\)\.resolve)\("better-sqlite3"\)/, '$1("not packed")'));
    }
    expect(await servedWithIndex(sample, "another home")).toMatch(/built by one thread alone.*not packed/);
  });

  /** Opens an archive as a page does, and waits for its index; gives what the host printed. */
  async function servedWithIndex(archive: string, home: string): Promise<string> {
    const env = { ...process.env, MXM_DATAIO_BROWSER_HOME: join(folder, home) };
    const command = [process.execPath, [join(asar, "out/main/serve.js")], { cwd: folder, env }] as const;
    const host = new AppProcess("web host", command, "ignore");
    const url = await host.waitUntil("printing its link", () => /http:\S+token=\S+/.exec(host.output)?.[0] ?? null);
    const page = await fetch(new URL("/", url), { headers: { cookie: await signIn({ url }) } });
    expect(await page.text()).toContain("<title>MXM DataIO Browser</title>");
    const socket = await openSocket({ url, port: Number(new URL(url).port) });
    const client = createClient(clientTransport(socket));
    const { id } = await client.call("archives.open", { path: archive });
    await expect
      .poll(() => client.call("index.get", { archiveId: id }), { timeout: 20_000 })
      .toMatchObject({ state: "ready" });
    socket.close();
    host.child.kill("SIGTERM");
    await host.ended();
    return host.output;
  }
});
