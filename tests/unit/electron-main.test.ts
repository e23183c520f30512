/** What the desktop host decides before it touches Electron. */
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { pathToFileURL } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { parseDesktopArguments } from "../../src/main/arguments.ts";
import { menuTemplate } from "../../src/main/menu.ts";
import { isAppUrl, PAGE_URL } from "../../src/main/page-url.ts";
import { defaultBounds, fitInto, WindowStateFile } from "../../src/main/window-state.ts";
import type { MenuCommand } from "../../src/shared/contract.ts";

describe("the command line", () => {
  const home = resolve("/home/some one");
  const packaged = (...args: string[]) => parseDesktopArguments(["/opt/app", ...args], false, home);
  const started = (...args: string[]) => parseDesktopArguments(["/bin/electron", ...args], true, home);

  it.each([
    [["--archive", "/data/a"], "/data/a"],
    [["--archive=/data/a"], "/data/a"],
    [["/data/a"], "/data/a"],
    [["a"], "/home/some one/a"],
    [["/data/a/dataio.sqlite"], "/data/a"],
    [["dataio.sqlite"], "/home/some one"],
    [[pathToFileURL(resolve("/data/an archive/dataio.sqlite")).href], "/data/an archive"],
    [["/data/a/other.sqlite"], "/data/a/other.sqlite"],
    [["--archive", "../a"], "/home/a"],
    [["--no-sandbox", "--ozone-platform=x11", "/data/a", "--force-dark-mode"], "/data/a"],
    [["/data/plain", "--archive", "/data/named"], "/data/named"],
    [[], null],
    [["--archive="], null],
    [["--archive"], null],
  ])("%j names the archive %j", (args, archive) => {
    expect(packaged(...args).archive).toBe(archive && resolve(archive));
  });

  it("does not take the app's own folder for an archive", () => {
    expect(started(".").archive).toBeNull();
    expect(started("--no-sandbox", ".", "/data/a", "--read-only")).toEqual({
      archive: resolve("/data/a"),
      readOnly: true,
    });
  });

  it("is read-only only when it says so", () => {
    expect(packaged("/data/a").readOnly).toBe(false);
    expect(packaged("--read-only").readOnly).toBe(true);
  });
});

describe("the app's origin", () => {
  it("is one scheme and one host", () => {
    expect([PAGE_URL, "app://browser/assets/x.js?y#z", "app://browser"].map(isAppUrl)).toEqual([true, true, true]);
  });

  it.each([
    "",
    "about:blank",
    "about:srcdoc",
    "https://browser/index.html",
    "app://browser.evil/index.html",
    "app://browser:1/",
    "app://evil/browser",
    "app:browser",
    "app2://browser/",
    "data:text/html,app://browser/",
    "file:///app://browser/",
  ])("is not %j", (url) => {
    expect(isAppUrl(url)).toBe(false);
  });
});

describe("the window's place", () => {
  const area = { x: 0, y: 25, width: 1920, height: 1055 };

  it("stays where it was when it is in sight", () => {
    const bounds = { x: 100, y: 100, width: 1280, height: 820 };
    expect(fitInto(area, bounds)).toEqual(bounds);
  });

  it.each([
    ["left of and above it", { x: -500, y: -500, width: 800, height: 600 }, { x: 0, y: 25, width: 800, height: 600 }],
    ["beyond it", { x: 5000, y: 3000, width: 800, height: 600 }, { x: 1120, y: 480, width: 800, height: 600 }],
    ["larger than it", { x: 10, y: 10, width: 4000, height: 3000 }, area],
  ])("is brought back when it was %s", (_where, bounds, place) => {
    expect(fitInto(area, bounds)).toEqual(place);
  });

  it("is the middle of the display at first, and no larger than the display", () => {
    expect(defaultBounds(area)).toEqual({ x: 320, y: 143, width: 1280, height: 820 });
    const small = { x: 1920, y: 0, width: 1024, height: 700 };
    expect(defaultBounds(small)).toEqual(small);
  });
});

