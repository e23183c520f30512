/** Saving a payload gives the exact bytes, or says why not; damaged ones only on request. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { referenceArchive, temporaryFolder } from "../../packages/dataio/test/archives.ts";
import { AppPage } from "../helpers/app-page.ts";
import { describeOnHosts } from "../helpers/hosts.ts";

interface Saved {
  /** The name that the app proposed. */
  readonly name: string | null;
  readonly bytes: Buffer;
}

/** Does `act`, which begins a saving, and gives what was saved, in the host's own way. */
async function savedBy(app: AppPage, act: () => Promise<void>): Promise<Saved> {
  const path = join(temporaryFolder(), "saved");
  if (app.app.kind === "desktop") {
    await app.app.answerNextSaveDialog(path);
    await act();
    // It says where, so that it is not taken for the one of a saving before.
    await app.toast
      .filter({ hasText: path })
      .getByText(/^Payload saved/)
      .waitFor();
    return { name: null, bytes: await readFile(path) };
  }
  const begun = app.page.waitForEvent("download");
  await act();
  const download = await begun;
  await download.saveAs(path);
  return { name: download.suggestedFilename(), bytes: await readFile(path) };
}

describeOnHosts("saving a payload", (launch, kind) => {
  it("gives the very bytes, under a name that fits", async () => {
    const folder = referenceArchive("small");
    const bytesOf = (checksum: string) => readFile(join(folder, "responses", `${checksum}.bin`));
    const app = new AppPage(await launch({ args: ["--archive", folder] }));
    await app.archiveShown("small");
    await app.showSession("2f93a76c-1d8b-456d-8847-0e8c9928a172");
    const save = app.inspector.getByRole("button", { name: "Save" });

    await app.rows.nth(5).click();
    await app.inspected();
    const image = await savedBy(app, () => save.click());
    expect(image.bytes).toEqual(await bytesOf("c9da94fdb9860496d1ed014f662f8026624b838f6bb71b1481339cbc84488c3f"));
    await app.rows.nth(3).click();
    await app.inspected();
    const empty = await savedBy(app, () => app.page.keyboard.press("ControlOrMeta+s"));
    expect(empty.bytes.length).toBe(0);
    if (kind === "web") {
      expect(image.name).toMatch(/^[^/\\]+\.png$/);
      expect(empty.name).toMatch(/^[^/\\]+\.bin$/);
    }
    expect(await app.app.problems()).toEqual([]);
  });

  it("refuses a damaged payload and says so, and saves it when it is told to", async () => {
    const folder = referenceArchive("edge");
    const app = new AppPage(await launch({ args: ["--archive", folder] }));
    await app.archiveShown("edge");
    const save = app.inspector.getByRole("button", { name: "Save" });
    await app.select("response:23235aed-3eaf-4470-8746-fdfe568ec222");
    expect(await save.getAttribute("aria-disabled")).toBe("true");
    await app.select("response:188b662a-1f1b-4266-9786-1572de664346");
    await save.click();
    await app.toast.getByText("This payload is damaged").waitFor();
    await app.toast.getByText(/do(es)? not match (its|their) checksum/).waitFor();
    const saved = await savedBy(app, () => app.toast.getByRole("button", { name: "Save anyway" }).click());
    const checksum = "3e75fb680c226d24a6e292f52357f2b94bd9447cd5ce5c0f7adbc0fc6825fd1f";
    expect(saved.bytes).toEqual(await readFile(join(folder, "responses", `${checksum}.bin`)));
  });
});
