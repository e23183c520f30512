/**
 * The Electron host's own behaviour: the built main process and preload with the stand-in in Electron's place, whatever
 * the other specs run on, because only the stand-in can be asked what the system would show.
 */
import { spawn } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdir, mkdtemp, readdir, readFile, realpath, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ArchiveReader } from "@mxm/dataio";
import type { Page } from "playwright";
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from "vitest";
import { WebSocketServer } from "ws";
import { z } from "zod";
import { extractReference } from "../../packages/dataio/test/archives.ts";
import type { MenuCommand } from "../../src/shared/contract.ts";
import { payloadUrl } from "../../src/shared/payload-url.ts";
import type { HostMessage } from "../../src/shared/wire.ts";
import { makeRowArchive } from "../bench/row-archive.ts";
import { type DesktopOptions, launchStandIn, standInCommand } from "../helpers/desktop-host.ts";

type App = Awaited<ReturnType<typeof launchStandIn>>;

let home: string;
let running: App[];

async function launch(options: Omit<DesktopOptions, "dataDirectory"> = {}): Promise<App> {
  const app = await launchStandIn({ ...options, dataDirectory: home });
  running.push(app);
  return app;
}

/** Calls the backend from the page, past the app's own client. */
function call(page: Page, method: string, params: unknown): Promise<unknown> {
  return page.evaluate(
    ([name, sent]) =>
      new Promise((resolve) => {
        const bridge = Reflect.get(globalThis, "dataioBridge");
        const stop = bridge.onMessage((message: HostMessage) => {
          if (message.type !== "result" || message.id !== 900_000) return;
          stop();
          resolve(message.ok ? message.value : message.error);
        });
        bridge.send({ type: "call", id: 900_000, method: name, params: sent });
      }),
    [method, params] as const,
  );
}

/** What is needed of an answer to `archives.open`. */
const archiveOf = (answer: unknown) => z.object({ id: z.string() }).parse(answer);

/** Starts to keep the commands that the host tells the page of; gives what reads them. */
async function commandsHeard(page: Page): Promise<() => Promise<unknown>> {
  await page.evaluate(() => {
    const heard: unknown[] = [];
    Reflect.set(globalThis, "commandsHeard", heard);
    Reflect.get(globalThis, "dataioBridge").onMessage((message: HostMessage) => {
      if (message.type === "event" && message.name === "menu.command") heard.push(message.payload);
    });
  });
  return () => page.evaluate(() => Reflect.get(globalThis, "commandsHeard"));
}

beforeEach(async () => {
  home = await realpath(await mkdtemp(join(tmpdir(), "dataio-shell-")));
  running = [];
});
afterEach(async () => {
  const ends = await Promise.allSettled(running.map((app) => app.close()));
  await rm(home, { recursive: true, force: true, maxRetries: 5 });
  expect(ends.filter((end) => end.status === "rejected")).toEqual([]);
});

