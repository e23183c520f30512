/** Sources mapped, trusted and given a secret in the window; sessions of several requests, thought of and run. */
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { Store } from "@mxm/dataio";
import { expect, it } from "vitest";
import { temporaryFolder } from "../../packages/dataio/test/archives.ts";
import { AppPage, eventually } from "../helpers/app-page.ts";
import { describeOnWeb } from "../helpers/hosts.ts";
import { startFetchServer } from "./fetch-server.ts";

const SECRET = "s3cr3t-of-the-desk";

function filesWithSecret(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" }).filter(
    (name) => statSync(join(folder, name)).isFile() && readFileSync(join(folder, name)).includes(SECRET),
  );
}

describeOnWeb("sources", (launch) => {
  it("are mapped, allowed and given a secret; their sessions are planned, run, cut short and compared", async () => {
    const server = await startFetchServer();
    const folder = join(temporaryFolder(), "desk");
    Store.create(folder).close();
    const app = new AppPage(await launch({ args: ["--archive", folder] }));
    const { page, dialog } = app;
    await app.button("Fetch something").waitFor();
    await app.command("sources and secrets");
    await dialog.getByText("Nothing was asked yet, and nothing is mapped.").waitFor();
    await dialog.getByRole("button", { name: "Add a source…" }).click();
    await dialog.getByRole("textbox", { name: "Source" }).fill("market");
    const settings = dialog.getByRole("textbox", { name: "Settings" });
    await settings.fill(JSON.stringify({ baseUrl: server.origin, query: { key: "${secret:DESK}" }, rate: "fast" }));
    await dialog.getByRole("button", { name: "Save" }).click();
    await dialog.getByText(/^rate: /).waitFor();
    await settings.fill(JSON.stringify({ baseUrl: server.origin, query: { key: "${secret:DESK}" }, rate: "50/s" }));
    await dialog.getByRole("button", { name: "Save" }).click();
    const source = page.getByTestId("source");
    await source.getByText("needs DESK").waitFor();
    expect(readFileSync(join(folder, "dataio.config.yaml"), "utf8")).toContain("key: ${secret:DESK}");

    await dialog.getByRole("button", { name: "Set DESK" }).click();
    await dialog.getByLabel("Value").fill(SECRET);
    await dialog.getByRole("button", { name: "Set the secret" }).click();
    await page.getByTestId("secret").getByText("in memory until the app ends").waitFor();
    await eventually(() => source.getByText("needs DESK").count()).toBe(0);
    await dialog.getByRole("button", { name: "Done" }).click();

    // Not allowed yet: a dry run says what would be, and the fetch asks first.
    await app.button("Fetch something").click();
    const named = dialog.getByRole("combobox", { name: "Source" });
    await named.fill("elsewhere");
    await dialog.getByText("This source is not mapped").waitFor();
    await dialog.getByRole("button", { name: "Sources and secrets…" }).click();
    await source.waitFor();
    await dialog.getByRole("button", { name: "Done" }).click();
    expect(await named.inputValue()).toBe("elsewhere");
    for (const [name, text] of [
      ["Source", "market"],
      ["Kind", "item"],
    ] as const) {
      await dialog.getByRole("combobox", { name }).fill(text);
      await page.keyboard.press("Tab");
    }
    await dialog.getByRole("radio", { name: "As mapped (http)", checked: true }).waitFor();
    await dialog.getByText("More: paste a request, for each, cache").click();
    await dialog
      .getByRole("textbox", { name: "Paste a request" })
      .fill(`curl '${server.origin}/x' -H 'Cookie: a=1' --compressed -d '{"n": 1.10}'`);
    await dialog.getByRole("button", { name: "Take over" }).click();
    await dialog.getByText(/^Taken over without cookie/).waitFor();
    await dialog.getByRole("radio", { name: "POST", checked: true }).waitFor();
    await dialog.getByText(/Ignored: --compressed\.$/).waitFor();
    await dialog.getByRole("button", { name: "JSON", exact: true }).click();
    const params = dialog.getByRole("textbox", { name: /^Params/ });
    await params.fill('{"url": "/item?{{value}}"}');
    await dialog.getByRole("textbox", { name: "For each" }).fill("2026-02-28..2026-03-01");
    await dialog.getByRole("button", { name: "Add another request" }).click();
    await params.fill('{"url": "/slow"}');
    await dialog.getByRole("button", { name: "Dry run" }).click();
    const planned = dialog.getByRole("region", { name: "Dry run" }).getByRole("listitem");
    await eventually(() => planned.count()).toBe(3);
    expect(await planned.first().innerText()).toContain(`${server.origin}/item?2026-02-28&key=\${secret:DESK}`);
    expect(await planned.first().innerText()).toContain("Miss: the source is asked");
    expect(server.asked).toEqual([]);
    await dialog.getByRole("button", { name: "Fetch 3", exact: true }).click();
    const trust = page.getByRole("dialog", { name: "Allow this source to run?" });
    await trust.getByText(`DESK is sent to ${server.origin}`).waitFor();
    await trust.getByRole("button", { name: "Do not allow" }).click();
    // What was written is still there.
    await dialog.getByRole("button", { name: "Fetch 3", exact: true }).click();
    expect(server.asked).toEqual([]);
    await trust.getByRole("button", { name: "Allow for this archive" }).click();

    const run = page.getByRole("region", { name: "Run" });
    const cancelSlow = async () => {
      await run.getByTestId("row").filter({ hasText: "fetching…" }).click({ button: "right" });
      await page.getByRole("menuitem", { name: "Cancel this one" }).click();
    };
    await eventually(() => run.getByText(/fetched, new/).count()).toBe(2);
    await cancelSlow();
    await run.getByText("Done · 2 fetched").waitFor();
    await eventually(() => server.abandoned()).toBe(1);
    expect(server.asked.slice().sort()).toEqual([
      `/item?2026-02-28&key=${SECRET}`,
      `/item?2026-03-01&key=${SECRET}`,
      `/slow?key=${SECRET}`,
    ]);

    await eventually(() => app.sessions.count()).toBe(1);
    const [first = ""] = await app.sessionIds();
    await app.showSession(first);
    await app.rows.first().click();
    await app.command("re-fetch everything");
    await eventually(() => run.getByText(/fetched, changed/).count()).toBe(2);
    await cancelSlow();
    await run.getByText("Done · 2 fetched").waitFor();
    await run.getByRole("button", { name: "Compare" }).first().click();
    await app.inspector.getByRole("tab", { name: "Compare", selected: true }).waitFor();
    await app.inspected();
    expect(await app.app.problems()).toEqual([]);
    await app.app.close();
    expect(filesWithSecret(folder)).toEqual([]);
  });
});