describe("the window's state file", () => {
  const state = { bounds: { x: -8, y: 0, width: 1000, height: 700 }, maximized: true };
  let folder: string;
  let path: string;
  let logged: string[];
  const open = () => new WindowStateFile(path, (message) => void logged.push(message));

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "dataio-window-"));
    path = join(folder, "window-state.json");
    logged = [];
  });
  afterEach(() => rm(folder, { recursive: true }));

  it("gives back what was kept last", async () => {
    const file = open();
    expect(await file.read()).toBeNull();
    file.keep({ ...state, maximized: false });
    file.keep(state);
    await file.flush();
    expect(await open().read()).toEqual(state);
    expect(await readdir(folder)).toEqual(["window-state.json"]);
  });

  it("writes once a burst of changes is over, without being told to", async () => {
    const file = open();
    for (let x = 0; x < 20; x += 1) {
      file.keep({ ...state, bounds: { ...state.bounds, x } });
      await sleep(1);
    }
    expect(await readdir(folder)).toEqual([]);
    await expect.poll(() => readFile(path, "utf8").catch(() => null), { timeout: 3000 }).toContain('"x": 19');
  });

  it.each([
    ["no JSON", "{"],
    ["of another shape", '{"bounds":{"x":0,"y":0},"maximized":false}'],
    ["of no size", '{"bounds":{"x":0,"y":0,"width":0,"height":100},"maximized":false}'],
    ["beyond all displays", '{"bounds":{"x":1e9,"y":0,"width":10,"height":10},"maximized":false}'],
  ])("is as if it were not there when it is %s", async (_what, text) => {
    await writeFile(path, text);
    expect(await open().read()).toBeNull();
    expect(logged).toEqual([]);
  });

  it("says so and goes on when it cannot be read or written", async () => {
    path = join(folder, "not a folder", "window-state.json");
    await writeFile(join(folder, "not a folder"), "");
    const file = open();
    expect(await file.read()).toBeNull();
    file.keep(state);
    await file.flush();
    expect(logged).toEqual(["The window's place cannot be read", "The window's place cannot be kept"]);
  });
});

describe("the menu", () => {
  const commands: MenuCommand[] = [];
  const menu = (platform: NodeJS.Platform, isPackaged: boolean) =>
    menuTemplate({ platform, isPackaged, onCommand: (command) => void commands.push(command) });
  type Template = ReturnType<typeof menu>;
  const itemsOf = (template: Template): Template =>
    template.flatMap((item) => [item, ...(Array.isArray(item.submenu) ? itemsOf(item.submenu) : [])]);

  it("has an item for every command, which sends it", () => {
    const items = itemsOf(menu("linux", true)).filter(({ id }) => id !== undefined);
    for (const { click } of items) if (click !== undefined) Reflect.apply(click, undefined, []);
    const every: MenuCommand[] = [
      "open",
      "create",
      "close-archive",
      "new-fetch",
      "subscribe",
      "refetch",
      "save-payload",
      "export",
      "import",
      "settings",
      "palette",
      "toggle-theme",
      "shortcuts",
    ];
    expect(commands).toEqual(every);
    expect(items.map(({ id }) => id)).toEqual(every);
  });

  it.each(["linux", "win32", "darwin"] as const)(
    "never reloads the page, and gives no key twice, on %s",
    (platform) => {
      const items = itemsOf(menu(platform, false));
      expect(items.map(({ role }) => role)).not.toContain("reload");
      expect(items.map(({ role }) => role)).not.toContain("viewMenu");
      const keys = items.flatMap(({ accelerator }) => accelerator ?? []);
      expect(new Set(keys).size).toBe(keys.length);
      expect(keys).toContain("CmdOrCtrl+R");
    },
  );

  it("offers developer tools only while the app is not packaged", () => {
    const roles = (isPackaged: boolean) => itemsOf(menu("linux", isPackaged)).map(({ role }) => role);
    expect(roles(false)).toContain("toggleDevTools");
    expect(roles(true)).not.toContain("toggleDevTools");
  });
});
