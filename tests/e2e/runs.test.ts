/** A run of many requests watched on its page, left, found again, and repeated in part; and the list of jobs. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { Store } from "@mxm/dataio";
import Database from "better-sqlite3";
import { expect, it } from "vitest";
import { temporaryFolder } from "../../packages/dataio/test/archives.ts";
import { AppPage, eventually } from "../helpers/app-page.ts";
import { describeOnWeb } from "../helpers/hosts.ts";
import { startFetchServer } from "./fetch-server.ts";

describeOnWeb("a run", (launch) => {
  it("is watched, left and found again, cut short, compared, and fetched again as far as it failed", async () => {
    const server = await startFetchServer();
    const folder = join(temporaryFolder(), "desk");
    Store.create(folder).close();
    const source = `{ adapter: http, baseUrl: "${server.origin}", retry: 2 }`;
    writeFileSync(join(folder, "dataio.config.yaml"), `sources:\n  desk: ${source}\n`);
    const app = new AppPage(await launch({ args: ["--archive", folder] }));
    const { page } = app;
    const run = page.getByRole("region", { name: "Run" });
    const line = (path: string) => run.getByTestId("row").filter({ hasText: `GET /${path}` });
    const part = (name: string) => run.getByRole("button", { name, exact: true });
    const compose = async (...paths: string[]) => {
      await page.keyboard.press("Alt+n");
      for (const [name, text] of [
        ["Source", "desk"],
        ["Kind", "item"],
      ] as const) {
        await app.dialog.getByRole("combobox", { name }).fill(text);
        await page.keyboard.press("Tab");
      }
      await app.dialog.getByRole("radio", { name: /^As mapped/, checked: true }).waitFor();
      await app.dialog.getByRole("button", { name: "JSON", exact: true }).click();
      await app.dialog.getByRole("textbox", { name: /^Params/ }).fill('{"url": "/{{value}}"}');
      await app.dialog.getByText("More: paste a request, for each, cache").click();
      await app.dialog.getByRole("textbox", { name: "For each" }).fill(paths.join("\n"));
      await app.dialog.getByRole("textbox", { name: "At a time" }).fill("8");
      await page.keyboard.press("ControlOrMeta+Enter");
      await app.dialog.waitFor({ state: "detached" });
      await run.waitFor();
    };
    await app.button("Fetch something").waitFor();

    await compose("item", "busy", "down", "broken", "late", "slow", "missing");
    await page.getByRole("button", { name: "1 running" }).waitFor();
    // Selected before it is answered, it shows its response while the run goes on.
    await line("late").click();
    await app.inspector.getByText("Not answered yet").waitFor();
    await line("busy").getByText("fetching… (attempt 2)").waitFor();
    await eventually(() => app.code("Payload")).toBe("late, but there");
    await line("late").getByText("fetched, new").waitFor();
    await line("slow").getByText("fetching…").waitFor();

    await page.reload();
    await line("slow").getByText("fetching…").waitFor();
    await page.getByRole("button", { name: "1 running" }).waitFor();
    await part("Running 1").waitFor();
    await run.getByRole("grid").focus();
    // One of its lines can be selected, and never the text of the whole window.
    await page.keyboard.press("ControlOrMeta+a");
    expect(await page.evaluate("String(getSelection())")).toBe("");
    for (let step = 0; step < 6; step += 1) await page.keyboard.press("ArrowDown");
    await page.keyboard.press("Shift+F10");
    await page.getByRole("menuitem", { name: "Cancel this one" }).click();
    await run.getByText("Done · 3 fetched, 3 failed").waitFor();
    await part("Cancelled 1").waitFor();
    // Three that were repeated failed for a passing reason; who is not there is not asked again.
    await part("Retried 3").waitFor();
    await part("Failed 3").click();
    await eventually(() => run.getByTestId("row").count()).toBe(3);
    await line("down").getByText("Status 503; its answer is kept.").waitFor();
    await line("broken").getByText("closed the connection").waitFor();
    await line("missing").getByText("Status 404; its answer is kept.").waitFor();
    await line("missing").click();
    await app.inspector.getByRole("button", { name: "Text", exact: true }).click();
    await eventually(() => app.code("Formatted payload")).toContain('"error": "no such thing"');

    const first = page.url();
    await run.getByRole("button", { name: "Fetch the failed ones again" }).click();
    await run.getByText("Done · 3 failed").waitFor();
    await part("All 3").waitFor();
    await page.goBack();
    await eventually(() => page.url()).toBe(first);
    await part("All 7").waitFor();
    await line("missing").click({ button: "right" });
    await page.getByRole("menuitem", { name: "Fetch this one again" }).click();
    // One alone leads to its row, as any fetch of one does.
    await app.activeRow.getByText("error").waitFor();
    await eventually(() => run.count()).toBe(0);
    await page.getByTestId("job").nth(2).getByRole("button", { name: "Show the run" }).click();
    await app.button("Close the jobs").click();
    await part("All 7").waitFor();
    await run.getByRole("button", { name: "Show the session" }).click();
    await app.archiveShown("desk");
    await eventually(() => run.count()).toBe(0);

    await page.getByTestId("row").first().click();
    await app.inspected();
    const selected = await app.activeRow.getAttribute("data-ref");
    await app.command("re-fetch everything");
    // Beside a page stands what was selected on it.
    await run.waitFor();
    await app.inspector.getByText("No row selected").waitFor();
    await line("item").getByText("fetched, changed").waitFor();
    await line("item").getByRole("button", { name: "Compare" }).click();
    await app.inspector.getByRole("tab", { name: "Compare", selected: true }).waitFor();
    await app.inspected();
    await run.getByRole("button", { name: "Cancel all" }).click();
    await run.getByText("Cancelled; what came before is kept").waitFor();
    await part("Changed 1").waitFor();

    await app.button("Jobs").click();
    await eventually(() => page.getByTestId("job").count()).toBe(4);
    await app.jobs.getByRole("button", { name: "Clear ended" }).click();
    await app.jobs.getByText("Nothing is running.").waitFor();
    await eventually(() => run.count()).toBe(0);
    expect(await app.activeRow.getAttribute("data-ref")).toBe(selected);
    await page.reload();
    await app.archiveShown("desk");
    expect(await page.getByTestId("job").count()).toBe(0);

    // The window leaves the archive; the run goes on, and leads back to it.
    await compose("slow?2", "item?2");
    await line("item?2").getByText("fetched, new").waitFor();
    await app.command("close the archive");
    await app.button(/^Open an archive/).waitFor();
    await app.button("1 running").click();
    await app.jobs.getByRole("button", { name: "Show the run" }).click();
    await line("slow?2").getByText("fetching…").waitFor();
    expect(await app.app.problems()).toEqual([]);
    // The host is ended in order, whatever runs.
    await app.app.close();
    const database = new Database(join(folder, "dataio.sqlite"), { readonly: true });
    const open = database.prepare("SELECT count(*) FROM sessions WHERE ended_at IS NULL").pluck().get();
    database.close();
    expect(open).toBe(0);
  });
});
