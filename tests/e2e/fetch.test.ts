/** Fetching: once more what was archived, something new, something slow, and what becomes of it when it fails. */
import { readdirSync, readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type Fetcher, Store, withSession } from "@mxm/dataio";
import Database from "better-sqlite3";
import type { Locator } from "playwright";
import { expect, it } from "vitest";
import { folderFingerprint, referenceArchive, temporaryFolder } from "../../packages/dataio/test/archives.ts";
import { AppPage, eventually } from "../helpers/app-page.ts";
import { describeOnHosts, describeOnWeb } from "../helpers/hosts.ts";
import { closedPort, startFetchServer } from "./fetch-server.ts";

interface Composed {
  readonly source?: string;
  readonly kind: string;
  readonly adapter?: "HTTP" | "Local file";
  readonly params: unknown;
  /** Whether the archive may answer; it may when left out. */
  readonly reuse?: boolean;
}

/** Fills in the open composer. */
async function compose(
  app: AppPage,
  { source = "desk", kind, adapter, params, reuse = true }: Composed,
): Promise<void> {
  const dialog = app.page.getByRole("dialog", { name: "New fetch" });
  for (const [name, text] of [
    ["Source", source],
    ["Kind", kind],
  ] as const) {
    await dialog.getByRole("combobox", { name }).fill(text);
    // Closes the suggestions, where there are any.
    await app.page.keyboard.press("Tab");
  }
  await dialog.getByRole("button", { name: "JSON", exact: true }).click();
  const editor = dialog.getByRole("textbox", { name: /^Params/ });
  await editor.fill(typeof params === "string" ? params : JSON.stringify(params));
  // The params decide which adapter is proposed; the editor keeps the focus meanwhile.
  if (adapter !== undefined) await dialog.getByRole("radio", { name: adapter, checked: true }).waitFor();
  const reuseSwitch = dialog.getByRole("switch", { name: "Answer from the archive if it is there" });
  if ((await reuseSwitch.isChecked()) !== reuse) await reuseSwitch.click();
}

/** Opens the composer, fills it in and starts; gives the job's place in the panel. */
async function fetchComposed(app: AppPage, composed: Composed): Promise<Locator> {
  const before = await app.page.getByTestId("job").count();
  await app.page.keyboard.press("Alt+n");
  await compose(app, composed);
  await app.page.keyboard.press("ControlOrMeta+Enter");
  await app.dialog.waitFor({ state: "detached" });
  await eventually(() => app.page.getByTestId("job").count()).toBe(before + 1);
  return app.page.getByTestId("job").first();
}

describeOnHosts("fetching again", (launch) => {
  it("asks exactly as before, and says whether the answer changed", async () => {
    const app = new AppPage(await launch());
    await app.button(/^Explore the sample/).click();
    await app.archiveShown("demo-archive");
    await eventually(() => app.sessions.count()).toBe(6);
    const [, , , , , market = ""] = await app.sessionIds();
    await app.showSession(market);

    await app.rows.filter({ hasText: "instruments" }).click();
    await app.inspected();
    await app.inspector.getByRole("button", { name: "Re-fetch" }).click();
    const job = app.page.getByTestId("job").first();
    await job.getByText("1 fetched").waitFor();
    await job.getByText(/fetched, unchanged/).waitFor();
    // Who stayed is taken to the new session and its response.
    await eventually(() => app.sessions.count()).toBe(7);
    await eventually(() => app.sessions.first().getAttribute("aria-selected")).toBe("true");
    await app.sessions.first().getByText("1 / 1").waitFor();
    await app.activeRow.getByText("instruments").waitFor();
    await eventually(() => app.rows.count()).toBe(1);
    await app.inspected();
    await app.tab("Metadata");
    await eventually(() => app.page.getByTestId("metadata-origin").innerText()).toBe("This response’s own metadata");
    await app.tab("Request");
    await eventually(() => app.fact("Hash check").innerText()).toContain("matches the request");

    await app.showSession(market);
    await app.rows.filter({ hasText: "quote" }).first().click();
    await app.page.keyboard.press("ControlOrMeta+r");
    await app.page
      .getByTestId("job")
      .first()
      .getByText(/fetched, changed/)
      .waitFor();
    await eventually(() => app.sessions.count()).toBe(8);

    await app.showSession(market);
    await app.rows.filter({ hasText: "quote" }).first().click();
    await app.rows
      .filter({ hasText: "quote" })
      .last()
      .click({ modifiers: ["Shift"] });
    await app.button("Re-fetch 3").click();
    await app.page.getByTestId("job").first().getByText("3 fetched").waitFor();
    await eventually(() => app.sessions.first().innerText()).toContain("3 / 3");
    expect(await app.app.problems()).toEqual([]);
  });
});

