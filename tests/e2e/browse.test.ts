/** Finding one's way in an archive: sessions by day, rows of one or of all, orders, scrolling, keys. */
import { join } from "node:path";
import { Store } from "@mxm/dataio";
import { expect, it } from "vitest";
import { fixtureJson, referenceArchive, temporaryFolder } from "../../packages/dataio/test/archives.ts";
import { AppPage, eventually } from "../helpers/app-page.ts";
import { describeOnWeb } from "../helpers/hosts.ts";

interface Expected {
  readonly small: {
    readonly responses: number;
    readonly session_rows: readonly {
      readonly id: string;
      readonly source: string;
      readonly mode: string;
      readonly started_at: string;
      readonly ended_at: string | null;
      readonly requests: number;
      readonly responses: number;
    }[];
  };
}

/** Responses of the archive whose request row Python left out, by the session in whose time they came. */
const ORPHANS: Readonly<Record<string, number>> = {
  "69c60fb2-d3f0-4a44-a60c-e41c2fe8b601": 5,
  "9ef3f7d2-2bcf-45f5-b0b4-930b20bfc60a": 2,
};
const BATCH = "cf76c2e1-294b-420b-b5b0-3ff816923fc2";

describeOnWeb("browsing", (launch) => {
  it("shows the sessions of the archive under their days, with what they hold, and the rows of each", async () => {
    const { small } = fixtureJson<Expected>("EXPECTED.json");
    const app = new AppPage(await launch({ args: ["--archive", referenceArchive("small")] }));
    await app.archiveShown("small");
    const newestFirst = small.session_rows.toReversed();
    await eventually(() => app.sessionIds()).toEqual(newestFirst.map((session) => session.id));
    expect(await app.page.locator(".rail-day").allInnerTexts()).toEqual([
      "Mon 27 Oct 2025",
      "Sat 25 Oct 2025",
      "Fri 24 Oct 2025",
      "Thu 23 Oct 2025",
      "Wed 22 Oct 2025",
      "Tue 21 Oct 2025",
      "Mon 20 Oct 2025",
    ]);
    for (const session of newestFirst) {
      const { id, requests, responses } = session;
      const orphans = ORPHANS[id] ?? 0;
      const end = session.ended_at?.slice(11, 19) ?? "open";
      const said = (await app.session(id).innerText()).split(/\s*\n\s*/);
      expect(said).toEqual([
        session.source,
        session.mode,
        `${requests} / ${responses + orphans}`,
        `${session.started_at.slice(11, 19)} – ${end}`,
        // What has no response when its session has ended has failed.
        ...(requests > responses + orphans ? [`${requests - responses - orphans} failed`] : []),
        ...(orphans > 0 ? [`${orphans} inferred`] : []),
      ]);
      await app.showSession(id);
      // A request without a response has a row of its own here.
      const rows = Math.max(requests, responses + orphans);
      await eventually(() => app.rows.count()).toBe(rows);
      await app.page.getByText(`${rows} rows`, { exact: true }).waitFor();
      expect(new Set(await app.grid.locator("td:nth-child(2)").allInnerTexts())).toEqual(new Set([session.source]));
    }
    await app.showSession(BATCH);
    expect(await app.rows.filter({ hasText: "no response" }).count()).toBe(1);

    await app.showAllResponses();
    await app.page.getByText(`${small.responses} rows`, { exact: true }).waitFor();
    await app.page.getByText(`${small.responses} of ${small.responses} shown`).waitFor();
    const { length: inferred } = await app.grid.locator("td:nth-child(2) em.inferred").all();
    expect(inferred).toBeGreaterThan(0);
    expect(await app.app.problems()).toEqual([]);
  });

  it("sorts by every column, both ways", async () => {
    const app = new AppPage(await launch({ args: ["--archive", referenceArchive("small")] }));
    await app.archiveShown("small");
    const columns = ["Time", "Source", "Kind", "Status", "Size", "Type", "Method", "Duration", "Checksum"];
    expect(await app.grid.getByRole("columnheader").allInnerTexts()).toEqual([...columns, "Integrity"]);
    for (const column of columns) {
      const ends: string[] = [];
      for (const _turn of ["first", "second"]) {
        const direction = await app.sortBy(column);
        expect(await app.grid.locator("[aria-sort]").count()).toBe(1);
        const values = await columnValues(app, column.toLowerCase());
        expect(values.length).toBeGreaterThan(20);
        const ascending = values.toSorted(compare);
        expect([column, direction, values]).toEqual([
          column,
          direction,
          direction === "ascending" ? ascending : ascending.toReversed(),
        ]);
        ends.push(String(values[0]));
      }
      expect([column, new Set(ends).size]).toEqual([column, 2]);
    }
    expect(await app.app.problems()).toEqual([]);
  });

  it("is used by keys alone, and tells assistive tools what is where", async () => {
    const app = new AppPage(await launch({ args: ["--archive", referenceArchive("small")] }));
    await app.archiveShown("small");
    const { page, grid } = app;
    expect(await grid.getAttribute("aria-rowcount")).toBe("66");
    expect(await grid.getAttribute("aria-colcount")).toBe("10");
    expect(await grid.getAttribute("aria-multiselectable")).toBe("true");
    expect(await grid.getAttribute("aria-activedescendant")).toBeNull();

    const at = async () => {
      const row = app.activeRow;
      expect(await grid.getAttribute("aria-activedescendant")).toBe(await row.getAttribute("id"));
      expect(await row.getAttribute("aria-selected")).toBe("true");
      return Number(await row.getAttribute("aria-rowindex")) - 2;
    };
    await grid.focus();
    const steps = [
      ["ArrowDown", 0],
      ["ArrowDown", 1],
      ["j", 2],
      ["k", 1],
      ["ArrowUp", 0],
      ["ArrowUp", 0],
      ["End", 64],
      ["ArrowDown", 64],
      ["Home", 0],
    ] as const;
    for (const [key, row] of steps) {
      await page.keyboard.press(key);
      await app.activeRow.waitFor();
      expect([key, await at()]).toEqual([key, row]);
    }
    await page.keyboard.press("PageDown");
    expect(await at()).toBeGreaterThan(10);
    await page.keyboard.press("PageUp");
    expect(await at()).toBe(0);
    await page.keyboard.press("Shift+ArrowDown");
    await page.keyboard.press("Shift+ArrowDown");
    expect(await app.grid.locator("[aria-selected=true]").count()).toBe(3);
    await page.getByText("3 selected").waitFor();
    await page.keyboard.press("Escape");
    expect(await app.grid.locator("[aria-selected=true]").count()).toBe(1);

    await app.inspected();
    await page.keyboard.press("Enter");
    await eventually(() => focusedIn(app, "section[aria-label=Inspector]")).toBe(true);
    await page.keyboard.press("Escape");
    await eventually(() => focusedIn(app, "[role=grid]")).toBe(true);

    // The list of sessions is used in the same way.
    await page.getByRole("listbox", { name: "Sessions" }).focus();
    await page.keyboard.press("j");
    await page.getByText("10 rows", { exact: true }).waitFor();
    await page.keyboard.press("End");
    await page.getByText("11 rows", { exact: true }).waitFor();
    await page.keyboard.press("Home");
    await page.getByText("65 rows", { exact: true }).waitFor();
    await page.keyboard.press("Enter");
    await eventually(() => focusedIn(app, "[role=grid]")).toBe(true);
    expect(await app.app.problems()).toEqual([]);
  });

  it("pages through more rows than one page holds, to the very last, by wheel and by key", async () => {
    const count = 1_200;
    const folder = join(temporaryFolder(), "long");
    await writeLongArchive(folder, count);
    const app = new AppPage(await launch({ args: ["--archive", folder] }));
    await app.archiveShown("long");
    await app.page.getByText(`200 of 1,200 shown`).waitFor();
    await app.grid.hover();
    await eventually(async () => {
      const rows = await drawnRows(app);
      // Whatever is drawn stands at the place that its time gives it: nothing twice, nothing left out.
      for (const { line, time } of rows) expect([line, time]).toEqual([line, timeOf(count - 1 - line)]);
      // What one scrolls past faster than it is read stays unread.
      const shown = await app.page.getByText(/ of 1,200 shown$/).innerText();
      const isRead = Number.parseInt(shown.replace(",", ""), 10) > Math.max(...rows.map(({ line }) => line));
      if (isRead && rows.length > 0) await app.page.mouse.wheel(0, 2_500);
      return app.grid.locator(`[aria-rowindex="${count + 1}"][data-ref]`).isVisible();
    }).toBe(true);
    await app.page.getByText("1,200 of 1,200 shown").waitFor();
    expect(await app.grid.getAttribute("aria-rowcount")).toBe(String(count + 1));

    // In another order the list begins anew, whose thumb leads to rows without those above them.
    expect(await app.sortBy("Time")).toBe("ascending");
    await app.page.getByText("200 of 1,200 shown").waitFor();
    await app.rows.nth(2).click();
    await app.drawThumb(0.75);
    const isInOrder = async () => {
      const rows = await drawnRows(app);
      for (const { line, time } of rows) expect([line, time]).toEqual([line, timeOf(line)]);
      return rows[0]?.line ?? 0;
    };
    await eventually(isInOrder).toBeGreaterThan(700);
    await eventually(() => app.grid.locator('[aria-busy="true"]').count()).toBe(0);
    // As many more as a slow machine showed on the way, but never all.
    await app.page.getByText(/^[2-9]\d\d of 1,200 shown$|^1,[01]\d\d of 1,200 shown$/).waitFor();
    await app.page.getByText("1 selected").waitFor();
    // From there shift takes in all that lies between, loaded or not.
    const { line = 0 } = (await drawnRows(app))[10] ?? {};
    await app.grid.locator(`[data-line="${line}"]`).click({ modifiers: ["Shift"] });
    await app.page.getByText(`${(line - 1).toLocaleString("en")} selected`).waitFor();
    await app.drawThumb(0);
    await eventually(isInOrder).toBe(0);
    expect(await app.grid.locator('[aria-selected="true"][data-line="2"]').count()).toBe(1);
    expect(await app.grid.locator('[aria-selected="true"][data-line="1"]').count()).toBe(0);

    // A single key goes to its end.
    await app.grid.focus();
    await app.page.keyboard.press("End");
    await eventually(() => app.activeRow.getAttribute("aria-rowindex")).toBe(String(count + 1));
    expect(await app.activeRow.locator("td").first().innerText()).toBe(timeOf(count - 1));
    expect(await app.app.problems()).toEqual([]);
  });
});

