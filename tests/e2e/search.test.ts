/** Texts are found in requests and metadata, and in contents of payloads once a person switched that on. */
import { expect, it } from "vitest";
import { referenceArchive, temporaryFolder } from "../../packages/dataio/test/archives.ts";
import { AppPage } from "../helpers/app-page.ts";
import { describeOnWeb } from "../helpers/hosts.ts";

describeOnWeb("search in payloads", (launch) => {
  it("is switched on with limits, says how it stands, is kept, and is deleted again", async () => {
    const [dataDirectory, archive] = [temporaryFolder(), referenceArchive("small")];
    const first = new AppPage(await launch({ dataDirectory, args: ["--archive", archive] }));
    await first.archiveShown("small");
    const { keyboard } = first.page;
    await first.command("search in payloads");
    await first.dialog.getByRole("button", { name: "Switch on" }).waitFor();
    await first.dialog.getByRole("radio", { name: "64 KiB" }).check();
    await first.dialog.getByLabel(/^Types/).fill("json, text/csv");
    await first.dialog.getByRole("button", { name: "Switch on" }).click();
    await first.dialog.getByText("On. New payloads are read as they arrive.").waitFor();
    const facts = await first.dialog.locator(".facts").innerText();
    expect(facts).toMatch(/Searched\s+\d+ payloads/);
    expect(facts).toMatch(/the first 64.0 KiB/);
    expect(facts).toMatch(/Types\s+json, text\/csv/);
    expect(facts).toMatch(/On disk\s+\d/);
    await keyboard.press("Escape");
    await first.dialog.waitFor({ state: "detached" });
    expect(await first.app.problems()).toEqual([]);
    await first.app.close();

    const second = new AppPage(await launch({ dataDirectory, args: ["--archive", archive] }));
    await second.archiveShown("small");
    await second.page.keyboard.press("ControlOrMeta+,");
    await second.button("Search in payloads…").click();
    await second.button("Switch off and delete").click();
    await second.button("Switch on").waitFor();
    expect(await second.app.problems()).toEqual([]);
  });
});
