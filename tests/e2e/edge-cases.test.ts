/** Everything odd, damaged or hostile that an archive can hold opens like anything else, and is shown as it is. */
import { join } from "node:path";
import Database from "better-sqlite3";
import { expect, it } from "vitest";
import { fixtureJson, referenceArchive } from "../../packages/dataio/test/archives.ts";
import { AppPage, eventually, type InspectorTab } from "../helpers/app-page.ts";
import { describeOnWeb } from "../helpers/hosts.ts";
import { EDGE_ELSEWHERE, EDGE_EXPECTATIONS, type EdgeExpectation } from "./edge-expectations.ts";

interface EdgeCase {
  readonly name: string;
  readonly request_id?: string;
  readonly response_id?: string;
  readonly response_ids?: readonly string[];
  readonly checksum?: string | null;
}

const EDGE = "df9e42d5-43c2-4f63-a0f4-26d71284d15f";
const EMPTY = "0acd4454-b25c-4cfe-af23-dc3e87806d6f";
const HOSTILE = "d589ce26-4b3b-4cff-9489-0dc8e2bc8dcb";

const { cases } = fixtureJson<{ cases: readonly EdgeCase[] }>("edge-cases.json");

/** The responses of a case; those of its request where it names none. */
function responsesOf(edgeCase: EdgeCase, folder: string): readonly string[] {
  if (edgeCase.response_ids !== undefined) return edgeCase.response_ids;
  if (edgeCase.response_id !== undefined) return [edgeCase.response_id];
  const db = new Database(join(folder, "dataio.sqlite"), { readonly: true });
  const ids = db.prepare<[string], string>("SELECT id FROM responses WHERE request_id = ?").pluck();
  try {
    return ids.all(edgeCase.request_id ?? "");
  } finally {
    db.close();
  }
}

/** Shows a row's tab, and gives those of `texts` that it does not hold, however long one waits. */
async function missingIn(app: AppPage, tab: InspectorTab, texts: readonly string[]): Promise<readonly string[]> {
  const panel = await app.tab(tab);
  const missing = async () => {
    const text = await panel.innerText();
    return texts.filter((wanted) => !text.includes(wanted));
  };
  await eventually(missing, 3_000)
    .toEqual([])
    .catch(() => undefined);
  return missing();
}

/** The cells of the active row, the titles of the inspector's banners, and what the preview says. Runs in the page. */
const SEEN = `({
  cells: [...document.querySelectorAll("[data-testid=row][data-active] > td")].map((cell) => cell.innerText),
  banners: [...document.querySelectorAll("section[aria-label=Inspector] .banner-title")].map((title) => title.innerText),
  preview: document.querySelector("[data-testid=panel-preview]")?.innerText ?? "",
})`;

/** Everything in which the selected row is not shown as expected. */
async function differences(app: AppPage, columns: readonly string[], expectation: EdgeExpectation): Promise<unknown[]> {
  const { cells = {}, banners = [], preview = [], metadata, request } = expectation;
  await app.tab("Preview");
  let found: unknown[] = [];
  const look = async () => {
    const seen: { cells: string[]; banners: string[]; preview: string } = await app.page.evaluate(SEEN);
    const shown = (column: string) => seen.cells[columns.indexOf(column)]?.replace(/\s+/g, " ").trim();
    found = Object.entries(cells).flatMap(([column, text]) =>
      shown(column) === text ? [] : [[column, shown(column)]],
    );
    found.push(...preview.filter((wanted) => !seen.preview.includes(wanted)));
    if (seen.banners.join() !== banners.join()) found.push(seen.banners);
    if (seen.preview.includes("could not be read")) found.push("an error instead of the payload");
    return found;
  };
  await eventually(look, 3_000)
    .toEqual([])
    .catch(() => undefined);
  const missing = [...found];
  if (metadata !== undefined) missing.push(...(await missingIn(app, "Metadata", metadata)));
  if (request !== undefined) missing.push(...(await missingIn(app, "Request", request)));
  return missing;
}

/** What stops the page from touching what it renders, and what the frame is allowed to do. Runs in the page. */
const REACH_INTO_FRAME = `(() => {
  const frame = document.querySelector("section[aria-label=Inspector] iframe");
  try {
    return [frame.contentWindow.document.title, frame.getAttribute("sandbox")];
  } catch (error) {
    return [error.name, frame.getAttribute("sandbox")];
  }
})()`;