describe("starting and ending", () => {
  it("shows the app's page without a complaint, and leaves nothing behind but its data", async () => {
    const app = await launch({ colorScheme: "dark" });
    await app.page.getByRole("heading").first().waitFor();
    expect(await app.page.title()).toBe("MXM DataIO Browser");
    expect(await app.standIn.window()).toMatchObject({
      bounds: { x: 320, y: 110, width: 1280, height: 820 },
      isVisible: true,
      isFocused: true,
      isMaximized: false,
      backgroundColor: "#16191d",
    });
    expect(await app.problems()).toEqual([]);
    await app.close();
    expect(app.process.output).toBe("");
    expect((await readdir(home)).filter((name) => name.startsWith("stand-in"))).toEqual([]);
  });

  it("ends when its window is closed", async () => {
    const app = await launch();
    await app.standIn.useWindow("close");
    expect(await app.process.ended()).toBe(0);
  });

  it("takes the archive and the read-only switch from the command line, and ends in order on a signal", async ({
    skip,
  }) => {
    const app = await launch({ args: ["--read-only", "--archive", join(home, "not there")] });
    const info = await call(app.page, "app.info", {});
    expect(info).toMatchObject({
      host: "desktop",
      nativeDialogs: true,
      readOnly: true,
      initialArchive: join(home, "not there"),
    });
    skip(process.platform === "win32", "Windows ends a process at once, whatever it is told");
    app.process.child.kill("SIGTERM");
    expect(await app.process.ended()).toBe(0);
    expect(await readdir(home)).not.toContain("stand-in-instance.lock");
  });

  it("keeps a job when its window is closed, shows it when it is started again, and asks before it quits", async () => {
    const server = createServer((_request, response) => void response.write("and then nothing"));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    onTestFinished(() => {
      server.closeAllConnections();
      server.close();
    });
    const address = server.address();
    const port = typeof address === "object" && address !== null ? address.port : 0;
    const app = await launch();
    const { id: archiveId } = archiveOf(await call(app.page, "archives.create", { path: join(home, "desk") }));
    const url = `http://127.0.0.1:${port}/`;
    const request = { kind: "slow", method: "GET", paramsJson: JSON.stringify({ url }), bodyJson: null };
    const order = { archiveId, source: "desk", adapter: "http", cache: "default", requests: [request] };
    expect(await call(app.page, "fetch.start", order)).toMatchObject({ title: "desk: slow" });
    await app.standIn.useWindow("close");
    await expect.poll(() => app.standIn.window()).toBeNull();
    expect(app.process.hasEnded).toBe(false);

    const [command, args, options] = standInCommand({ dataDirectory: home });
    const second = spawn(command, args, { ...options, stdio: "ignore" });
    expect((await once(second, "exit"))[0]).toBe(0);
    await expect.poll(() => app.standIn.window()).toMatchObject({ isVisible: true });
    const page = await app.newestPage();
    await page.getByRole("button", { name: "1 running" }).waitFor();

    await app.standIn.quit();
    await expect.poll(async () => (await app.standIn.shownDialogs()).length).toBe(1);
    expect(await app.standIn.shownDialogs()).toMatchObject([
      {
        kind: "message",
        options: {
          message: "1 job is running",
          detail: expect.stringContaining("“desk: slow”"),
          buttons: ["Keep running", "Quit anyway"],
        },
      },
    ]);
    await app.standIn.answerMessageBox(0);
    await page.getByRole("button", { name: "1 running" }).waitFor();
    // What is under way then winds down: a stream's end is recorded, and nothing is left of an export.
    const feed = new WebSocketServer({ server });
    onTestFinished(() => {
      for (const socket of feed.clients) socket.terminate();
    });
    const params = JSON.stringify({ url: `ws://127.0.0.1:${port}/` });
    const subscription = { archiveId, source: "feed", adapter: "websocket", kind: "ticks", paramsJson: params };
    await call(page, "stream.start", subscription);
    await expect.poll(() => feed.clients.size).toBe(1);
    const big = join(home, "big");
    makeRowArchive(big, 60_000);
    const { id: bigId } = archiveOf(await call(page, "archives.open", { path: big }));
    const target = { type: "ndjson", path: join(home, "out", "rows.ndjson"), existing: "refuse" };
    await mkdir(join(home, "out"));
    await call(page, "export.start", { archiveId: bigId, scope: { type: "archive" }, target });
    await expect.poll(() => readdir(join(home, "out"))).not.toEqual([]);
    await app.standIn.quit();
    await expect.poll(async () => (await app.standIn.shownDialogs()).length).toBe(2);
    const detail =
      "“Export to rows.ndjson”, “feed: ticks”, “desk: slow”. Quitting cancels them; what came before is kept; of an export nothing is left.";
    expect((await app.standIn.shownDialogs())[1]).toMatchObject({ options: { message: "3 jobs are running", detail } });
    await app.standIn.answerMessageBox(1);
    expect(await app.process.ended()).toBe(0);
    expect(await readdir(join(home, "out"))).toEqual([]);
    using reader = new ArchiveReader(join(home, "desk"));
    expect(reader.sessions({ limit: 10, cursor: null }).items.map(({ endedAt }) => endedAt)).not.toContain(null);
  });

  it("brings its window to the front instead of starting twice, and opens what it was started again with", async () => {
    const app = await launch();
    await app.standIn.useWindow("minimize");
    expect(await app.standIn.window()).toMatchObject({ isMinimized: true, isFocused: false });
    const [command, args, options] = standInCommand({ dataDirectory: home, args: [join("gone", "dataio.sqlite")] });
    const second = spawn(command, args, { ...options, cwd: home, stdio: "ignore" });
    expect((await once(second, "exit"))[0]).toBe(0);
    await expect.poll(() => app.standIn.window()).toMatchObject({ isMinimized: false, isFocused: true });
    expect(await call(app.page, "app.info", {})).toMatchObject({ host: "desktop" });
    // There is no such archive, and the page says which it was asked for: the folder of that database.
    await app.page.getByText(join(home, "gone")).first().waitFor();
  });

  it("says why it cannot start, and ends with 1", async () => {
    await rm(home, { recursive: true });
    await writeFile(home, "a file where the data folder should be");
    const [command, args, options] = standInCommand({ dataDirectory: home });
    const child = spawn(command, args, { ...options, stdio: ["ignore", "ignore", "pipe"] });
    let said = "";
    child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      said += text;
    });
    expect((await once(child, "close"))[0]).toBe(1);
    expect(said).toContain("MXM DataIO Browser cannot start");
    expect(said).toContain(home);
  });
});

