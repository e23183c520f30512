/** The window itself: names for all that one can use, a focus that one can see, and choices that are kept. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { referenceArchive, temporaryFolder } from "../../packages/dataio/test/archives.ts";
import { AppPage, eventually } from "../helpers/app-page.ts";
import { describeOnHosts, describeOnWeb } from "../helpers/hosts.ts";

const CONTROLS =
  "button|checkbox|combobox|grid|link|listbox|menu|menuitem|option|radio|searchbox|slider|switch|tab|tablist|textbox";

/** Controls that a screen reader would have no name for, as lines of the page's accessibility tree. */
async function nameless(app: AppPage): Promise<string[]> {
  const tree = await app.page.locator("body").ariaSnapshot();
  expect(tree).toMatch(new RegExp(`- '?(${CONTROLS}) "`));
  return tree.split("\n").filter((line) => new RegExp(`^\\s*- '?(${CONTROLS})(?! ")\\b`).test(line));
}

/** What is focused, and whether one can see it: by a mark on it or on the head of its grid, or by a caret in a text. */
const FOCUSED = `(() => {
  const element = document.activeElement;
  if (element === null || element === document.body) return null;
  const places = [element, element.closest(".code-field"), element.querySelector(".grid-head")];
  const isMarked = places.some((place) => {
    if (place === null) return false;
    const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(place);
    return (outlineStyle !== "none" && parseFloat(outlineWidth) > 0) || boxShadow !== "none";
  });
  const caret = element.closest(".cm-focused")?.querySelector(".cm-cursor") ?? null;
  const what = [...document.querySelectorAll("*")].indexOf(element) + " " + element.outerHTML.slice(0, 120);
  return { what, isVisible: isMarked || caret !== null };
})()`;

function focused(app: AppPage): Promise<{ readonly what: string; readonly isVisible: boolean } | null> {
  return app.page.evaluate(FOCUSED);
}

/** Goes through the page with Tab; gives where the focus could not be seen, and how many stops there were. */
async function walkByTab(app: AppPage): Promise<{ unseen: string[]; stops: number }> {
  const unseen: string[] = [];
  const seen = new Set<string>();
  for (let step = 0; step < 80; step += 1) {
    await app.page.keyboard.press("Tab");
    // A caret comes with one of the next frames.
    const isSeen = async () => (await focused(app))?.isVisible ?? true;
    await eventually(isSeen, 1_500)
      .toBe(true)
      .catch(async () => unseen.push(String((await focused(app))?.what)));
    const what = (await focused(app))?.what;
    if (what === undefined) break;
    seen.add(what);
  }
  return { unseen, stops: seen.size };
}

describeOnWeb("the window", (launch) => {
  it("names everything that can be used, and marks what has the focus", async () => {
    const app = new AppPage(await launch());
    await app.button(/^Open an archive/).waitFor();
    expect(await nameless(app)).toEqual([]);
    const doors = await walkByTab(app);
    expect(doors.unseen).toEqual([]);
    expect(doors.stops).toBeGreaterThanOrEqual(3);

    await app.openFolder(referenceArchive("edge"));
    await app.archiveShown("edge");
    await app.select("response:9c7d321d-28ba-4028-88cd-c329e8ef1ff3");
    for (const tab of ["Preview", "Raw", "Metadata", "Request"] as const) {
      await app.tab(tab);
      await app.inspector.locator(".view-bar, .fact").first().waitFor();
      expect([tab, await nameless(app)]).toEqual([tab, []]);
    }
    await app.button(/^Archive: /).click();
    await app.page.getByRole("menu").waitFor();
    expect(await nameless(app)).toEqual([]);
    await app.page.keyboard.press("Escape");
    await app.page.getByRole("menu").waitFor({ state: "detached" });

    await app.page.keyboard.press("Alt+n");
    await app.dialog.getByRole("textbox", { name: "url", exact: true }).waitFor();
    expect(await nameless(app)).toEqual([]);
    await app.dialog.getByRole("button", { name: "JSON", exact: true }).click();
    await app.dialog.getByRole("textbox", { name: /^Params/ }).waitFor();
    expect(await nameless(app)).toEqual([]);
    await app.page.keyboard.press("Escape");
    await app.dialog.waitFor({ state: "detached" });
    await app.page.getByRole("button", { name: "Jobs" }).click();
    await app.jobs.waitFor();
    expect(await nameless(app)).toEqual([]);

    await app.page.getByRole("listbox", { name: "Sessions" }).focus();
    const archive = await walkByTab(app);
    expect(archive.unseen).toEqual([]);
    expect(archive.stops).toBeGreaterThan(15);
    expect(await app.app.problems()).toEqual([]);
  });
});

describeOnHosts("the window", (launch, kind) => {
  it("keeps theme, time zone, column widths and, where it has one, its size", async () => {
    const dataDirectory = temporaryFolder();
    const folder = referenceArchive("small");
    const options = { dataDirectory, args: ["--archive", folder] };
    const first = new AppPage(await launch({ ...options, viewport: { width: 1_440, height: 900 } }));
    await first.archiveShown("small");
    const theme = (app: AppPage) => app.page.evaluate("document.documentElement.dataset.theme ?? null");
    const background = (app: AppPage) => app.page.evaluate("getComputedStyle(document.body).backgroundColor");
    expect(await theme(first)).toBeNull();
    const light = await background(first);
    await first.button(/^Theme: system/).click();
    await eventually(() => theme(first)).toBe("light");
    expect(await background(first)).toBe(light);
    await first.button(/^Theme: light/).click();
    await eventually(() => theme(first)).toBe("dark");
    await eventually(() => background(first)).not.toBe(light);

    // Somewhere without summer time, nine hours ahead.
    const session = await first.page.context().newCDPSession(first.page);
    await session.send("Emulation.setTimezoneOverride", { timezoneId: "Asia/Tokyo" });
    const newest = first.rows.first().locator("td").first();
    expect(await newest.innerText()).toBe("2025-10-27 06:00:18.182");
    await first.button(/^Times are in UTC/).click();
    await eventually(() => newest.innerText()).toBe("2025-10-27 15:00:18.182");
    expect(await first.session("69c60fb2-d3f0-4a44-a60c-e41c2fe8b601").innerText()).toContain("06:30:00 – 06:30:12");

    const width = async (app: AppPage) => (await app.columnHead("Kind").boundingBox())?.width ?? 0;
    const before = await width(first);
    await first.columnHead("Kind").getByRole("button", { name: "Kind", exact: true }).press("Alt+ArrowRight");
    await eventually(() => width(first)).toBe(before + 16);
    const kept = () => first.page.evaluate("[innerWidth, innerHeight]");
    const size = await kept();
    expect(await first.app.problems()).toEqual([]);
    // The host is told of a width a moment after the last change.
    const settings = async () => JSON.parse(await readFile(join(dataDirectory, "settings.json"), "utf8"));
    await eventually(settings).toMatchObject({ columnWidths: { kind: before + 16 } });
    await first.app.close();

    const second = new AppPage(await launch(options));
    await second.archiveShown("small");
    await eventually(() => theme(second)).toBe("dark");
    await second.button(/^Times are in local time/).waitFor();
    await eventually(() => width(second)).toBe(before + 16);
    if (kind === "desktop") await eventually(() => second.page.evaluate("[innerWidth, innerHeight]")).toEqual(size);
  });
});