/** The browser's own words that it did what it had to. */
const BLOCKED = /Blocked script execution|Not allowed to load local resource|violates the following Content Security/;

describeOnWeb("the edge archive", (launch) => {
  it("shows every case as it is, and complains about none", async () => {
    expect(cases.map((edgeCase) => edgeCase.name).filter((name) => !EDGE_ELSEWHERE.has(name))).toEqual(
      Object.keys(EDGE_EXPECTATIONS),
    );
    const folder = referenceArchive("edge");
    const app = new AppPage(await launch());
    const watch = app.watch();
    await app.openFolder(folder);
    await app.archiveShown("edge");
    await app.page.getByText("85 of 85 shown").waitFor();
    const columns = await app.grid.getByRole("columnheader").allInnerTexts();

    const wrong: unknown[] = [];
    for (const edgeCase of cases) {
      const expectation = EDGE_EXPECTATIONS[edgeCase.name];
      if (expectation === undefined) continue;
      for (const id of responsesOf(edgeCase, folder)) {
        await app.select(`response:${id}`);
        const found = await differences(app, columns, expectation);
        if (found.length > 0) wrong.push([edgeCase.name, ...found]);
      }
    }
    expect(wrong).toEqual([]);
    const statuses = responsesOf(cases.find((one) => one.name === "all_status") ?? { name: "" }, folder);
    expect(statuses.length).toBe(8);

    await app.showSession(EDGE);
    await app.select(`request:${cases.find((one) => one.name === "no_response")?.request_id}`);
    await app.tab("Preview");
    await app.inspector.getByText("This request was recorded and has no response").waitFor();
    await app.showSession(EMPTY);
    await app.page.getByRole("heading", { name: "This session has no rows" }).waitFor();

    expect(watch.dialogs).toEqual([]);
    expect(watch.elsewhere).toEqual([]);
    expect(await app.app.problems()).toEqual([]);
  }, 120_000);

  it("runs nothing of what is hostile, asks nobody for it, and shows markup as text", async () => {
    const app = new AppPage(await launch());
    const watch = app.watch();
    await app.openFolder(referenceArchive("edge"));
    await app.archiveShown("edge");
    const elements = () =>
      app.page.evaluate(`["script", "iframe", "object", "embed", "form", "base", "a[href]"]
      .map((selector) => [selector, document.querySelectorAll("body " + selector).length])`);
    const before = await elements();

    expect(await app.session(HOSTILE).locator(".rail-source").innerText()).toBe('<img src=x onerror="alert(1)">');
    await app.showSession(HOSTILE);
    await app.page.getByRole("heading", { level: 1 }).getByText('<img src=x onerror="alert(1)">').waitFor();
    for (const ref of await app.rows.all()) {
      await ref.click();
      await app.inspected();
      for (const tab of ["Preview", "Raw", "Metadata", "Request"] as const) await app.tab(tab);
      expect(await app.page.locator("img[src]:not([alt='The payload'])").count()).toBe(0);
    }
    await app.select("response:54f595fe-93b9-4689-b379-c4997159d01c");
    expect(await missingIn(app, "Preview", ['<script>fetch("file:///etc/passwd")</script>'])).toEqual([]);
    expect(await missingIn(app, "Metadata", ["javascript:alert(1)"])).toEqual([]);
    await app.tab("Preview");
    const title = await app.page.title();
    await app.inspector.getByRole("button", { name: "Rendered" }).click();
    await app.inspector.frameLocator("iframe").locator("body").waitFor();
    // The frame has an origin of its own, which neither side can see through, and nothing in it may run.
    expect(await app.page.evaluate(REACH_INTO_FRAME)).toEqual(["SecurityError", ""]);
    expect(await app.page.title()).toBe(title);
    await app.inspector.getByRole("button", { name: "Source" }).click();
    await app.select("response:af1868a6-901f-4ce5-b7c9-520dbf61a01b");
    await app.tab("Preview");
    await app.page.getByTestId("image-size").waitFor();
    expect(await app.page.locator("svg [onload], svg[onload], svg script").count()).toBe(0);

    expect(await elements()).toEqual(before);
    expect(watch.dialogs).toEqual([]);
    expect(watch.elsewhere).toEqual([]);
    expect((await app.app.problems()).filter((problem) => !BLOCKED.test(problem))).toEqual([]);
  });
});