function focusedIn(app: AppPage, selector: string): Promise<unknown> {
  return app.page.evaluate(`document.activeElement?.closest(${JSON.stringify(selector)}) !== null`);
}

/** What a column shows, as values that compare as it is ordered; null where it shows that there is none. */
async function columnValues(app: AppPage, column: string): Promise<(string | number | null)[]> {
  const cells: { text: string; title: string }[] = await app.page.evaluate(
    `[...document.querySelectorAll("[data-testid=row] > [data-column=${column}]")]
      .filter((cell) => cell.querySelector("em.inferred") === null)
      .map((cell) => ({ text: cell.innerText.trim(), title: cell.querySelector("[title]")?.title ?? "" }))`,
  );
  return cells.map(({ text, title }) => {
    if (text === "–") return null;
    if (column === "size") return Number(title.replace(/\D/g, ""));
    return column === "duration" ? Number.parseFloat(text) * (text.endsWith(" s") ? 1_000 : 1) : text;
  });
}

function compare(a: string | number | null, b: string | number | null): number {
  if (a === null || b === null) return (a === null ? 0 : 1) - (b === null ? 0 : 1);
  return a < b ? -1 : a > b ? 1 : 0;
}

interface DrawnRow {
  readonly line: number;
  readonly time: string;
}