describeOnWeb("a new fetch", (launch) => {
  it("is composed, watched, cancelled, and kept with its reason when it fails", async () => {
    const source = await startFetchServer();
    const folder = join(temporaryFolder(), "desk");
    Store.create(folder).close();
    const app = new AppPage(await launch({ args: ["--archive", folder] }));
    await app.button("Fetch something").click();
    const dialog = app.page.getByRole("dialog", { name: "New fetch" });
    await compose(app, { source: "", kind: "", params: '{"url": ' });
    await dialog.getByRole("button", { name: "Fetch", exact: true }).click();
    await dialog.getByText("Say which source this belongs to.").waitFor();
    await dialog.getByText("Say what kind of request this is.").waitFor();
    await dialog.getByText(/^Line 1, column 9: the text ends/).waitFor();
    expect(source.asked).toEqual([]);
    await compose(app, { kind: "item", adapter: "HTTP", params: { url: `${source.origin}/item` } });
    await dialog.getByRole("button", { name: "Fetch", exact: true }).click();
    await app.page
      .getByTestId("job")
      .first()
      .getByText(/fetched, new/)
      .waitFor();
    await app.inspector.getByRole("button", { name: "Text", exact: true }).click();
    await eventually(() => app.code("Formatted payload")).toContain('"path": "/item"');
    expect(source.asked).toEqual(["/item"]);

    const again = await fetchComposed(app, { kind: "item", params: { url: `${source.origin}/item` } });
    await again.getByText(/answered from the archive/).waitFor();
    expect(source.asked).toEqual(["/item"]);
    await app.activeRow.getByText("reused").waitFor();
    const bypassed = await fetchComposed(app, { kind: "item", params: { url: `${source.origin}/item` }, reuse: false });
    await bypassed.getByText(/fetched, changed/).waitFor();
    expect(source.asked).toEqual(["/item", "/item"]);

    const slow = await fetchComposed(app, { kind: "slow", params: { url: `${source.origin}/slow` } });
    await slow.getByText(/fetching…/).waitFor();
    await app.page.getByRole("button", { name: "1 running" }).waitFor();
    await eventually(() => source.asked.at(-1)).toBe("/slow");
    await slow.getByRole("button", { name: "Cancel" }).click();
    await slow.getByText("Cancelled; what came before is kept").waitFor();
    await eventually(() => source.abandoned()).toBe(1);

    const missing = await fetchComposed(app, { kind: "missing", params: { url: `${source.origin}/missing` } });
    await missing.getByText("its answer is kept").waitFor();
    await missing.getByRole("button", { name: "Show", exact: true }).click();
    await app.activeRow.getByText("error").waitFor();
    await eventually(() => app.code("Formatted payload")).toContain('"error": "no such thing"');
    await app.tab("Request");
    await app.inspector.getByText("The source answered with status 404.").waitFor();
    await app.tab("Preview");

    const port = await closedPort();
    const refused = await fetchComposed(app, { kind: "gone", params: { url: `http://127.0.0.1:${port}/` } });
    await refused.getByText(`connection refused by 127.0.0.1:${port}`).waitFor();
    await app.activeRow.getByText("failed").waitFor();
    await app.inspector.getByText("This request failed").waitFor();
    await app.inspector.getByText(`connection refused by 127.0.0.1:${port}`).waitFor();
    await app.sessions.first().getByText("1 failed").waitFor();

    const file = join(folder, "..", "positions.csv");
    await writeFile(file, "symbol,size\nESZ6,3\n");
    const local = await fetchComposed(app, { kind: "positions", adapter: "Local file", params: { path: file } });
    await local.getByText(/fetched, new/).waitFor();
    await app.inspector.getByRole("cell", { name: "ESZ6" }).waitFor();
    expect(await app.app.problems()).toEqual([]);
  });
});

