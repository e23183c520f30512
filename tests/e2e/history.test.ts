/** What became of a request over time, two payloads beside each other, and an integrity run, on the sample archive. */
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { ArchiveReader, type BrowseRow, recordSample } from "@mxm/dataio";
import { expect, it } from "vitest";
import { temporaryFolder } from "../../packages/dataio/test/archives.ts";
import { AppPage, eventually } from "../helpers/app-page.ts";
import { describeOnWeb } from "../helpers/hosts.ts";

/** The rows of an archive, newest first. */
async function rowsOf(root: string): Promise<readonly BrowseRow[]> {
  using reader = new ArchiveReader(root);
  const sort = { column: "time", direction: "desc" } as const;
  return (await reader.rows({ sessionId: null, sort, cursor: null, limit: 100 })).items;
}

describeOnWeb("history, comparison and integrity", (launch) => {
  it("tells what changed, shows the differences, and leads from a finding to its row", async () => {
    const root = join(temporaryFolder(), "sample");
    await recordSample(root);
    const rows = await rowsOf(root);
    const row = (kind: string) => rows.find((each) => each.kind === kind && each.status === "ok");
    const ref = (kind: string) => `response:${row(kind)?.responseId}`;
    const app = new AppPage(await launch({ args: ["--archive", root] }));
    const { page } = app;
    await app.archiveShown("sample");
    const summary = page.getByTestId("history-summary");
    const compared = page.getByTestId("compare-summary");

    await app.select(ref("front_page"));
    const history = await app.tab("History");
    await eventually(() => summary.innerText()).toMatch(/^2 responses, 2 different payloads · this one: changed/);
    const list = history.getByRole("listbox", { name: "Responses to this request" });
    expect(await list.getByRole("option").count()).toBe(2);
    await history.getByRole("img", { name: "Size of the responses over time" }).waitFor();
    await list.focus();
    await page.keyboard.press("End");
    await list.locator("[aria-selected=true]", { hasText: "first" }).waitFor();
    await history.getByRole("button", { name: "Compare" }).click();
    const comparison = page.getByTestId("panel-compare");
    await eventually(() => compared.innerText()).toMatch(/^\+\d+ −\d+ lines$/);
    await comparison.getByRole("region", { name: "Differences" }).waitFor();
    await page.getByTestId("side-left").getByText("pinned").waitFor();
    await comparison.getByRole("button", { name: "Unpin" }).click();
    await page.getByTestId("side-left").getByText("the one before").waitFor();

    await app.select(ref("quote"));
    await eventually(() => compared.innerText()).toMatch(/^\d+ differences?$/);
    expect(await comparison.getByRole("region", { name: "Differences" }).innerText()).toContain("$.");
    await comparison.getByRole("button", { name: "Bytes" }).click();
    await eventually(() => compared.innerText()).toMatch(/bytes? in \d+ places?$/);
    await app.select(ref("notes"));
    await comparison.getByRole("heading", { name: "Nothing to compare with" }).waitFor();
    await app.select(ref("logo"));
    await comparison.getByRole("heading", { name: "The same bytes" }).waitFor();
    await app.tab("History");
    await history.getByRole("button", { name: "Same bytes" }).click();
    await eventually(() => summary.innerText()).toBe("2 responses with these bytes, kept as one file");

    const damaged = row("positions")?.checksum ?? "";
    await writeFile(join(root, "responses", `${damaged}.bin`), "else");
    await app.button("Verify").click();
    await eventually(() => page.getByTestId("verdict").innerText()).toMatch(/^1 error, 1 warning\n/);
    const finding = page.locator("[data-testid=findings][data-code=payload_corrupt]");
    await finding.getByRole("button", { name: /^response/ }).click();
    await app.inspected();
    await app.tab("Preview");
    await app.inspector.getByText("This payload is corrupt").waitFor();
    const download = page.waitForEvent("download");
    await app.button("Export JSON").click();
    const saved = join(root, "..", "report.json");
    await (await download).saveAs(saved);
    const report = JSON.parse(await readFile(saved, "utf8"));
    expect(report).toMatchObject({ version: 1, intact: false, codes: { payload_corrupt: 1 } });
    await app.button("Back to the rows").click();
    await app.grid.waitFor();
    expect(await app.app.problems()).toEqual([]);
  });
});
