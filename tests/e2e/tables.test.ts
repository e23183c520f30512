/** The lists of requests and of sessions beside that of responses, days among its rows, columns moved by the mouse. */
import { join } from "node:path";
import { ArchiveReader } from "@mxm/dataio";
import Database from "better-sqlite3";
import { expect, it } from "vitest";
import { extractReference, temporaryFolder } from "../../packages/dataio/test/archives.ts";
import { makeRowArchive } from "../bench/row-archive.ts";
import { AppPage, eventually } from "../helpers/app-page.ts";
import { describeOnWeb } from "../helpers/hosts.ts";

/** Another process asks again what the request of this id asked, and gets another answer. */
function answerAgain(root: string, requestId: string): void {
  const db = new Database(join(root, "dataio.sqlite"));
  db.prepare(
    `INSERT INTO responses SELECT '33333333-3333-4333-8333-333333333333', ?, status, sequence, checksum, path,
       '2025-11-01T00:00:00.000000+00:00', size_bytes
     FROM responses WHERE status = 'ok' AND request_id <> ? LIMIT 1`,
  ).run(requestId, requestId);
  db.close();
}

describeOnWeb("the tables", (launch) => {
  it("list requests and sessions as well, and lead to their responses", async () => {
    const folder = temporaryFolder();
    extractReference("small", folder);
    const root = join(folder, "small");
    using reader = new ArchiveReader(root);
    const sort = { column: "time", direction: "desc" } as const;
    const all = (await reader.rows({ sessionId: null, sort, cursor: null, limit: 500 })).items;
    const days = [...Map.groupBy(all, ({ time }) => time.slice(0, 10)).values()];
    const app = new AppPage(await launch({ args: ["--archive", root], viewport: { width: 1_600, height: 900 } }));
    await app.archiveShown("small");
    const { page } = app;
    const { keyboard } = page;
    const view = (name: string) => page.getByRole("radio", { name, exact: true });
    const grid = (name: string) => page.getByRole("grid", { name, exact: true });
    const heads = (name: string) => grid(name).getByRole("columnheader").allInnerTexts();
    const cell = (column: string, row = app.rows.first()) => row.locator(`[data-column=${column}]`);
    const focused = () => page.evaluate("document.activeElement.getAttribute('aria-label')");

    // Days stand among the responses, and count as none of them.
    await page.getByRole("button", { name: "Group by day" }).click();
    const [today = [], before = []] = days;
    await eventually(() => page.getByTestId("day").first().innerText()).toContain(`${today.length} rows`);
    expect(await page.getByTestId("day").nth(1).innerText()).toContain(`${before.length} rows`);
    expect(await app.grid.getAttribute("aria-rowcount")).toBe(String(all.length + 1));
    await app.rows.nth(today.length - 1).click();
    expect(await app.activeRow.getAttribute("aria-rowindex")).toBe(String(today.length + 1));
    await keyboard.press("ArrowDown");
    await page.locator(`[data-active][data-ref="response:${before[0]?.ref.id}"]`).waitFor();
    expect(await app.activeRow.getAttribute("aria-rowindex")).toBe(String(today.length + 2));
    await keyboard.press("End");
    await page.locator(`[data-active][data-ref="response:${all.at(-1)?.ref.id}"]`).waitFor();
    const lastDay = page.getByTestId("day").last();
    await eventually(() => lastDay.innerText()).toContain(`${days.at(-1)?.length} rows`);
    await app.sortBy("Size");
    await eventually(() => page.getByTestId("day").count()).toBe(0);
    expect(await page.getByRole("button", { name: "Group by day" }).getAttribute("aria-disabled")).toBe("true");

    // What was asked: each thing once, the most answered first.
    await view("Requests").focus();
    await keyboard.press("ArrowLeft");
    await keyboard.press("ArrowRight");
    await view("Requests").check();
    await grid("Requests").waitFor();
    expect(page.url()).toContain("view=requests");
    await grid("Requests").getByRole("button", { name: "Responses", exact: true }).click();
    await eventually(() => cell("responses").innerText()).not.toBe("1");
    const count = Number(await cell("responses").innerText());
    expect(count).toBeGreaterThan(1);
    expect(page.url()).toContain("requestSort=responses.desc");
    await page.reload();
    const sorted = grid("Requests").getByRole("columnheader", { name: "Responses", exact: true });
    await eventually(() => sorted.getAttribute("aria-sort")).toBe("descending");
    await app.activeRow.waitFor();
    await grid("Requests").focus();
    await keyboard.press("Home");
    await eventually(() => cell("responses").innerText()).toBe(String(count));
    const requestId = (await app.rows.first().getAttribute("data-ref")) ?? "";
    await app.rows.first().click();
    await app.inspected();
    const newest = all.find((row) => row.requestId === requestId)?.time.slice(11, 23) ?? "none";
    expect(await cell("last").innerText()).toContain(newest);
    expect(await app.inspector.innerText()).toContain(newest);
    await grid("Requests").focus();
    await keyboard.press("Enter");
    await page.getByText(`${count} rows`, { exact: true }).waitFor();
    expect(await view("Responses").isChecked()).toBe(true);
    expect(decodeURIComponent(page.url())).toContain(`filter=request:${requestId}`);
    await eventually(focused).toBe("Rows");

    // Back leads to the requests, whose filter is the same; a session narrows them too.
    await page.goBack();
    await grid("Requests").waitFor();
    const input = page.getByRole("combobox", { name: "Search and filter" });
    await input.fill("kind:search ");
    const searches = new Set(all.filter(({ kind }) => kind === "search").map((row) => row.requestId)).size;
    await page.getByText(`${searches} requests`, { exact: true }).waitFor();
    await page.getByText(`${searches} of ${searches} shown`).waitFor();
    expect(await app.rows.locator("[data-column=kind]").allInnerTexts()).toEqual(Array(searches).fill("search"));

    // Several are asked again together.
    await app.rows.nth(0).click();
    await app.rows.nth(2).click({ modifiers: ["Shift"] });
    await app.rows.nth(1).click({ modifiers: ["ControlOrMeta"] });
    await page.getByRole("button", { name: "Re-fetch 2" }).waitFor();
    await app.rows.nth(0).click({ button: "right", position: { x: 40, y: 12 } });
    await page.getByRole("menuitem", { name: "Re-fetch 2 requests" }).waitFor();
    await page.getByRole("menuitem", { name: "Copy 2 hashes" }).waitFor();
    await keyboard.press("Escape");
    await page.getByRole("menu").waitFor({ state: "detached" });

    // What comes in changes nothing until one wants it; then what was selected still is.
    await app.rows.nth(1).click();
    const selected = (await app.activeRow.getAttribute("data-ref")) ?? "";
    answerAgain(root, selected);
    await page.getByRole("button", { name: "The list has changed · refresh" }).click();
    await eventually(() => cell("responses", app.activeRow).innerText()).toBe("2");
    expect(await app.activeRow.getAttribute("data-ref")).toBe(selected);
    expect(await app.activeRow.getAttribute("aria-selected")).toBe("true");
    await eventually(() => page.getByRole("button", { name: /refresh$/ }).count()).toBe(0);

    // Sessions: not filtered, and by a click on the count, or Enter, their responses.
    await app.command("show the sessions");
    await grid("Sessions").waitFor();
    await page.getByText("Sessions are not filtered").waitFor();
    await page.getByRole("button", { name: "Clear the filter" }).click();
    const ids = (await reader.sessions({ cursor: null, limit: 100 })).items;
    await page.getByText(`${ids.length} sessions`, { exact: true }).waitFor();
    await grid("Sessions").getByRole("button", { name: "Responses", exact: true }).click();
    await eventually(() => grid("Sessions").getAttribute("aria-busy")).toBe("false");
    const largest = (await app.rows.first().getAttribute("data-ref")) ?? "";
    const responses = await cell("responses").innerText();
    await cell("responses").getByRole("button").click();
    await page.locator(`[data-session="${largest}"][aria-selected=true]`).waitFor();
    await page.getByText(`${responses} rows`, { exact: true }).waitFor();
    await eventually(focused).toBe("Rows");
    await view("Sessions").check();
    await grid("Sessions").focus();
    await keyboard.press("Home");
    await keyboard.press("j");
    const second = (await app.activeRow.getAttribute("data-ref")) ?? "";
    await keyboard.press("Enter");
    await page.locator(`[data-session="${second}"][aria-selected=true]`).waitFor();
    await app.rowsSettled();

    // A column goes where its head is let go, which sorts nothing; it stays there, and another table has its own.
    await view("Sessions").check();
    const order = await grid("Sessions").getByRole("columnheader", { name: "Responses" }).getAttribute("aria-sort");
    const box = async (name: string) => {
      const found = await grid("Sessions").getByRole("columnheader", { name, exact: true }).boundingBox();
      if (found === null) throw new Error(`There is no column ${name}`);
      return found;
    };
    const [from, to] = [await box("Source"), await box("Started")];
    await page.mouse.move(from.x + 20, from.y + 10);
    await page.mouse.down();
    await page.mouse.move(from.x - 20, from.y + 12);
    await page.mouse.move(to.x + 10, to.y + 12);
    await page.locator("[data-column=started][data-drop=before]").waitFor();
    await keyboard.press("Escape");
    await page.mouse.up();
    expect((await heads("Sessions")).slice(0, 3)).toEqual(["Started", "Duration", "Source"]);
    await page.mouse.move(from.x + 20, from.y + 10);
    await page.mouse.down();
    await page.mouse.move(from.x - 20, from.y + 12);
    await page.mouse.move(to.x + 10, to.y + 12);
    await page.mouse.up();
    await eventually(async () => (await heads("Sessions")).slice(0, 3)).toEqual(["Source", "Started", "Duration"]);
    expect(await grid("Sessions").getByRole("columnheader", { name: "Responses" }).getAttribute("aria-sort")).toBe(
      order,
    );
    await grid("Sessions").getByRole("columnheader", { name: "Mode" }).click({ button: "right" });
    await page.getByRole("menuitem", { name: "Hide Mode" }).click();
    await eventually(() => heads("Sessions")).not.toContain("Mode");
    await grid("Sessions").getByRole("button", { name: "Source", exact: true }).click();
    await eventually(() =>
      grid("Sessions").getByRole("columnheader", { name: "Source" }).getAttribute("aria-sort"),
    ).toBe("ascending");
    await page.reload();
    await grid("Sessions").waitFor();
    const kept = await heads("Sessions");
    expect(kept.slice(0, 2)).toEqual(["Source", "Started"]);
    expect(kept).not.toContain("Mode");
    await view("Responses").check();
    await app.rowsSettled();
    expect((await heads("Rows"))[0]).toBe("Time");
    await app.sortBy("Time");
    await page.getByTestId("day").first().waitFor();
    expect(await app.app.problems()).toEqual([]);
  });

  it("are scrolled anywhere, without what lies above", async () => {
    const count = 12_000;
    const { root } = makeRowArchive(join(temporaryFolder(), "many"), count);
    const app = new AppPage(await launch({ args: ["--archive", root] }));
    await app.archiveShown("many");
    const { page } = app;
    await page.getByRole("radio", { name: "Requests", exact: true }).check();
    const grid = page.getByRole("grid", { name: "Requests", exact: true });
    await page.getByText(`200 of ${count.toLocaleString("en")} shown`).waitFor();
    expect(await grid.getAttribute("aria-rowcount")).toBe(String(count + 1));
    await app.rows.nth(2).click();
    const isInOrder = async () => {
      const rows: { line: number; last: string }[] = await page.evaluate(
        `[...document.querySelectorAll("[data-testid=row]")].map((row) => ({
          line: Number(row.dataset.line), last: row.querySelector("[data-column=last]").innerText }))`,
      );
      // The newest first, each at the place that it has in the whole list.
      for (const { line, last } of rows) {
        const time = new Date(Date.UTC(2024, 0, 1) + (count - 1 - line) * 50).toISOString().slice(11, 23);
        expect([line, last]).toEqual([line, expect.stringContaining(time)]);
      }
      return rows[0]?.line ?? 0;
    };
    await app.drawThumb(0.8);
    await eventually(isInOrder).toBeGreaterThan(8_000);
    // What is passed on the way is read at most.
    await page.getByText(/^([1-6],)?\d\d\d of 12,000 shown$/).waitFor();
    // From there keys go on where they were, and to both ends.
    await grid.focus();
    await page.keyboard.press("ArrowDown");
    await eventually(() => app.activeRow.getAttribute("aria-rowindex")).toBe("5");
    await page.keyboard.press("End");
    await eventually(() => app.activeRow.getAttribute("aria-rowindex")).toBe(String(count + 1));
    expect(await isInOrder()).toBeGreaterThan(count - 100);
    await page.keyboard.press("PageUp");
    await eventually(() => app.activeRow.getAttribute("aria-selected")).toBe("true");
    await page.keyboard.press("Home");
    await eventually(isInOrder).toBe(0);
    expect(await app.app.problems()).toEqual([]);
  });
});