describeOnWeb("the form of a request", (launch) => {
  it("is another face of its JSON, for one request and for many of a session", async () => {
    const source = await startFetchServer();
    const folder = join(temporaryFolder(), "desk");
    const store = Store.create(folder);
    const paramsJson = `{"url": "${source.origin}/item", "limit": 30.0, "most": 1e400, "day": "2026-02-28", "deep": true, "none": null, "query": {"a": 1.10}}`;
    const adapter: Fetcher = { fetch: () => Promise.resolve(Buffer.from("before")) };
    await withSession({ store, source: "desk", adapter }, async (session) => {
      await session.fetch(session.request({ kind: "item", paramsJson }));
    });
    store.close();
    const app = new AppPage(await launch({ args: ["--archive", folder] }));
    const { page } = app;
    const dialog = page.getByRole("dialog", { name: "New fetch" });
    const field = (name: string) => dialog.getByRole("textbox", { name, exact: true });
    const json = dialog.getByRole("textbox", { name: /^Params/ });
    const face = (name: "Form" | "JSON") => dialog.getByRole("button", { name, exact: true });
    await app.rows.first().waitFor();
    await page.keyboard.press("Alt+n");
    await dialog.getByRole("combobox", { name: "Source" }).fill("desk");
    await page.keyboard.press("Tab");
    await dialog.getByRole("combobox", { name: "Kind" }).click();
    await page.getByRole("option", { name: "item" }).click();

    // Filled by the latest of its kind: a field for each, by what it is, and nothing rounded.
    await eventually(() => field("url").inputValue()).toBe(`${source.origin}/item`);
    expect(await field("limit").inputValue()).toBe("30.0");
    expect(await field("most").inputValue()).toBe("Infinity");
    expect(await dialog.getByLabel("day", { exact: true }).getAttribute("type")).toBe("date");
    expect(await dialog.getByLabel("deep", { exact: true }).inputValue()).toBe("true");
    expect(await field("query").inputValue()).toBe('{\n  "a": 1.1\n}');
    await face("JSON").click();
    const before = await json.innerText();
    expect(before).toContain('"limit": 30.0');
    await json.fill('{ "url": "x", "n": 1e400, "n": 30.0 }');
    await dialog.getByText("“n” is named twice in one object.").waitFor();
    expect(await face("Form").getAttribute("aria-disabled")).toBe("true");
    await json.fill('{ "url": "/item", "n": 1e400, "m": 30.0 }');
    await face("Form").click();
    expect(await field("n").inputValue()).toBe("1e400");

    // What is no number yet is said where it is, and does not go out.
    await field("m").fill("30.");
    await dialog.getByText("This is no number.").waitFor();
    await page.keyboard.press("ControlOrMeta+Enter");
    await field("m").fill("30.00");
    await field("Name of n").fill("day");
    await dialog.getByRole("combobox", { name: "Type of day" }).selectOption("Text");
    await field("day").fill("2026-03-01");
    await dialog.getByRole("button", { name: "Add a param" }).click();
    await page.keyboard.type("extra");
    await dialog.getByRole("button", { name: "Remove url" }).click();
    await face("JSON").click();
    expect(await json.innerText()).toBe('{ "day": "2026-03-01", "m": 30.00, "extra": "" }');
    await json.fill(`{"url": "${source.origin}/item?{{value}}", "m": 30.0}`);
    await face("Form").click();

    // A list, shown as what it makes; more requests beside it, which are moved, copied and left out.
    await page.keyboard.press("ControlOrMeta+Enter");
    await dialog.getByText("Say which values {{value}} stands for.").waitFor();
    await dialog.getByRole("textbox", { name: "For each" }).fill("2026-01-01..2026-01-31");
    const made = dialog.getByRole("region", { name: "What it makes" });
    await made.getByText("31 requests, of which the first and the last are:").waitFor();
    await eventually(() => made.getByRole("listitem").last().innerText()).toContain("/item?2026-01-31");
    await dialog.getByRole("button", { name: "Add another request" }).click();
    await field("url").fill(`${source.origin}/item?two`);
    const list = dialog.getByRole("list", { name: "Requests of this session" });
    await list.getByRole("button", { name: "Copy request 2" }).click();
    await field("url").fill(`${source.origin}/item?three`);
    await list.getByRole("button", { name: "Move request 3 up" }).click();
    await eventually(() => list.getByRole("listitem").allInnerTexts()).toEqual([
      expect.stringMatching(/item\?\{\{value\}\}\s+× 31/),
      expect.stringContaining("item?three"),
      expect.stringContaining("item?two"),
    ]);
    await dialog.getByRole("button", { name: "Fetch 33", exact: true }).waitFor();
    await list.getByRole("button", { name: "Remove request 2" }).click();
    await eventually(() => field("url").inputValue()).toBe(`${source.origin}/item?two`);
    await dialog.getByRole("button", { name: "Dry run" }).click();
    const plan = dialog.getByRole("region", { name: "Dry run" });
    await plan.getByText("32 requests: 32 not in the archive.").waitFor();
    expect(await plan.getByRole("listitem").count()).toBeLessThan(32);
    await plan.getByRole("region", { name: "What would be asked" }).press("End");
    await plan.getByText("/item?two").waitFor();

    // More than a thousand are asked about first.
    await list.getByRole("button", { name: /^1 / }).click();
    await dialog.getByRole("textbox", { name: "For each" }).fill("2020-01-01..2022-12-31");
    await page.keyboard.press("ControlOrMeta+Enter");
    await dialog.getByText("Fetch 1,097 requests?").waitFor();
    expect(source.asked).toEqual([]);
    await dialog.getByRole("textbox", { name: "For each" }).fill("one\nfour");
    await eventually(() => dialog.getByText("Fetch 1,097 requests?").count()).toBe(0);
    await dialog.getByRole("combobox", { name: "Use of the archive" }).selectOption({ label: "Always ask the source" });
    await page.keyboard.press("ControlOrMeta+Enter");
    await page
      .getByRole("region", { name: "Run" })
      .getByText(/^Done · 3 fetched/)
      .waitFor();
    expect(source.asked.slice().sort()).toEqual(["/item?four", "/item?one", "/item?two"]);
    expect(await app.app.problems()).toEqual([]);
  });
});

