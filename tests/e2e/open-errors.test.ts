/** What cannot be opened, created or written: the app says why and what to do, changes nothing, and goes on. */
import { mkdir, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import Database from "better-sqlite3";
import { expect, it } from "vitest";
import { folderFingerprint, referenceArchive, temporaryFolder } from "../../packages/dataio/test/archives.ts";
import { AppPage, eventually } from "../helpers/app-page.ts";
import { describeOnHosts, describeOnWeb } from "../helpers/hosts.ts";

/** A folder whose `dataio.sqlite` was made by these statements. */
async function databaseWith(...statements: readonly string[]): Promise<string> {
  const folder = temporaryFolder();
  const db = new Database(join(folder, "dataio.sqlite"));
  for (const statement of statements) db.exec(statement);
  db.close();
  return folder;
}

async function noDatabase(): Promise<string> {
  const folder = temporaryFolder();
  await writeFile(join(folder, "dataio.sqlite"), "id,price\n1,2.50\n".repeat(100));
  return folder;
}

async function newerArchive(): Promise<string> {
  const folder = referenceArchive("small");
  const db = new Database(join(folder, "dataio.sqlite"));
  db.exec("CREATE TABLE archive_meta (key TEXT PRIMARY KEY, value TEXT) WITHOUT ROWID");
  db.exec("INSERT INTO archive_meta VALUES ('schema_version', '99')");
  db.close();
  return folder;
}

/** Waits for the notice about a folder that could not be opened or created, and gives what it says. */
async function refusal(app: AppPage, what: "open" | "create", folder: string): Promise<string> {
  const notice = app.page.getByRole("alert").filter({ hasText: `Could not ${what} ${folder}` });
  await notice.waitFor();
  return notice.innerText();
}

describeOnHosts("what cannot be opened", (launch, kind) => {
  it("is named with its reason and what to do, and the app stays usable", async () => {
    const refused = [
      [await noDatabase(), "is not an SQLite database", "Restore dataio.sqlite from a backup"],
      [await databaseWith("CREATE TABLE bookmarks (url TEXT)"), "not a DataIO archive", "belongs to another program"],
      [await newerArchive(), "schema version 99", "Update this app"],
    ] as const;
    const app = new AppPage(await launch());
    for (const [folder, reason, advice] of refused) {
      const before = folderFingerprint(folder);
      await app.openFolder(folder);
      const said = await refusal(app, "open", folder);
      expect(said).toContain(reason);
      expect(said).toContain("Nothing was changed");
      expect(said).toContain(advice);
      expect(folderFingerprint(folder)).toEqual(before);
    }
    await app.button("Dismiss").click();
    expect(await app.page.getByRole("alert").count()).toBe(0);

    const good = referenceArchive("small");
    await app.openFolder(good);
    await app.archiveShown("small");
    // The open archive stays when another one cannot be opened.
    await app.openFolder(refused[0][0]);
    await refusal(app, "open", refused[0][0]);
    await app.button("Archive: small").waitFor();
    await app.rows.first().click();
    await app.inspected();
    expect(await app.app.problems()).toEqual([]);
  });

  it("is said when it was named at the start, and a folder without an archive is none", async () => {
    const wrong = temporaryFolder();
    const app = new AppPage(await launch({ args: ["--archive", wrong] }));
    const said = await refusal(app, "open", wrong);
    expect(said).toContain("it has no dataio.sqlite");
    expect(said).toContain("An archive is the folder that holds dataio.sqlite");
    if (kind === "web") {
      // The dialog says so before: what is no archive cannot be chosen.
      await app.button(/^Open an archive/).click();
      await app.listFolder(wrong);
      expect(await app.button("Open archive").getAttribute("aria-disabled")).toBe("true");
      await app.page.keyboard.press("Escape");
      await app.dialog.waitFor({ state: "detached" });
    }
    const taken = temporaryFolder();
    await mkdir(join(taken, "there"));
    await writeFile(join(taken, "there", "notes.txt"), "mine");
    if (app.app.kind === "desktop") await app.app.answerNextFolderDialog(join(taken, "there"));
    await app.button(/^Create an archive/).click();
    if (kind === "web") {
      await app.listFolder(taken);
      await app.dialog.getByRole("option", { name: "there" }).waitFor();
      await app.dialog.getByRole("textbox", { name: "Name of the new archive" }).fill("there");
      await app.button("Create archive").click();
    }
    const refusedCreation = await refusal(app, "create", join(taken, "there"));
    expect(refusedCreation).toContain("is not empty");
    expect(refusedCreation).toContain("Nothing was overwritten");
    expect(Object.keys(folderFingerprint(taken))).toEqual(["there", "there/notes.txt"]);
    expect(await app.app.problems()).toEqual([]);
  });
});

describeOnWeb("what cannot be opened", (launch) => {
  it("is waited for while another process holds it locked, and tried again at one click", async () => {
    const folder = referenceArchive("small");
    const db = new Database(join(folder, "dataio.sqlite"));
    db.exec("BEGIN EXCLUSIVE");
    const app = new AppPage(await launch());
    await app.openFolder(folder);
    await app.page
      .getByRole("status")
      .filter({ hasText: `Opening ${folder}` })
      .waitFor();
    const said = await refusal(app, "open", folder);
    expect(said).toContain("Another process holds");
    expect(said).toContain("wait until it is done, then try again");
    db.exec("ROLLBACK");
    db.close();
    await app.button("Try again").click();
    await app.archiveShown(basename(folder));
    expect(await app.app.problems()).toEqual([]);
  });

  // Only a browser can lose its host and stay.
  it("says that the connection is lost, and goes on when it is back", async () => {
    const app = new AppPage(await launch({ args: ["--archive", referenceArchive("small")] }));
    let cut = () => Promise.resolve();
    let isAway = false;
    await app.page.routeWebSocket(/\/ws$/, (socket) => {
      if (isAway) {
        void socket.close();
        return;
      }
      const host = socket.connectToServer();
      cut = async () => {
        await host.close();
        await socket.close();
      };
    });
    await app.page.reload();
    await app.archiveShown("small");
    const banner = app.page.getByRole("alert").filter({ hasText: "Connection to the host lost" });
    expect(await banner.count()).toBe(0);
    isAway = true;
    await cut();
    await banner.waitFor();
    await app.page.getByText("Disconnected").waitFor();
    expect(await app.rows.count()).toBeGreaterThan(10);
    isAway = false;
    await banner.waitFor({ state: "detached" });
    await app.page.getByText("Live").waitFor();
    await app.rows.nth(3).click();
    await app.inspected();
    await eventually(() => app.inspector.getByRole("heading", { level: 2 }).innerText()).toContain("search");
  });
});

describeOnWeb("a host that was started read-only", (launch) => {
  it("opens archives, and refuses with the reason whatever would write", async () => {
    const app = new AppPage(await launch({ args: ["--read-only"] }));
    for (const door of [/^Create an archive/, /^Explore the sample/]) {
      await app.button(door).waitFor();
      expect(await app.button(door).isDisabled()).toBe(true);
      expect(await app.button(door).innerText()).toContain("started read-only");
    }
    await app.openFolder(referenceArchive("small"));
    await app.archiveShown("small");
    const reason = "The host was started read-only, so no archive can be written.";
    await app.button("Read-only").click();
    const dialog = app.page.getByRole("dialog", { name: "This archive can only be read" });
    await dialog.getByText(reason).waitFor();
    await dialog.getByText("Close", { exact: true }).click();
    await dialog.waitFor({ state: "detached" });

    await app.select((await app.rows.first().getAttribute("data-ref")) ?? "");
    await app.page.keyboard.press("ControlOrMeta+r");
    await dialog.getByText(reason).waitFor();
    await app.page.keyboard.press("Escape");
    await dialog.waitFor({ state: "detached" });

    await app.button("New fetch").click();
    const composer = app.page.getByRole("dialog", { name: "New fetch" });
    await composer.getByText(reason).waitFor();
    expect(await composer.getByRole("button", { name: "Fetch", exact: true }).getAttribute("aria-disabled")).toBe(
      "true",
    );
    expect(await app.app.problems()).toEqual([]);
  });
});
