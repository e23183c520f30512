/** Exporting what one looks at and importing it elsewhere, by the window; the files are read as others read them. */
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Store } from "@mxm/dataio";
import { expect, it } from "vitest";
import { referenceArchive, temporaryFolder } from "../../packages/dataio/test/archives.ts";
import { makeRowArchive } from "../bench/row-archive.ts";
import { AppPage, eventually } from "../helpers/app-page.ts";
import { describeOnWeb } from "../helpers/hosts.ts";

const SESSION = "2f93a76c-1d8b-456d-8847-0e8c9928a172";

/** The paths below a folder that an export wrote, as `sha256sum -c` reads them; throws for one that is not as listed. */
function checkedSums(folder: string): string[] {
  const lines = readFileSync(join(folder, "SHA256SUMS"), "utf8").trim().split("\n");
  return lines.map((line) => {
    const [, sum, name = ""] = /^([0-9a-f]{64}) [ *](.+)$/.exec(line) ?? [];
    expect(
      createHash("sha256")
        .update(readFileSync(join(folder, name)))
        .digest("hex"),
      name,
    ).toBe(sum);
    return name;
  });
}

/** In the export dialog: where to, and go. */
async function exportTo(app: AppPage, folder: string, name: string): Promise<void> {
  await app.dialog.getByRole("textbox", { name: "In the folder" }).fill(folder);
  await app.dialog.getByRole("textbox", { name: /^Name of the/ }).fill(name);
  await app.dialog.getByRole("button", { name: "Export", exact: true }).click();
}

/** In the export dialog: into a folder of the host, and not into the browser. */
const intoFolder = (app: AppPage) => app.dialog.getByRole("radio", { name: "Folder where the app runs" }).check();

/** What `begin` makes the browser download, as a file. */
async function downloaded(app: AppPage, begin: () => Promise<void>): Promise<{ name: string; path: string }> {
  const begun = app.page.waitForEvent("download");
  await begin();
  const download = await begun;
  const path = join(temporaryFolder(), download.suggestedFilename());
  await download.saveAs(path);
  return { name: download.suggestedFilename(), path };
}

/** The names in a zip, by the one who made the format popular; null where it is not there. */
function namesInZip(path: string): string[] | null {
  const tested = spawnSync("unzip", ["-tq", path], { encoding: "utf8" });
  if (tested.error !== undefined) return null;
  expect(tested.stdout).toContain("No errors detected");
  return spawnSync("unzip", ["-Z1", path], { encoding: "utf8" }).stdout.trim().split("\n");
}

const ofJob = (app: AppPage, title: string) => app.page.getByTestId("job").filter({ hasText: title }).first();