describe("the window", () => {
  it("gets no smaller than the page can bear, and comes back where it was", async () => {
    const before = await launch();
    await before.standIn.placeWindow({ width: 100, height: 100 });
    expect(await before.standIn.window()).toMatchObject({ bounds: { width: 720, height: 480 } });
    await before.standIn.placeWindow({ x: 40, y: 60, width: 1000, height: 700 });
    await expect.poll(() => before.page.evaluate(() => Reflect.get(globalThis, "innerWidth"))).toBe(1000);
    await before.close();
    const state = JSON.parse(await readFile(join(home, "window-state.json"), "utf8"));
    expect(state).toEqual({ bounds: { x: 40, y: 60, width: 1000, height: 700 }, maximized: false });
    const after = await launch();
    expect(await after.standIn.window()).toMatchObject({ bounds: { x: 40, y: 60, width: 1000, height: 700 } });
  });

  it("comes back maximised, and knows its size from before", async () => {
    const before = await launch();
    await before.standIn.placeWindow({ x: 40, y: 60, width: 1000, height: 700 });
    await before.standIn.useWindow("maximize");
    await before.close();
    const after = await launch();
    expect(await after.standIn.window()).toMatchObject({ isMaximized: true, bounds: { width: 1920, height: 1040 } });
    await after.standIn.useWindow("unmaximize");
    expect(await after.standIn.window()).toMatchObject({ bounds: { x: 40, y: 60, width: 1000, height: 700 } });
  });

  it("follows the theme setting", async () => {
    const app = await launch();
    const isDark = () => app.page.evaluate('matchMedia("(prefers-color-scheme: dark)").matches');
    expect(await isDark()).toBe(false);
    await call(app.page, "settings.update", { theme: "dark" });
    await expect.poll(isDark).toBe(true);
    expect(await app.standIn.window()).toMatchObject({ backgroundColor: "#16191d" });
    await app.close();
    const again = await launch();
    expect(await again.standIn.window()).toMatchObject({ backgroundColor: "#16191d" });
  });

  it("offers to load a crashed page again, and works then", async () => {
    const app = await launch();
    const session = await app.page.context().newCDPSession(app.page);
    // The page is gone before it could answer.
    session.send("Page.crash").catch(() => undefined);
    await expect.poll(async () => (await app.standIn.shownDialogs()).length).toBe(1);
    const [shown] = await app.standIn.shownDialogs();
    expect(shown).toMatchObject({ kind: "message", options: { message: "The window stopped working" } });
    await app.standIn.answerMessageBox(0);
    const pages = () => app.page.context().pages();
    await expect.poll(() => pages().filter((page) => page !== app.page && page.url() !== "about:blank").length).toBe(1);
    const page = pages().find((candidate) => candidate !== app.page && candidate.url() !== "about:blank");
    if (page === undefined) throw new Error("The page did not come back");
    await page.getByRole("heading").first().waitFor();
    expect(await call(page, "app.info", {})).toMatchObject({ host: "desktop" });
  });
});