describeOnWeb("an archive that only Python wrote", (launch) => {
  it("is written only after it was allowed, and keeps everything that Python stored", async () => {
    const source = await startFetchServer();
    const folder = referenceArchive("small");
    const before = folderFingerprint(folder);
    const rowsBefore = pythonRows(folder);
    const app = new AppPage(await launch({ args: ["--archive", folder] }));
    await app.archiveShown("small");

    const question = app.page.getByRole("dialog", { name: "Allow writing to this archive?" });
    await app.rows.first().click();
    await app.inspected();
    await app.inspector.getByRole("button", { name: "Re-fetch" }).click();
    await question.getByText("adds a few tables of this app").waitFor();
    await question.getByText("Keep read-only").click();
    await question.waitFor({ state: "detached" });
    expect(await app.page.getByTestId("job").count()).toBe(0);
    expect(folderFingerprint(folder)).toEqual(before);

    await app.button("New fetch").click();
    await compose(app, { source: "desk", kind: "item", params: { url: `${source.origin}/item` } });
    await app.dialog.getByText("This archive is read-only").waitFor();
    await app.page.keyboard.press("ControlOrMeta+Enter");
    expect(source.asked).toEqual([]);
    await app.dialog.getByRole("button", { name: "Allow writing" }).click();
    await app.dialog.locator("button:not([aria-disabled])").getByText("Fetch", { exact: true }).click();
    await app.page
      .getByTestId("job")
      .first()
      .getByText(/fetched, new/)
      .waitFor();
    await app.button("Writable").waitFor();
    await eventually(() => app.sessions.first().innerText()).toContain("desk");
    expect(await app.app.problems()).toEqual([]);
    await app.app.close();

    const after = pythonRows(folder);
    for (const table of PYTHON_TABLES) {
      expect(after[table]?.filter((row) => !rowsBefore[table]?.includes(row)).length).toBe(1);
      expect(after[table]).toEqual(expect.arrayContaining([...(rowsBefore[table] ?? [])]));
    }
    const db = new Database(join(folder, "dataio.sqlite"), { readonly: true });
    const tables = db.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").pluck().all();
    expect(tables).toEqual(expect.arrayContaining(["archive_meta", "resolutions", "response_meta"]));
    expect(db.pragma("journal_mode", { simple: true })).toBe("delete");
    db.close();
    const kept = folderFingerprint(folder);
    for (const [path, facts] of Object.entries(before)) {
      if (path.startsWith("responses/")) expect([path, kept[path]]).toEqual([path, facts]);
    }
    expect(readdirSync(folder).sort()).toEqual(["dataio.sqlite", "responses"]);
    const added = Object.keys(kept).filter((path) => before[path] === undefined && path.endsWith(".bin"));
    expect(added.map((path) => readFileSync(join(folder, path), "utf8"))).toEqual(['{"path":"/item","number":1}']);
  });
});

const PYTHON_TABLES = ["sessions", "requests", "responses"] as const;

/** Every row of the tables that Python knows, as text. */
function pythonRows(folder: string): Readonly<Record<string, readonly string[]>> {
  const db = new Database(join(folder, "dataio.sqlite"), { readonly: true });
  try {
    const rows = (table: string) =>
      db
        .prepare(`SELECT * FROM ${table}`)
        .raw()
        .all()
        .map((row) => JSON.stringify(row));
    return Object.fromEntries(PYTHON_TABLES.map((table) => [table, rows(table)]));
  } finally {
    db.close();
  }
}
