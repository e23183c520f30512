import { mkdir, mkdtemp, rm, unlink, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { isBuildStale } from "../../scripts/build-if-needed.mjs";
import { chooseHost, hasDisplay, sandboxProblem } from "../../scripts/choose-host.mjs";
import { findElectron, reasonOf } from "../../scripts/electron-runtime.mjs";
import { nodeProblem } from "../../scripts/require-node.mjs";
import { cacheDirectory } from "../../src/backend/cache-directory.ts";
import { dataDirectory, parseCommandLine } from "../../src/web/options.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "start-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

describe("npm start", () => {
  it("opens a window where Electron and a display are", () => {
    expect(chooseHost({ electron: "present", display: true })).toEqual({ host: "desktop", download: false });
  });

  it("fetches Electron first where only that is missing", () => {
    expect(chooseHost({ electron: "downloadable", display: true })).toEqual({ host: "desktop", download: true });
  });

  it.each(["present", "downloadable"] as const)("serves to a browser without a display (Electron %s)", (electron) => {
    const choice = chooseHost({ electron, display: false });
    expect(choice).toMatchObject({ host: "web", reason: expect.stringMatching(/^No display here: serving/) });
  });

  it("serves to a browser when Electron cannot be fetched, and says why", () => {
    const choice = chooseHost({ electron: "absent", problem: "no network", display: true });
    expect(choice).toMatchObject({ host: "web", reason: expect.stringMatching(/downloaded \(no network\): serving/) });
  });

  it("serves to a browser where Chromium would have no sandbox, and says why", () => {
    const facts = { isRoot: false, hasNamespaces: true, hasHelper: false };
    expect(sandboxProblem("linux", facts)).toBeNull();
    expect(sandboxProblem("linux", { ...facts, hasNamespaces: false, hasHelper: true })).toBeNull();
    expect(sandboxProblem("linux", { ...facts, isRoot: true })).toContain("root");
    const unsafe = sandboxProblem("linux", { ...facts, hasNamespaces: false });
    const choice = chooseHost({ electron: "present", display: true, unsafe });
    expect(choice).toMatchObject({
      host: "web",
      reason: expect.stringMatching(/no window here \(.*namespaces.*\): serving/),
    });
    for (const platform of ["darwin", "win32"]) {
      expect(sandboxProblem(platform, { isRoot: true, hasNamespaces: false, hasHelper: false })).toBeNull();
    }
  });

  it.each([
    ["linux", {}, false],
    ["linux", { DISPLAY: "" }, false],
    ["linux", { DISPLAY: ":0" }, true],
    ["linux", { WAYLAND_DISPLAY: "wayland-0" }, true],
    ["freebsd", {}, false],
    ["darwin", {}, true],
    ["win32", {}, true],
  ])("looks for a display on %s with %j", (platform, env, expected) => {
    expect(hasDisplay(platform, env)).toBe(expected);
  });

  it("takes Electron as installed only with its executable", async () => {
    const home = join(folder, "node_modules/electron");
    expect(findElectron(folder)).toBeNull();
    await mkdir(join(home, "dist"), { recursive: true });
    await writeFile(join(home, "path.txt"), "electron");
    expect(findElectron(folder)).toBeNull();
    await writeFile(join(home, "dist/electron"), "");
    expect(findElectron(folder)).toBe(join(home, "dist/electron"));
  });

  it("finds the reason in what a failed download printed", () => {
    const output =
      "TypeError: fetch failed\n    at node:internal/deps/undici/undici:1:2\n" +
      "    at async x (file:///a.js:1:1) {\n  [cause]: Error: getaddrinfo ENOTFOUND github.com\n      at y {\n    errno: -3\n  }\n}\n";
    expect(reasonOf(output)).toBe("getaddrinfo ENOTFOUND github.com");
    expect(reasonOf("TypeError: fetch failed\n    at z\n")).toBe("fetch failed");
    expect(reasonOf("")).toBe("");
  });
});

describe("the Node that runs it", () => {
  it.each(["20.20.2", "18.0.0", "22.11.9", "21.99.0"])("is refused when it is %s, in one sentence", (version) => {
    expect(nodeProblem(version)).toMatch(new RegExp(`^[^\\n]*${version.replaceAll(".", "\\.")}[^\\n]*npm ci[^\\n]*$`));
  });

  it.each(["22.12.0", "22.20.1", "23.0.0", "26.10.0"])("will do when it is %s", (version) => {
    expect(nodeProblem(version)).toBeNull();
  });
});

describe("the build", () => {
  const outputs = [
    "out/main/index.js",
    "out/main/serve.js",
    "out/main/reader-worker.js",
    "out/preload/index.cjs",
    "out/renderer/index.html",
  ];
  const sources = ["src/web/server.ts", "packages/dataio/src/model.ts", "package-lock.json", "electron.vite.config.ts"];

  async function touch(path: string, seconds: number): Promise<void> {
    const file = join(folder, path);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, "");
    await utimes(file, seconds, seconds);
  }

  /** An app that was built after it was written. */
  beforeEach(async () => {
    for (const path of sources) await touch(path, 1000);
    for (const path of outputs) await touch(path, 2000);
    for (const path of ["src/web", "src", "packages/dataio/src", "packages/dataio", "packages"]) {
      await utimes(join(folder, path), 1000, 1000);
    }
  });

  it("is kept while nothing changes", () => {
    expect(isBuildStale(folder)).toBe(false);
  });

  it.each(sources)("is made again after a change of %s", async (path) => {
    await touch(path, 3000);
    expect(isBuildStale(folder)).toBe(true);
  });

  it.each(outputs)("is made again without %s", async (path) => {
    await unlink(join(folder, path));
    expect(isBuildStale(folder)).toBe(true);
  });

  it("is made again after a file was removed", async () => {
    await unlink(join(folder, "src/web/server.ts"));
    expect(isBuildStale(folder)).toBe(true);
  });

  it("does not depend on installed packages and tests", async () => {
    await touch("packages/dataio/node_modules/x/index.js", 3000);
    await touch("packages/dataio/test/model.test.ts", 3000);
    await utimes(join(folder, "packages/dataio"), 1000, 1000);
    expect(isBuildStale(folder)).toBe(false);
  });
});