describeOnWeb("exporting and importing", (launch) => {
  it("copies a selection to a folder and to a zip, and a session into another archive", async () => {
    const folder = temporaryFolder();
    const app = new AppPage(await launch({ args: ["--archive", referenceArchive("small")] }));
    await app.archiveShown("small");
    await app.showSession(SESSION);
    await app.rows.nth(3).click();
    await app.rows.nth(5).click({ modifiers: ["Shift"] });

    await app.page.keyboard.press("ControlOrMeta+e");
    const selection = app.dialog.getByRole("radio", { name: /^Selected rows/ });
    expect(await selection.isChecked()).toBe(true);
    await app.dialog.getByText(/^3 rows · \d/).waitFor();
    await app.dialog.getByText(/^65 rows · \d/).waitFor();
    await intoFolder(app);
    await app.dialog.getByRole("radio", { name: "Folder", exact: true }).check();
    const template = app.dialog.getByRole("textbox", { name: "Names of the files" });
    await template.fill("{nowhere}/x");
    await app.dialog.getByText(/There is no \{nowhere\}/).waitFor();
    await template.fill("{kind}/{id}.{ext}");
    const names = app.dialog.getByTestId("names").locator("li");
    await eventually(() => names.count()).toBe(3);
    const shown = await names.allInnerTexts();
    await exportTo(app, folder, "out");
    await ofJob(app, "Export to out").getByText("Exported 3 files", { exact: false }).waitFor();
    const written = checkedSums(join(folder, "out"));
    expect(written).toEqual(expect.arrayContaining(shown));
    expect(existsSync(join(folder, "out", "MANIFEST.json"))).toBe(true);

    // The same again: what is there is not touched, and the person is told.
    await app.page.keyboard.press("ControlOrMeta+e");
    expect(await app.dialog.getByRole("textbox", { name: "In the folder" }).inputValue()).toBe(folder);
    await exportTo(app, folder, "out");
    await ofJob(app, "Export to out")
      .getByText(/the folder is not empty/)
      .waitFor();
    expect(checkedSums(join(folder, "out"))).toEqual(written);

    await app.rows.nth(4).click({ button: "right", position: { x: 40, y: 12 } });
    await app.page.getByRole("menuitem", { name: /^Export 3 rows/ }).click();
    await app.dialog.getByRole("radio", { name: "Zip" }).check();
    expect(await app.dialog.getByRole("textbox", { name: "Name of the file" }).inputValue()).toBe(
      "small-selection.zip",
    );
    await exportTo(app, folder, "out.zip");
    await ofJob(app, "Export to out.zip")
      .getByText(/Exported 3 files/)
      .waitFor();
    const unzipped = spawnSync("unzip", ["-t", join(folder, "out.zip")], { encoding: "utf8" });
    if (unzipped.error === undefined) expect(unzipped.stdout).toContain("No errors detected");
    expect(readFileSync(join(folder, "out.zip")).subarray(0, 4).toString("latin1")).toBe("PK\u0003\u0004");

    // A folder that was written anew is also fetched, as a zip of just what was written.
    const folderJob = app.page.getByTestId("job").filter({ hasText: "Exported 3 files" }).last();
    const fetched = await downloaded(app, () => folderJob.getByRole("link", { name: "Download" }).click());
    expect(fetched.name).toBe("out.zip");
    expect(namesInZip(fetched.path)?.toSorted() ?? null).toEqual(
      namesInZip(fetched.path) === null ? null : [...written, "SHA256SUMS"].map((name) => `out/${name}`).toSorted(),
    );

    // In a browser an export is a download, unless one says otherwise; nothing of it stays where the app runs.
    await app.button("Export").click();
    await app.dialog.getByRole("radio", { name: "Download" }).check();
    expect(await app.dialog.getByRole("textbox", { name: "In the folder" }).count()).toBe(0);
    await app.dialog.getByRole("radio", { name: /^Responses of the session/ }).check();
    await app.dialog.getByRole("radio", { name: "CSV" }).check();
    const csv = await downloaded(app, () => app.dialog.getByRole("button", { name: "Export", exact: true }).click());
    expect(csv.name).toBe("small-session.csv");
    expect(readFileSync(csv.path, "utf8")).toContain(SESSION);
    await app.button("Export").click();
    expect(await app.dialog.getByRole("radio", { name: "Download" }).isChecked()).toBe(true);
    await app.dialog.getByRole("radio", { name: "Archive", exact: true }).check();
    const zipped = await downloaded(app, () => app.dialog.getByRole("button", { name: "Export", exact: true }).click());
    expect(zipped.name).toBe("small-selection.zip");
    expect(namesInZip(zipped.path) ?? ["small-selection/dataio.sqlite"]).toContain("small-selection/dataio.sqlite");

    await app.button("Export").click();
    await intoFolder(app);
    await app.dialog.getByRole("radio", { name: /^Responses of the session/ }).check();
    await app.dialog.getByRole("radio", { name: "Archive", exact: true }).check();
    await exportTo(app, folder, "subset");
    await ofJob(app, "Export to subset")
      .getByText(/^Exported \d+ rows/)
      .waitFor();

    // As of a moment, what the lists show then is what goes out.
    await app.page.keyboard.press("Alt+t");
    const moment = app.dialog.getByLabel("Date and time, UTC");
    await moment.fill("2025-10-20 12:00:00");
    await moment.press("Enter");
    await app.page.getByRole("region", { name: "As of a moment" }).waitFor();
    await app.button("Export").click();
    await app.dialog.getByRole("radio", { name: /^All responses/ }).check();
    await app.dialog.getByText("As of 2025-10-20 12:00:00.000 UTC", { exact: false }).waitFor();
    await app.dialog.getByRole("radio", { name: "NDJSON" }).check();
    const proposed = app.dialog.getByRole("textbox", { name: "Name of the file" });
    expect(await proposed.inputValue()).toBe("small-all-as-of-2025-10-20.ndjson");
    await exportTo(app, folder, "then.ndjson");
    await ofJob(app, "Export to then.ndjson")
      .getByText(/^Exported \d+ rows/)
      .waitFor();
    const then = readFileSync(join(folder, "then.ndjson"), "utf8").trimEnd().split("\n");
    expect(then.length).toBeGreaterThan(0);
    expect(then.length).toBeLessThan(65);
    for (const line of then) expect(JSON.parse(line).time < "2025-10-20T12:00:00.000001").toBe(true);
    await app.button("Back to now").click();

    // Into an empty archive: first in words, then for good, and a second time nothing.
    const target = join(folder, "target");
    Store.create(target).close();
    await app.openFolder(target);
    await app.button("Archive: target").waitFor();
    const importFrom = async () => {
      await app.button("Archive: target").click();
      await app.page.getByRole("menuitem", { name: /^Import into/ }).click();
      await app.dialog.getByRole("textbox", { name: "Folder" }).fill(join(folder, "subset"));
      await app.dialog.getByRole("button", { name: "Preview" }).click();
      return app.dialog.getByTestId("plan");
    };
    const plan = await importFrom();
    await plan.getByText(/^Would add 1 session, \d+ requests and \d+ responses/).waitFor();
    expect(await app.rows.count()).toBe(0);
    // It was a question: no list of jobs has it.
    expect(await app.page.getByTestId("job").filter({ hasText: "Preview" }).count()).toBe(0);
    await app.dialog.getByRole("button", { name: "Import" }).click();
    await ofJob(app, "Import subset")
      .getByText(/^Added 1 session/)
      .waitFor();
    await app.rows.first().click();
    await app.inspected();
    await app.tab("Request");
    expect(await app.fact("Imported from").innerText()).toBe("subset (archive)");
    await (await importFrom()).getByText(/^Would add nothing\..* skipped/s).waitFor();

    // A folder that was exported comes as files: named before, skipped afterwards, and each row says where it came from.
    const importFolder = async () => {
      await app.dialog.getByRole("radio", { name: "Folder of files" }).check();
      await app.dialog.getByRole("textbox", { name: "Folder" }).fill(join(folder, "out"));
      await app.dialog.getByRole("button", { name: "Preview" }).click();
      return app.dialog.getByTestId("plan");
    };
    const files = await importFolder();
    await files.getByText(/^Would add 1 session/).waitFor();
    await files.getByText(/^Each of them/).click();
    const planned = await files
      .getByRole("list", { name: "Responses that would be added" })
      .getByRole("listitem")
      .all();
    expect(planned.length).toBeGreaterThan(0);
    for (const name of planned) {
      const [path = ""] = (await name.innerText()).split("\n");
      expect(existsSync(join(folder, "out", path)), path).toBe(true);
    }
    await app.dialog.getByRole("button", { name: "Import", exact: true }).click();
    await ofJob(app, "Import out")
      .getByText(/^Added 1 session/)
      .waitFor();
    await eventually(() => app.sessions.count()).toBe(2);
    await app.showSession((await app.sessionIds())[0] ?? "");
    await app.rows.first().click();
    await app.inspected();
    expect(await app.fact("Imported from").innerText()).toBe("out (folder)");
    expect(await app.fact("Id there").count()).toBe(0);
    await app.button("Archive: target").click();
    await app.page.getByRole("menuitem", { name: /^Import into/ }).click();
    await (await importFolder()).getByText(/^Would add nothing\..* skipped/s).waitFor();
    expect(await app.app.problems()).toEqual([]);
  });

  it("is cancelled and leaves nothing, and lists what it could not export", async () => {
    const folder = temporaryFolder();
    const big = join(temporaryFolder(), "big");
    makeRowArchive(big, 30_000);
    const app = new AppPage(await launch({ args: ["--archive", big] }));
    await app.archiveShown("big");
    await app.page.keyboard.press("ControlOrMeta+e");
    await app.dialog.getByRole("radio", { name: /^All responses/ }).check();
    await intoFolder(app);
    await app.dialog.getByRole("radio", { name: "NDJSON" }).check();
    await exportTo(app, folder, "rows.ndjson");
    await ofJob(app, "Export to rows.ndjson").getByRole("button", { name: "Cancel" }).click();
    await ofJob(app, "Export to rows.ndjson").getByText("Cancelled; nothing was written").waitFor();
    expect(readdirSync(folder)).toEqual([]);

    await app.openFolder(referenceArchive("edge"));
    await app.archiveShown("edge");
    await app.page.keyboard.press("ControlOrMeta+e");
    await app.dialog.getByRole("radio", { name: /^All responses/ }).check();
    await app.dialog.getByRole("radio", { name: "Folder", exact: true }).check();
    await exportTo(app, folder, "edge");
    const job = ofJob(app, "Export to edge");
    await job.getByText(/7 problems/).waitFor();
    await job.getByRole("button", { name: "What was not exported" }).click();
    await app.dialog.getByText(/has no file\.$/).waitFor();
    await app.dialog.getByRole("button", { name: /^23235aed/ }).click();
    await app.page.locator('[data-active][data-ref="response:23235aed-3eaf-4470-8746-fdfe568ec222"]').waitFor();
    expect(await app.app.problems()).toEqual([]);
  });
});
