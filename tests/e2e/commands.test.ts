/** What can be done without a mouse, and what a right click offers. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { referenceArchive, temporaryFolder } from "../../packages/dataio/test/archives.ts";
import { AppPage, eventually } from "../helpers/app-page.ts";
import { describeOnWeb } from "../helpers/hosts.ts";

describeOnWeb("commands", (launch) => {
  it("are found by their names, and act on what is selected, by keys alone", async () => {
    const app = new AppPage(await launch({ args: ["--archive", referenceArchive("small")] }));
    await app.archiveShown("small");
    const { keyboard } = app.page;
    await app.grid.focus();
    await keyboard.press("j");
    await app.inspected();

    await keyboard.press("ControlOrMeta+k");
    await keyboard.type("inspector request");
    await app.dialog.getByRole("option", { name: "Inspector: Request" }).waitFor();
    await keyboard.press("Enter");
    await app.page.getByTestId("panel-request").waitFor();
    await eventually(() => app.page.evaluate("document.activeElement.className")).toContain("inspector");
    await keyboard.press("Escape");
    await eventually(() => app.page.evaluate("document.activeElement.getAttribute('role')")).toBe("grid");

    await keyboard.press("Shift+J");
    await keyboard.press("Shift+F10");
    await app.page.getByRole("menuitem", { name: "Copy 2 ids" }).waitFor();
    await keyboard.press("Escape");
    await app.page.getByRole("menu").waitFor({ state: "detached" });
    await keyboard.press("ControlOrMeta+a");
    const rows = await app.grid.getAttribute("aria-rowcount");
    await app.page.getByText(`${Number(rows) - 1} selected`).waitFor();
    await keyboard.press("Escape");
    await app.page.getByText("1 selected").waitFor();

    const ref = (await app.rows.last().getAttribute("data-ref")) ?? "";
    await keyboard.press("ControlOrMeta+k");
    await keyboard.type(ref.replace("response:", ""));
    await app.dialog.getByRole("option", { name: /^Response/ }).waitFor();
    await keyboard.press("Enter");
    await app.page.locator(`[data-ref="${ref}"][data-active]`).waitFor();
    await eventually(() => app.page.evaluate("document.activeElement.getAttribute('role')")).toBe("grid");

    await keyboard.press("?");
    await app.dialog.getByRole("heading", { name: "Keyboard shortcuts" }).waitFor();
    await keyboard.press("Escape");
    await app.dialog.waitFor({ state: "detached" });

    // What a button does is said to who goes to it, not to whom a dialog gives the keyboard back there.
    const settings = app.button("Settings");
    await settings.focus();
    await app.page.getByText(/^Settings \(/).waitFor();
    await keyboard.press("Enter");
    await app.dialog.waitFor();
    await keyboard.press("Escape");
    await eventually(() => app.page.evaluate("document.activeElement.ariaLabel")).toBe("Settings");
    await app.page.waitForTimeout(300);
    expect(await app.page.getByText(/^Settings \(/).count()).toBe(0);

    await app.grid.focus();
    await keyboard.press("Home");
    await app.grid.locator('[data-active][aria-rowindex="2"]').waitFor();
    await app.activeRow.locator("[data-column=source]").click({ button: "right" });
    const source = await app.activeRow.locator("[data-column=source]").innerText();
    await app.page.getByRole("menuitem", { name: `Copy “${source}”` }).click();
    await app.toast.getByText("Copied the source").waitFor();
    await keyboard.press("ControlOrMeta+k");
    await keyboard.type("copy as dataio command");
    await keyboard.press("Enter");
    await app.toast.getByText("Copied as dataio command").waitFor();
    expect(await app.app.problems()).toEqual([]);
  });

  it("keep what was chosen: density, theme, which columns and in which order", async () => {
    const dataDirectory = temporaryFolder();
    const options = { dataDirectory, args: ["--archive", referenceArchive("small")] };
    const first = new AppPage(await launch(options));
    await first.archiveShown("small");
    await first.page.keyboard.press("ControlOrMeta+,");
    await first.dialog.getByRole("radio", { name: "Compact" }).check();
    await first.dialog.getByRole("radio", { name: "High contrast" }).check();
    await first.dialog.getByRole("checkbox", { name: "Method" }).click();
    await first.page.keyboard.press("Escape");
    await first.dialog.waitFor({ state: "detached" });
    await first.columnHead("Kind").click({ button: "right" });
    await first.page.getByRole("menuitem", { name: "Move Kind left" }).click();
    const settings = async () => JSON.parse(await readFile(join(dataDirectory, "settings.json"), "utf8"));
    await eventually(settings).toMatchObject({ density: "compact", theme: "contrast", hiddenColumns: ["method"] });
    // So do the filter and the selected row of the archive.
    await first.page.keyboard.press("/");
    await first.page.keyboard.type("kind:search ");
    await first.page.getByText("6 rows", { exact: true }).waitFor();
    await first.rows.nth(2).click();
    await first.inspected();
    const ref = await first.activeRow.getAttribute("data-ref");
    const kept = async () => JSON.parse(await readFile(join(dataDirectory, "recent-archives.json"), "utf8"))[0];
    await eventually(kept).toMatchObject({ view: { filter: "kind:search", row: { id: ref?.split(":")[1] } } });
    await first.app.close();

    const second = new AppPage(await launch(options));
    await second.archiveShown("small");
    const heads = await second.grid.getByRole("columnheader").allInnerTexts();
    expect(heads.slice(0, 4)).toEqual(["Time", "Kind", "Source", "Status"]);
    expect((await second.rows.first().boundingBox())?.height).toBe(24);
    expect(await second.page.evaluate("document.documentElement.dataset.contrast")).toBe("more");
    await second.page.getByText("6 rows", { exact: true }).waitFor();
    await second.inspected();
    expect(await second.activeRow.getAttribute("data-ref")).toBe(ref);
    // What an address says goes before what was kept.
    const address = second.page.url().replace(/&filter=.*$/, "");
    await second.page.goto("about:blank");
    await second.page.goto(address);
    await second.page.getByText("65 rows", { exact: true }).waitFor();
    expect(await second.app.problems()).toEqual([]);
  });
});