describe("the way out of the page", () => {
  it("is closed to navigation, and other servers are never asked", async () => {
    const asked: string[] = [];
    const server = createServer((request, response) => {
      asked.push(request.url ?? "");
      response.end("elsewhere");
    });
    await once(server.listen(0, "127.0.0.1"), "listening");
    const address = server.address();
    const port = typeof address === "object" ? address?.port : undefined;
    const elsewhere = `http://127.0.0.1:${port}`;
    try {
      const app = await launch();
      const { page } = app;
      const home = page.url();
      await page.evaluate((url) => Reflect.get(globalThis, "location").assign(`${url}/assign`), elsewhere);
      await page.evaluate(() => Reflect.get(globalThis, "location").assign("payload/x/y"));
      await page.evaluate((url) => {
        const document = Reflect.get(globalThis, "document");
        const link = document.createElement("a");
        link.href = `${url}/link`;
        document.body.append(link);
        link.click();
      }, elsewhere);
      // Whatever of these had begun would be over once this call has been to the host and back.
      expect(await call(page, "app.info", {})).toMatchObject({ host: "desktop" });
      expect(page.url()).toBe(home);
      expect(asked).toEqual([]);
    } finally {
      server.close();
    }
  });

  it("is open to a reload, opens no other window, and is granted nothing but putting text on the clipboard", async () => {
    const { page } = await launch();
    await page.evaluate(() => Reflect.set(globalThis, "before", true));
    await Promise.all([
      page.waitForEvent("load"),
      page.evaluate(() => Reflect.get(globalThis, "location").reload()).catch(() => undefined),
    ]);
    expect(await page.evaluate(() => Reflect.get(globalThis, "before"))).toBeUndefined();
    await page.getByRole("heading").first().waitFor();
    expect(await call(page, "app.info", {})).toMatchObject({ host: "desktop" });

    // Electron would not even make it; the stand-in closes it again.
    const popup = page.waitForEvent("popup");
    await page.evaluate(() => void Reflect.get(globalThis, "open")("about:blank#opened"));
    const opened = await popup;
    await expect.poll(() => opened.isClosed()).toBe(true);

    const state = (name: string) =>
      page.evaluate(`navigator.permissions.query({ name: "${name}" }).then(({ state }) => state)`);
    expect(await state("clipboard-write")).toBe("granted");
    for (const name of ["clipboard-read", "geolocation", "notifications", "camera", "microphone", "midi"]) {
      expect([name, await state(name)]).toEqual([name, "denied"]);
    }
    expect(await page.evaluate('navigator.clipboard.writeText("copied").then(() => "written")')).toBe("written");
  });
});