function drawnRows(app: AppPage): Promise<DrawnRow[]> {
  return app.page.evaluate(
    `[...document.querySelectorAll("[data-testid=row]")].map((row) => ({
      line: Number(row.dataset.line), time: row.cells[0].innerText }))`,
  );
}

/** The time of the n-th response, as the app shows it. */
function timeOf(number: number): string {
  return new Date(Date.UTC(2025, 9, 1) + number * 1_000).toISOString().replace("T", " ").replace("Z", "");
}

async function writeLongArchive(folder: string, count: number): Promise<void> {
  using store = Store.create(folder, { durable: false });
  const start = new Date(Date.UTC(2025, 9, 1)).toISOString().replace("Z", "000+00:00");
  const session = { id: "s", source: "feed", mode: "batch", asOf: start, startedAt: start, endedAt: null };
  await store.insertSession(session);
  const request = { sessionId: "s", kind: "tick", method: "GET", paramsJson: "{}", bodyJson: null, hash: null };
  await store.insertRequest({ ...request, id: "q", createdAt: start });
  const { checksum, path, sizeBytes } = await store.payloads.put(Buffer.from('{"tick":1}'));
  for (let number = 0; number < count; number += 1) {
    const createdAt = `${timeOf(number).replace(" ", "T")}000+00:00`;
    const response = { requestId: "q", status: "ok", sequence: number, checksum, path, sizeBytes, createdAt };
    await store.insertResponse({ ...response, id: `r${String(number).padStart(4, "0")}` });
  }
}
