/** The first minutes with the app: three doors, the sample behind one of them, a new archive behind another. */
import { existsSync } from "node:fs";
import { mkdir, readdir } from "node:fs/promises";
import { join } from "node:path";
import Database from "better-sqlite3";
import { expect, it } from "vitest";
import { temporaryFolder } from "../../packages/dataio/test/archives.ts";
import { AppPage, eventually } from "../helpers/app-page.ts";
import { describeOnHosts, describeOnWeb } from "../helpers/hosts.ts";

/** Keeps every step that the sample's door names, and how far its bar is: a fast machine shows them for a moment. */
const RECORD_STEPS = `globalThis.sampleSteps = [];
new MutationObserver(() => {
  const bar = document.querySelector("[role=progressbar][aria-label='Making the sample']");
  const step = document.querySelector(".door-busy .door-text")?.textContent;
  if (bar !== null) sampleSteps.push({ step, done: Number(bar.getAttribute("aria-valuenow") ?? 0) });
}).observe(document.body, { childList: true, subtree: true, attributes: true, characterData: true });`;

/** Opens the row of the shown session that has this kind; the `nth` where there are several. */
async function openRow(app: AppPage, kind: string, nth = 0): Promise<void> {
  await app.grid.getByRole("gridcell", { name: kind, exact: true }).nth(nth).click();
  await app.inspected();
}

describeOnWeb("first start", (launch) => {
  it("offers three doors; the sample shows a bit of everything and is offered again after a restart", async () => {
    const dataDirectory = temporaryFolder();
    const first = new AppPage(await launch({ dataDirectory }));
    const { page } = first;
    await first.button(/^Open an archive/).waitFor();
    await first.button(/^Create an archive/).waitFor();
    expect(await page.locator("button.door").count()).toBe(3);
    expect(await page.getByRole("heading", { name: "Recent archives" }).count()).toBe(0);

    await page.evaluate(RECORD_STEPS);
    await first.button(/^Explore the sample/).click();
    await first.archiveShown("demo-archive");
    const steps: { step: string; done: number }[] = await page.evaluate("sampleSteps");
    expect(steps.length).toBeGreaterThan(0);
    expect(steps.at(-1)?.step).toMatch(/^(Looking|demo-|house-|Done)/);
    expect(steps.map((step) => step.done)).toEqual(steps.map((step) => step.done).toSorted((a, b) => a - b));

    await eventually(() => first.sessions.count()).toBe(6);
    expect(await page.locator(".rail-day").count()).toBe(3);
    const sources = await first.sessions.locator(".rail-source").allInnerTexts();
    expect(new Set(sources)).toEqual(new Set(["demo-market", "demo-news", "house-files"]));
    await first.button("Writable").waitFor();
    await seeEveryType(first);
    expect(await first.app.problems()).toEqual([]);

    await first.app.close();
    const again = new AppPage(await launch({ dataDirectory }));
    await again.page.getByRole("heading", { name: "Recent archives" }).waitFor();
    await again.page.getByRole("button", { name: /^demo-archive .*just now|^demo-archive .*ago/ }).click();
    await again.archiveShown("demo-archive");
    expect(await again.sessions.count()).toBe(6);
    // Behind the sample's door is the same archive again, not a second one.
    await again.button(/^Archive: /).click();
    await again.page.getByRole("menuitem", { name: "Close archive" }).click();
    await again.button(/^Explore the sample/).click();
    await again.archiveShown("demo-archive");
    expect(await readdir(join(dataDirectory, "samples"))).toEqual(["demo-archive"]);
  });
});

