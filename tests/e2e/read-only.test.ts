/** Looking at an archive changes nothing in it, also while a pipeline writes to it, and never stands in its way. */
import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import Database from "better-sqlite3";
import { expect, it } from "vitest";
import { folderFingerprint, referenceArchive } from "../../packages/dataio/test/archives.ts";
import { AppPage, eventually } from "../helpers/app-page.ts";
import { describeOnWeb } from "../helpers/hosts.ts";
import { ROOT } from "../helpers/root.ts";

const WRITER = join(ROOT, "packages/dataio/test/pipeline-writer.ts");

/** How many responses a running pipeline adds, and how often it found the database locked. */
async function runPipeline(folder: string, responses: number): Promise<{ written: number; locked: number }> {
  const { stdout } = await promisify(execFile)(process.execPath, [WRITER, folder, String(responses)]);
  return JSON.parse(stdout);
}

/** Runs through all rows with a key held down, then looks at a few of them in every order and every tab. */
async function lookAtEverything(app: AppPage, rows: number): Promise<void> {
  await app.grid.focus();
  await app.page.keyboard.press("Home");
  for (let row = 1; row < rows; row += 1) await app.page.keyboard.press("ArrowDown");
  await app.page.locator(`[data-active][aria-rowindex="${rows + 1}"]`).waitFor();
  await app.inspected();
  for (const column of ["Size", "Type", "Duration", "Kind"]) {
    await app.sortBy(column);
    await app.rows.first().click();
    await app.inspected();
  }
  for (const tab of ["Raw", "Metadata", "Request", "Preview"] as const) await app.tab(tab);
  for (const id of await app.sessionIds()) await app.showSession(id);
  await app.showAllResponses();
}

describeOnWeb("an archive of Python's", (launch) => {
  it("is the same to the last byte after everything in it was looked at", async () => {
    const app = new AppPage(await launch());
    for (const [name, rows] of [
      ["small", 65],
      ["edge", 85],
    ] as const) {
      const folder = referenceArchive(name);
      const before = folderFingerprint(folder);
      await app.openFolder(folder);
      await app.archiveShown(name);
      await app.button("Read-only").waitFor();
      await lookAtEverything(app, rows);
      expect(folderFingerprint(folder)).toEqual(before);
      await app.button(`Archive: ${name}`).click();
      await app.page.getByRole("menuitem", { name: "Close archive" }).click();
      await app.button(/^Open an archive/).waitFor();
      expect(folderFingerprint(folder)).toEqual(before);
    }
    expect(await app.app.problems()).toEqual([]);
  }, 90_000);

  it("shows its rows as they are when it may be written from now on, and none of them as new", async () => {
    const app = new AppPage(await launch({ args: ["--archive", referenceArchive("edge")] }));
    await app.archiveShown("edge");
    await app.rows.nth(3).click();
    await app.inspected();
    // The index puts a time that none can read at the end, the tables put it on top.
    await app.page.getByRole("tab", { name: "Facets" }).click();
    await app.page.getByRole("button", { name: /^ok \d/ }).waitFor();
    await app.button("Read-only").click();
    await app.dialog.getByRole("button", { name: "Allow writing" }).click();
    await app.button("Writable").waitFor();
    await eventually(() => app.rows.first().innerText()).not.toContain("yesterday");
    expect(await app.button(/new rows?$/).count()).toBe(0);
    expect(await app.page.evaluate("document.querySelector('[role=grid]').scrollTop")).toBe(0);
    expect(await app.app.problems()).toEqual([]);
  });

  it("shows what a pipeline writes meanwhile, without moving what is looked at, and without a lock or a file", async () => {
    const folder = referenceArchive("small");
    const app = new AppPage(await launch({ args: ["--archive", folder] }));
    await app.archiveShown("small");
    const chosen = app.rows.nth(20);
    const ref = await chosen.getAttribute("data-ref");
    await chosen.click();
    await app.inspected();
    const title = await app.inspector.getByRole("heading", { level: 2 }).innerText();
    const place = await chosen.boundingBox();

    const pipeline = runPipeline(folder, 40);
    await lookAround(app);
    expect(await pipeline).toEqual({ written: 40, locked: 0 });
    await eventually(() => app.page.getByText("105 rows", { exact: true }).isVisible(), 3_000).toBe(true);
    await app.button("↑ 40 new rows").waitFor();
    const stayed = app.page.locator(`[data-ref="${ref}"]`);
    expect(await stayed.getAttribute("aria-selected")).toBe("true");
    expect(await stayed.getAttribute("aria-rowindex")).toBe("62");
    // Browsers round where they scroll to.
    expect(Math.abs(((await stayed.boundingBox())?.y ?? 0) - (place?.y ?? 0))).toBeLessThanOrEqual(1);
    expect(await app.inspector.getByRole("heading", { level: 2 }).innerText()).toBe(title);
    // The session that the pipeline opened stands on top, under a day of its own.
    await eventually(() => app.sessions.first().locator(".rail-source").innerText()).toBe("pipeline");
    await app.sessions.first().getByText("40 / 40").waitFor();
    await app.button("↑ 40 new rows").click();
    await app.rows.first().getByText("pipeline").waitFor();
    expect(await app.app.problems()).toEqual([]);
    await app.app.close();

    const inRoot = Object.keys(folderFingerprint(folder)).filter((path) => !path.startsWith("responses"));
    expect(inRoot).toEqual(["dataio.sqlite"]);
    const db = new Database(join(folder, "dataio.sqlite"), { readonly: true });
    const tables = db.prepare("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name").pluck().all();
    expect([tables, db.pragma("journal_mode", { simple: true })]).toEqual([
      ["requests", "responses", "sessions"],
      "delete",
    ]);
    db.close();
  });
});

/** What someone does who reads on while the pipeline writes; the selection stays. */
async function lookAround(app: AppPage): Promise<void> {
  for (let round = 0; round < 4; round += 1) {
    for (const tab of ["Raw", "Metadata", "Request", "Preview"] as const) await app.tab(tab);
  }
}
