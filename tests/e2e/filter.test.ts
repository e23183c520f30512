/** Narrowing the rows: by typed conditions, by facets, from a cell, by a saved filter and by the address of a view. */
import { join } from "node:path";
import { ArchiveReader, type BrowseRow } from "@mxm/dataio";
import Database from "better-sqlite3";
import { expect, it } from "vitest";
import { extractReference, temporaryFolder } from "../../packages/dataio/test/archives.ts";
import { AppPage, eventually } from "../helpers/app-page.ts";
import { describeOnWeb } from "../helpers/hosts.ts";

/** The responses of an archive, newest first, as the three tables have them. */
async function rowsOf(root: string): Promise<readonly BrowseRow[]> {
  using reader = new ArchiveReader(root);
  const sort = { column: "time", direction: "desc" } as const;
  return (await reader.rows({ sessionId: null, sort, cursor: null, limit: 500 })).items;
}

/** As many rows as are surely drawn. */
const FIRST = 20;
const FIRST_ROWS = `[...document.querySelectorAll("[data-testid=row]")].slice(0, ${FIRST}).map((row) => row.dataset.ref)`;

/** Another process writes a response of this kind, newest of all. */
function writeRow(root: string, id: string, kind: string): void {
  const db = new Database(join(root, "dataio.sqlite"));
  db.prepare(
    "INSERT INTO requests SELECT ?, session_id, ?, method, params_json, body_json, ?, created_at FROM requests LIMIT 1",
  ).run(id, kind, id);
  db.prepare(
    `INSERT INTO responses SELECT ?, ?, status, sequence, checksum, path, '2025-11-01T00:00:00.000000+00:00', size_bytes
     FROM responses WHERE status = 'ok' LIMIT 1`,
  ).run(id, id);
  db.close();
}