describeOnHosts("first start", (launch, kind) => {
  it("creates an empty archive, and says that nothing is in it yet", async () => {
    const parent = temporaryFolder();
    await mkdir(join(parent, "beside"));
    const path = join(parent, "my archive");
    const app = new AppPage(await launch());
    if (app.app.kind === "desktop") await app.app.answerNextFolderDialog(path);
    await app.button(/^Create an archive/).click();
    if (kind === "web") {
      await app.listFolder(parent);
      await app.dialog.getByRole("option", { name: "beside" }).waitFor();
      await app.dialog.getByRole("textbox", { name: "Name of the new archive" }).fill("my archive");
      await app.button("Create archive").click();
    }
    await app.button("Archive: my archive").waitFor();
    await app.page.getByRole("heading", { name: "Nothing archived yet" }).waitFor();
    await app.page.getByRole("heading", { name: "No row selected" }).waitFor();
    await app.page.getByRole("option", { name: /^All responses\s*0$/ }).waitFor();
    expect(existsSync(join(path, "dataio.sqlite"))).toBe(true);
    expect(existsSync(join(path, "responses"))).toBe(true);
    await app.button("Fetch something").click();
    await app.page.getByRole("dialog", { name: "New fetch" }).waitFor();
    await app.page.keyboard.press("Escape");

    // What a pipeline asked for in vain is there, counted as failed, and no response.
    const db = new Database(join(path, "dataio.sqlite"));
    const [start, end] = ["2025-10-21T10:00:00+00:00", "2025-10-21T10:00:05+00:00"];
    db.prepare("INSERT INTO sessions VALUES ('s', 'alpha', 'sync', ?, ?, ?)").run(start, start, end);
    db.prepare("INSERT INTO requests VALUES ('q', 's', 'prices', 'GET', '{}', NULL, NULL, ?)").run(start);
    db.close();
    await app.page.getByRole("heading", { name: "No response yet" }).waitFor();
    await app.session("s").getByText("1 failed").waitFor();
    expect(await app.session("s").locator(".rail-count").innerText()).toBe("1 / 0");
    await app.button("Show what was asked").click();
    await app.rows.filter({ hasText: "no response" }).waitFor();
    await app.page.getByText("1 of 1 shown, filtered", { exact: true }).waitFor();
    expect(await app.app.problems()).toEqual([]);
  });
});

/** From the oldest session to the newest, as the sample's makers meant them to be looked at. */
async function seeEveryType(app: AppPage): Promise<void> {
  const newestFirst = await app.sessionIds();
  const [marketToday = "", , marketYesterday = "", house = "", news = "", market = ""] = newestFirst;

  await app.showSession(market);
  await openRow(app, "instruments");
  await app.inspector.getByRole("treeitem").getByText('"XDEM"').first().waitFor();
  await app.inspector.getByRole("button", { name: "Text", exact: true }).click();
  await eventually(() => app.code("Formatted payload")).toContain('"exchange": "XDEM"');
  await openRow(app, "history.daily");
  const fields = app.inspector.getByRole("table", { name: "Payload" }).getByRole("columnheader");
  await eventually(() => fields.allInnerTexts()).toEqual(["#", "date", "open", "high", "low", "close", "volume"]);
  await openRow(app, "trades");
  await app.inspector.getByText("application/gzip").waitFor();
  await app.inspector.getByRole("button", { name: "Packed" }).click();
  await app.inspector.getByText("1f 8b 08").first().waitFor();

  await app.showSession(news);
  await openRow(app, "front_page");
  // Source text, not a page: its script would have replaced all of it.
  await eventually(() => app.code("Payload")).toContain("<script>document.body.textContent");
  await openRow(app, "logo");
  await app.page.getByTestId("image-size").waitFor();
  expect(await app.page.getByTestId("image-size").innerText()).toMatch(/^\d+ × \d+ px$/);
  await openRow(app, "robots");
  await eventually(() => app.code("Payload")).toContain("User-agent: *");

  await app.showSession(house);
  await openRow(app, "positions");
  await app.inspector.getByText(/^text\/csv/).waitFor();

  await app.showSession(marketYesterday);
  await app.session(marketYesterday).getByText("2 failed").waitFor();
  await app.grid.getByRole("row").filter({ hasText: "failed" }).first().click();
  await app.inspected();
  await app.inspector.getByText("This request failed").waitFor();
  await app.inspector.getByText("closed the connection before its answer was complete").waitFor();
  await app.grid.getByRole("row").filter({ hasText: "error" }).first().click();
  await app.inspected();
  await eventually(() => app.code("Formatted payload")).toContain('"error": "unknown symbol"');

  await app.showSession(marketToday);
  await app.session(marketToday).getByText("2 reused").waitFor();
  expect(await app.grid.getByRole("row").filter({ hasText: "reused" }).count()).toBe(2);
  await openRow(app, "history.daily");
  await app.inspector.getByText("Answered from the archive").waitFor();
  await eventually(() => fields.allInnerTexts()).toEqual(["#", "date", "open", "high", "low", "close", "volume"]);
}