describe("the command line of the web host", () => {
  it("may be empty", () => {
    expect(parseCommandLine([])).toEqual({ kind: "run", archive: null, port: 0, readOnly: false });
  });

  it("names an archive, a port, and whether writing is refused", () => {
    expect(parseCommandLine(["--archive", "some/where", "--port=8080", "--read-only"])).toEqual({
      kind: "run",
      archive: join(process.cwd(), "some/where"),
      port: 8080,
      readOnly: true,
    });
  });

  it("asks for help", () => {
    expect(parseCommandLine(["--help"])).toEqual({ kind: "help" });
  });

  it.each([
    [["--explode"], "--explode"],
    [["folder"], "folder"],
    [["--port"], "--port"],
    [["--port", "http"], "'http'"],
    [["--port", "65536"], "'65536'"],
    [["--port="], "''"],
    [["--port=-1"], "'-1'"],
    [["--archive="], "--archive"],
    [["--read-only=yes"], "--read-only"],
  ])("is refused in one line when it is %j", (args, mentioned) => {
    const invocation = parseCommandLine(args);
    expect(invocation.kind).toBe("wrong");
    const reason = invocation.kind === "wrong" ? invocation.reason : "";
    expect(reason).toContain(mentioned);
    expect(reason).not.toContain("\n");
  });
});

describe("the data folder", () => {
  it.each([
    [{ MXM_DATAIO_BROWSER_HOME: "/own" }, "linux", resolve("/own")],
    [{ MXM_DATAIO_BROWSER_HOME: "/own", XDG_DATA_HOME: "/xdg" }, "linux", resolve("/own")],
    [{ XDG_DATA_HOME: "/xdg" }, "linux", "/xdg/mxm-dataio-browser"],
    [{ XDG_DATA_HOME: "not/absolute" }, "linux", "/home/u/.local/share/mxm-dataio-browser"],
    [{ MXM_DATAIO_BROWSER_HOME: "" }, "linux", "/home/u/.local/share/mxm-dataio-browser"],
    [{}, "darwin", "/home/u/Library/Application Support/mxm-dataio-browser"],
    [{ LOCALAPPDATA: "D:\\local" }, "win32", "D:\\local\\mxm-dataio-browser"],
    [{ XDG_DATA_HOME: "D:\\xdg" }, "win32", "D:\\xdg\\mxm-dataio-browser"],
    [{}, "win32", "\\home\\u\\AppData\\Local\\mxm-dataio-browser"],
  ] as const)("for %j on %s is %s", (env, platform, expected) => {
    expect(dataDirectory(env, platform, "/home/u")).toBe(expected);
  });

  it("has one beside it for what can be made anew", () => {
    expect(cacheDirectory({ XDG_CACHE_HOME: "/xdg" }, "linux", "/home/u")).toBe("/xdg/mxm-dataio-browser");
    expect(cacheDirectory({}, "darwin", "/Users/u")).toBe("/Users/u/Library/Caches/mxm-dataio-browser");
    expect(cacheDirectory({}, "win32", "C:\\Users\\u")).toBe("C:\\Users\\u\\AppData\\Local\\mxm-dataio-browser\\Cache");
    expect(cacheDirectory({ MXM_DATAIO_BROWSER_HOME: "/own" }, "linux", "/home/u")).toBe(resolve("/own/derived"));
  });
});