describe("what the system offers", () => {
  it("the menu tells the page what was chosen", async () => {
    const app = await launch();
    const commands: MenuCommand[] = [
      "open",
      "create",
      "close-archive",
      "new-fetch",
      "subscribe",
      "refetch",
      "save-payload",
      "settings",
      "palette",
      "toggle-theme",
      "shortcuts",
    ];
    const heard = await commandsHeard(app.page);
    for (const command of commands) await app.clickMenu(command);
    await expect.poll(heard).toEqual(commands.map((command) => ({ command })));
  });

  it("native dialogs choose folders, before and after they are asked for", async () => {
    const app = await launch();
    await app.answerNextFolderDialog("/some/folder");
    expect(await call(app.page, "host.chooseFolder", { purpose: "open" })).toEqual({ path: "/some/folder" });
    const dismissed = call(app.page, "host.chooseFolder", { purpose: "create" });
    await expect.poll(async () => (await app.standIn.shownDialogs()).length).toBe(2);
    await app.answerNextFolderDialog(null);
    expect(await dismissed).toEqual({ path: null });
    expect(await app.standIn.shownDialogs()).toMatchObject([
      { kind: "folder", options: { properties: ["openDirectory"] } },
      { kind: "folder", options: { properties: ["openDirectory", "createDirectory"] } },
    ]);
  });

  it("a native dialog chooses where a payload is saved, under a name that names no folder", async () => {
    extractReference("small", home);
    const app = await launch();
    const { id } = archiveOf(await call(app.page, "archives.open", { path: join(home, "small") }));
    const [name = ""] = await readdir(join(home, "small/responses"));
    const checksum = name.slice(0, 64);
    const bytes = await readFile(join(home, "small/responses", `${checksum}.bin`));
    const target = join(home, "saved");
    await app.answerNextSaveDialog(target);
    const params = { archiveId: id, checksum, suggestedName: "../../etc/saved.json" };
    const saved = await call(app.page, "host.savePayload", params);
    expect(saved).toEqual({ path: target, sizeBytes: bytes.byteLength });
    expect(await readFile(target)).toEqual(bytes);
    expect(await app.standIn.shownDialogs()).toMatchObject([{ kind: "save", options: { defaultPath: "saved.json" } }]);
    await call(app.page, "host.revealPayload", { archiveId: id, checksum });
    expect(await app.standIn.revealedFiles()).toEqual([join(home, "small/responses", `${checksum}.bin`)]);
  });
});

describe("the app's own scheme", () => {
  it("serves payload bytes whole, in ranges, and as far as the page wants them", async () => {
    extractReference("small", home);
    const archive = join(home, "small");
    const bytes = randomBytes(24 * 1024 * 1024);
    const checksum = createHash("sha256").update(bytes).digest("hex");
    await writeFile(join(archive, "responses", `${checksum}.bin`), bytes);
    const app = await launch();
    const { id } = archiveOf(await call(app.page, "archives.open", { path: archive }));
    const read = (init: { method?: string; headers?: Record<string, string> }) =>
      app.page.evaluate(
        async ([url, options]) => {
          const response = await fetch(url, options);
          const body = new Uint8Array(await response.arrayBuffer());
          const digest = [...new Uint8Array(await crypto.subtle.digest("SHA-256", body))];
          return { status: response.status, range: response.headers.get("content-range"), size: body.length, digest };
        },
        [payloadUrl(id, checksum), init] as const,
      );
    const digest = (part: Buffer) => [...createHash("sha256").update(part).digest()];

    expect(await read({})).toEqual({ status: 200, range: null, size: bytes.length, digest: digest(bytes) });
    expect(await read({ headers: { range: "bytes=5000000-5000099" } })).toEqual({
      status: 206,
      range: `bytes 5000000-5000099/${bytes.length}`,
      size: 100,
      digest: digest(bytes.subarray(5_000_000, 5_000_100)),
    });
    expect(await read({ headers: { range: "bytes=-7" } })).toMatchObject({
      status: 206,
      digest: digest(bytes.subarray(-7)),
    });
    expect(await read({ method: "HEAD" })).toMatchObject({ status: 200, size: 0 });
    expect(await read({ method: "DELETE" })).toMatchObject({ status: 405 });

    // A page that gives up on a payload leaves the host as it was.
    const first = await app.page.evaluate(
      async (url) => {
        const reader = (await fetch(url)).body?.getReader();
        const chunk = await reader?.read();
        await reader?.cancel();
        return chunk?.value?.length ?? 0;
      },
      payloadUrl(id, checksum),
    );
    expect(first).toBeGreaterThan(0);
    expect(await call(app.page, "payloads.check", { archiveId: id, checksum })).toMatchObject({ state: "ok" });
    await app.close();
    expect(app.process.output).toBe("");
  });
});