describeOnWeb("the filter", (launch) => {
  it("narrows the rows by what is typed, clicked, saved or bookmarked, and keeps up with the archive", async () => {
    const folder = temporaryFolder();
    extractReference("small", folder);
    const root = join(folder, "small");
    const all = await rowsOf(root);
    const app = new AppPage(await launch({ args: ["--archive", root] }));
    await app.archiveShown("small");
    const { page } = app;
    const { keyboard } = page;
    const input = page.getByRole("combobox", { name: "Search and filter" });
    const chips = page.getByRole("toolbar", { name: "Conditions of the filter" }).getByRole("group");
    const chipNames = async () => Promise.all((await chips.all()).map((chip) => chip.getAttribute("aria-label")));
    /** Waits until the list is what fulfils the condition: its first rows by their ids, all of them by their number. */
    const listed = async (matches: (row: BrowseRow) => boolean) => {
      const expected = all.filter(matches).map(({ ref }) => `response:${ref.id}`);
      expect(expected.length).toBeGreaterThan(0);
      expect(expected.length).toBeLessThan(all.length);
      await eventually(() => page.evaluate<string[]>(FIRST_ROWS)).toEqual(expected.slice(0, FIRST));
      await page.getByText(`${expected.length} ${expected.length === 1 ? "row" : "rows"}`, { exact: true }).waitFor();
    };

    // A key, then a value with its count, by keys alone.
    await keyboard.press("/");
    await keyboard.type("kin");
    await page.getByRole("option", { name: /^kind:/ }).waitFor();
    await keyboard.press("ArrowDown");
    await keyboard.press("Enter");
    await eventually(() => input.inputValue()).toBe("kind:");
    await keyboard.type("sea");
    const searches = all.filter((row) => row.kind === "search").length;
    await page.getByRole("option", { name: `kind:search ${searches}` }).waitFor();
    await keyboard.press("ArrowDown");
    await keyboard.press("Enter");
    await listed((row) => row.kind === "search");
    expect(await input.inputValue()).toBe("");
    await page.getByText(`${searches} of ${searches} shown, filtered from ${all.length} responses`).waitFor();

    // What is completed by a space holds; what is none is said in words, and stays to be mended.
    await keyboard.type("-status:error size:abc ");
    await page.getByRole("alert").getByText("A number with a unit").waitFor();
    expect(await chipNames()).toEqual(["kind:search", "-status:error"]);
    await input.fill("");
    await page.getByRole("alert").waitFor({ state: "detached" });

    // The last condition goes, another is turned round, and one is written anew.
    await keyboard.press("Backspace");
    await eventually(chipNames).toEqual(["kind:search"]);
    await page.getByRole("button", { name: "leave out kind:search" }).click();
    await listed((row) => row.kind !== "search");
    await input.focus();
    await keyboard.press("ArrowLeft");
    await keyboard.press("Enter");
    await eventually(() => input.inputValue()).toBe("-kind:search");
    await input.fill("kind:asset");
    await keyboard.press("Enter");
    await listed((row) => row.kind === "asset");
    expect(await chipNames()).toEqual(["kind:asset"]);
    // Conditions that have room are not faded, though there were more before.
    const mask = `getComputedStyle(document.querySelector('[aria-label="Conditions of the filter"]')).maskImage`;
    await eventually(() => page.evaluate(mask)).toBe("none");

    // Free text narrows while it is typed, and is no condition yet.
    await keyboard.type("zzz-nowhere");
    await page.getByRole("heading", { name: "Nothing matches this filter" }).waitFor();
    expect(await chipNames()).toEqual(["kind:asset"]);
    await keyboard.press("Enter");
    await page.getByRole("button", { name: "Take away zzz-nowhere" }).click();
    await listed((row) => row.kind === "asset");

    // The row that is inspected stays so under a filter that it fulfils, and no longer.
    await app.rows.first().click();
    await app.inspected();
    const active = await app.activeRow.getAttribute("data-ref");
    await page.getByRole("tab", { name: "Facets" }).click();
    const group = (name: string) => page.getByRole("region", { name, exact: true });
    const kinds = group("Kind");
    await kinds.getByRole("button", { name: /^asset \d+ rows/, pressed: true }).click();
    await eventually(chipNames).toEqual([]);
    await eventually(() => app.activeRow.getAttribute("data-ref")).toBe(active);

    // Facets: their counts, only these, these too, all but these.
    const justetf = all.filter((row) => row.source === "justetf");
    await group("Source")
      .getByRole("button", { name: `justetf ${justetf.length} rows` })
      .click();
    await listed((row) => row.source === "justetf");
    await eventually(() => app.activeRow.getAttribute("data-ref")).toBe(active);
    const assets = justetf.filter((row) => row.kind === "asset").length;
    await kinds.getByRole("button", { name: `asset ${assets} rows` }).click({ modifiers: ["Alt"] });
    await listed((row) => row.source === "justetf" && row.kind !== "asset");
    await page.getByText("No row selected").waitFor();
    await kinds.getByRole("button", { name: /^search \d/ }).focus();
    await keyboard.press("Alt+Enter");
    await listed((row) => row.source === "justetf" && row.kind !== "asset" && row.kind !== "search");
    await kinds.getByRole("button", { name: "Hide search" }).click();
    await kinds.getByRole("button", { name: /^profile_html \d/ }).click();
    await kinds.getByRole("button", { name: /^search \d/ }).click({ modifiers: ["Shift"] });
    await listed((row) => row.source === "justetf" && (row.kind === "profile_html" || row.kind === "search"));
    expect(await chipNames()).toEqual(["source:justetf", "kind:profile_html", "kind:search"]);

    // From a cell.
    await app.rows.filter({ hasText: "search" }).first().locator("[data-column=kind]").click({ button: "right" });
    await page.getByRole("menuitem", { name: "Hide “search”" }).click();
    await listed((row) => row.source === "justetf" && row.kind === "profile_html");
    await app.rows.first().locator("[data-column=time]").click({ button: "right" });
    const day = all.find((row) => row.source === "justetf" && row.kind === "profile_html")?.time.slice(0, 10) ?? "";
    await page.getByRole("menuitem", { name: `Show only ${day}` }).click();
    const shown = (row: BrowseRow) =>
      row.source === "justetf" && row.kind === "profile_html" && row.time.startsWith(day);
    await listed(shown);

    // Under a name, and back by it.
    await page.getByRole("button", { name: "Saved filters" }).click();
    await page.getByRole("menuitem", { name: "Save this filter…" }).click();
    await app.dialog.getByRole("textbox", { name: "Name" }).fill("Profiles");
    await keyboard.press("Enter");
    await app.dialog.waitFor({ state: "detached" });
    await page.getByRole("button", { name: "Clear the filter" }).click();
    await eventually(() => page.getByText(`${all.length} rows`, { exact: true }).isVisible()).toBe(true);
    await keyboard.press("ControlOrMeta+k");
    await keyboard.type("profiles");
    await app.dialog.getByRole("option", { name: /^Profiles/ }).waitFor();
    await keyboard.press("Enter");
    await listed(shown);
    await page.getByRole("button", { name: "Saved filters" }).click();
    await page.getByRole("menuitem", { name: "Rename or delete…" }).click();
    await app.dialog.getByRole("textbox", { name: "Name of Profiles" }).fill("One day");
    await keyboard.press("Enter");
    await app.dialog.getByRole("button", { name: "Delete One day" }).click();
    await app.dialog.getByText("No filter is saved.").waitFor();
    await keyboard.press("Escape");
    await app.dialog.waitFor({ state: "detached" });

    // The address is the view: after a reload, and back and forth.
    const address = page.url();
    expect(decodeURIComponent(address)).toContain("kind:profile_html");
    await page.reload();
    await app.archiveShown("small");
    await listed(shown);
    await page.getByRole("button", { name: "Clear the filter" }).click();
    await eventually(() => page.url()).not.toContain("filter=");
    await page.goBack();
    await listed(shown);
    expect(page.url()).toBe(address);
    await page.goto(`${address.replace(/#.*/, "")}#filter=%%%&sort=sideways`);
    await eventually(() => page.url()).toContain("archive=");

    // A row that comes in is there when the filter asks for it.
    await input.focus();
    await keyboard.press("ControlOrMeta+a");
    await page.getByRole("button", { name: "Clear the filter" }).click();
    await input.fill("kind:profile_html ");
    await listed((row) => row.kind === "profile_html");
    await page.getByRole("tab", { name: "Facets" }).click();
    const before = all.filter((row) => row.kind === "profile_html").length;
    writeRow(root, "11111111-1111-4111-8111-111111111111", "asset");
    writeRow(root, "22222222-2222-4222-8222-222222222222", "profile_html");
    await eventually(() => app.rows.first().getAttribute("data-ref")).toBe(
      "response:22222222-2222-4222-8222-222222222222",
    );
    await page.getByText(`${before + 1} rows`, { exact: true }).waitFor();
    await kinds.getByRole("button", { name: `profile_html ${before + 1} rows` }).waitFor();

    // An id leads to its row, whatever the rows are narrowed by; Escape leads back to them.
    await input.focus();
    await input.fill("11111111-1111-4111-8111-111111111111");
    await keyboard.press("Enter");
    await page.locator('[data-ref="response:11111111-1111-4111-8111-111111111111"][data-active]').waitFor();
    await keyboard.press("ControlOrMeta+f");
    await keyboard.type("ki");
    await page.getByRole("option", { name: /^kind:/ }).waitFor();
    await keyboard.press("Escape");
    await page.getByRole("listbox", { name: "Suggestions" }).waitFor({ state: "detached" });
    await keyboard.press("Escape");
    await eventually(() => page.evaluate("document.activeElement.getAttribute('role')")).toBe("grid");
    expect(await app.app.problems()).toEqual([]);
  });
});
