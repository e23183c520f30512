/** The archive at a glance, the window as of a moment, and two rows compared from the menu. */
import { join } from "node:path";
import { Replay } from "@mxm/dataio";
import Database from "better-sqlite3";
import { expect, it } from "vitest";
import { referenceArchive } from "../../packages/dataio/test/archives.ts";
import { AppPage, eventually } from "../helpers/app-page.ts";
import { describeOnWeb } from "../helpers/hosts.ts";

describeOnWeb("the overview", (launch) => {
  it("says what is there, leads to it, and takes up what comes in", async () => {
    const root = referenceArchive("small");
    const app = new AppPage(await launch({ args: ["--archive", root] }));
    const { page } = app;
    await app.archiveShown("small");
    await page.keyboard.press("Alt+o");
    const overview = page.getByRole("region", { name: "Overview" });
    const view = (name: string) => page.getByRole("radio", { name, exact: true });
    const figure = (name: string) => overview.locator(".figure", { hasText: name });
    await eventually(() => figure("Responses").innerText()).toMatch(/^Responses\n65/);
    await eventually(() => figure("Payloads").innerText()).toMatch(/^Payloads\n63/);
    expect(await figure("Failures").innerText()).toMatch(/^Failures\n1\n1 no response/);
    await overview.getByRole("button", { name: "65 verified" }).waitFor();
    const source = overview.getByTestId("sources").getByRole("row", { name: /^databento/ });
    expect(await source.getByRole("cell").first().innerText()).toBe("24");

    // The chart and its table say the same; a line of it and a bar lead to the rows of that day.
    const chart = overview.getByRole("img", { name: /^Responses by day, 2025-10-20 – 2025-10-27: 65 responses/ });
    const plot = await chart.locator(".u-over").boundingBox();
    if (plot === null) throw new Error("The chart has no place");
    const dayAt = (day: number) => ({ x: plot.x + ((day + 0.4) * plot.width) / 8, y: plot.y + plot.height / 2 });
    await page.mouse.move(dayAt(1).x, dayAt(1).y);
    await overview.getByText("databento 17 · justetf 6").or(overview.getByText("justetf 6 · databento 17")).waitFor();
    await page.mouse.move(dayAt(2).x, dayAt(2).y);
    await page.mouse.down();
    await page.mouse.move(dayAt(4).x, dayAt(4).y, { steps: 3 });
    await page.mouse.up();
    await overview.getByRole("button", { name: "Show 17 responses" }).waitFor();
    await overview.getByRole("button", { name: "Zoom in" }).click();
    await overview.getByRole("heading", { name: "Responses by hour and source" }).waitFor();
    await overview.getByRole("button", { name: "Whole time" }).click();
    await chart.waitFor();
    await overview.getByRole("button", { name: "As a table" }).click();
    await overview.getByRole("button", { name: "2025-10-23", exact: true }).click();
    await app.grid.waitFor();
    await eventually(() => app.rows.count()).toBe(7);
    await page.keyboard.press("Alt+o");
    await chart.waitFor();
    await page.mouse.click(dayAt(5).x, dayAt(5).y);
    await eventually(() => app.rows.count()).toBe(4);

    await view("Overview").check();
    await figure("Failures").click();
    await eventually(() => app.rows.count()).toBe(1);
    await view("Overview").check();
    const slowest = overview.getByRole("region", { name: "Slowest" }).locator("[data-ref]").first();
    const ref = await slowest.getAttribute("data-ref");
    await slowest.click();
    await app.inspected();
    expect(await app.activeRow.getAttribute("data-ref")).toBe(ref);

    await view("Overview").check();
    await eventually(() => figure("Responses").innerText()).toMatch(/^Responses\n65/);
    const db = new Database(join(root, "dataio.sqlite"));
    db.exec(
      "INSERT INTO responses SELECT 'new', request_id, 'error', sequence, checksum, path, '2025-10-28T06:00:00+00:00', size_bytes FROM responses LIMIT 1",
    );
    db.close();
    await eventually(() => figure("Responses").innerText()).toMatch(/^Responses\n66/);
    expect(await figure("Failures").innerText()).toMatch(/^Failures\n2\n1 error, 1 no response/);
    await overview.getByRole("img", { name: /^Responses by day, 2025-10-20 – 2025-10-28: 66 responses/ }).waitFor();

    // It is a view like the tables, which its figures and lists lead to; the address has it.
    expect(page.url()).toContain("view=overview");
    await figure("Requests").click();
    await page.getByRole("grid", { name: "Requests" }).waitFor();
    await page.getByText("59 requests", { exact: true }).waitFor();
    await page.goBack();
    await figure("Sessions").click();
    await page.getByText("8 sessions", { exact: true }).waitFor();
    expect(await page.getByRole("grid", { name: "Sessions" }).isVisible()).toBe(true);
    await page.keyboard.press("Alt+o");
    await overview.getByRole("button", { name: "Largest payloads: show all" }).click();
    await eventually(() => app.columnHead("Size").getAttribute("aria-sort")).toBe("descending");
    await page.goBack();
    await overview.getByRole("button", { name: "Latest failures: show all" }).click();
    await eventually(() => app.rows.count()).toBe(2);
    await app.command("show the overview");
    await figure("Responses").click();
    await page.getByText("66 rows", { exact: true }).waitFor();
    expect(await app.app.problems()).toEqual([]);
  });

  it("as of a moment shows what a cache would have answered with then", async () => {
    const root = referenceArchive("small");
    const app = new AppPage(await launch({ args: ["--archive", root] }));
    const { page } = app;
    await app.archiveShown("small");
    const bar = page.getByRole("region", { name: "As of a moment" });
    const refs = async () =>
      (await Promise.all((await app.rows.all()).map((row) => row.getAttribute("data-ref")))).sort();

    await page.keyboard.press("Alt+t");
    const field = app.dialog.getByLabel("Date and time, UTC");
    await field.fill("noon");
    await app.dialog.getByText(/^Write it as/).waitFor();
    await field.fill("2025-10-20 12:00:00");
    await field.press("Enter");
    await bar.getByText("As of 2025-10-20 12:00:00.000 UTC").waitFor();
    await eventually(() => app.sessions.count()).toBe(1);
    // Counts are those of the moment, when the session had not ended; what is fetched now would not show.
    const listed = (await page.locator(".rows-count").innerText()).replace(" rows", "");
    await eventually(() => page.locator(".rail-all .rail-count").innerText()).toBe(listed);
    await eventually(() => app.sessions.first().locator(".rail-count").innerText()).toMatch(
      new RegExp(`^\\d+ / ${listed}$`),
    );
    // The overview and the table of sessions are of that moment as well, and say so.
    await page.keyboard.press("Alt+o");
    const overview = page.getByRole("region", { name: "Overview" });
    const figure = (name: string) => overview.locator(".figure", { hasText: name });
    await overview.getByText("As of 2025-10-20 12:00: what would have been served then").waitFor();
    await eventually(() => figure("Responses").innerText()).toMatch(new RegExp(`^Responses\\n${listed}`));
    expect(await figure("Sessions").innerText()).toMatch(/^Sessions\n1/);
    await eventually(() => figure("Requests").innerText()).toMatch(/^Requests\n\d+/);
    await overview.getByText(/^Whether payload files were whole then is not known/).waitFor();
    await figure("Sessions").click();
    await page.getByText("1 session", { exact: true }).waitFor();
    await page.goBack();
    await figure("Responses").click();
    await page.getByText(`${listed} rows`, { exact: true }).waitFor();
    await app.rows.first().click();
    for (const button of [app.button("New fetch"), app.inspector.getByRole("button", { name: "Re-fetch" })]) {
      expect(await button.getAttribute("aria-disabled")).toBe("true");
    }
    await app.button("New fetch").hover();
    await page.getByText("Go back to now first").waitFor();
    await page.keyboard.press("Alt+n");
    expect(await app.dialog.count()).toBe(0);
    const db = new Database(join(root, "dataio.sqlite"), { readonly: true });
    const requests = db
      .prepare<[], { hash: string; source: string }>(
        "SELECT q.hash, s.source FROM requests q JOIN sessions s ON s.id = q.session_id WHERE q.hash IS NOT NULL",
      )
      .all();
    db.close();
    using replay = new Replay(root);
    const view = replay.asOf("2025-10-20T12:00:00Z");
    const served = requests.flatMap(({ hash, source }) => view.response(hash, source)?.id ?? []);
    expect(served.length).toBeGreaterThan(3);
    await eventually(
      async () => (await refs()).filter((ref) => served.some((id) => ref === `response:${id}`)).length,
    ).toBe(served.length);
    expect(page.url()).toContain("asOf=2025-10-20T12:00:00.000Z");
    // Back over the overview and the lists that it led to.
    for (let step = 0; step < 3; step += 1) await page.goBack();
    await bar.waitFor({ state: "detached" });
    await eventually(() => app.sessions.count()).toBe(8);

    // As of a row: it is there, and nothing that came later; what came later is marked where it can be seen.
    await app.rows.nth(15).click({ button: "right", position: { x: 40, y: 12 } });
    const own = await app.activeRow.getAttribute("data-ref");
    await page.getByRole("menuitem", { name: "As of this row" }).click();
    await bar.waitFor();
    await eventually(() => app.rows.first().getAttribute("data-ref")).toBe(own);
    await page.keyboard.press("ControlOrMeta+k");
    await app.dialog.getByRole("combobox").fill("back to now");
    await page.keyboard.press("Enter");
    await bar.waitFor({ state: "detached" });

    // Two selected rows are compared from their menu; so is one with the row that was selected before.
    await app.rows.nth(1).click();
    await app.rows.nth(3).click({ modifiers: ["ControlOrMeta"] });
    await app.rows.nth(3).click({ button: "right", position: { x: 40, y: 12 } });
    await page.getByRole("menuitem", { name: "Compare these two" }).click();
    await page.getByTestId("side-left").or(page.getByTestId("side-right")).getByText("also selected").waitFor();
    await app.rows.nth(5).click();
    await app.rows.nth(7).click({ button: "right", position: { x: 40, y: 12 } });
    await page.getByRole("menuitem", { name: "Compare with the selected row" }).click();
    await page.getByTestId("side-left").or(page.getByTestId("side-right")).getByText("pinned").waitFor();
    expect(await app.app.problems()).toEqual([]);
  });
});
