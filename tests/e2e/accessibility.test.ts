/**
 * What axe finds in every view, in every theme. On one host only: both show the same page. Serious findings fail; what a
 * machine cannot judge is left to people and their screen readers.
 */
import { once } from "node:events";
import { mkdirSync, writeFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import type { AxeResults, RunOptions } from "axe-core";
import { expect, inject, it, onTestFinished } from "vitest";
import { WebSocketServer } from "ws";
import { referenceArchive, temporaryFolder } from "../../packages/dataio/test/archives.ts";
import { AppPage } from "../helpers/app-page.ts";
import { launchWeb } from "../helpers/web-host.ts";
import { closedPort } from "./fetch-server.ts";

const EVERYTHING: RunOptions = {
  runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
  resultTypes: ["violations"],
};
/** Names, roles and order are the same in every theme; only colours are not. */
const COLOURS: RunOptions = { runOnly: { type: "rule", values: ["color-contrast"] }, resultTypes: ["violations"] };

/** Each theme as the page's root carries it, and the system's scheme that it is seen with. */
const THEMES = [
  { name: "light", theme: "light", contrast: null, scheme: "light", options: EVERYTHING },
  { name: "high contrast on light", theme: null, contrast: "more", scheme: "light", options: COLOURS },
  { name: "dark", theme: "dark", contrast: null, scheme: "dark", options: COLOURS },
  { name: "high contrast on dark", theme: null, contrast: "more", scheme: "dark", options: COLOURS },
] as const;

type Theme = (typeof THEMES)[number];
/** For a part that differs from one that was examined in every theme by a few fields. */
const BOTH: readonly Theme[] = THEMES.filter(({ contrast }) => contrast === null);

/** A file or folder of each kind that can be imported beside an archive, by its choice in the dialog; each has something new. */
function foreignFiles() {
  const folder = temporaryFolder();
  const response = { status: 200, headers: [], content: { mimeType: "text/plain", text: "one" } };
  const entry = {
    startedDateTime: "2026-03-01T06:00:00Z",
    request: { method: "GET", url: "https://a.example/" },
    response,
  };
  const har = join(folder, "recorded.har");
  writeFileSync(har, JSON.stringify({ log: { entries: [entry, {}] } }));
  const files = join(folder, "files");
  mkdirSync(files);
  writeFileSync(join(files, "a.txt"), "two");
  const http = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\nthree";
  const head = [
    "WARC/1.1",
    "WARC-Type: response",
    "WARC-Target-URI: https://a.example/w",
    "WARC-Date: 2026-03-01T06:00:00Z",
    "WARC-Record-ID: <urn:uuid:6a0d8a4e-0000-4000-8000-000000000001>",
    "Content-Type: application/http;msgtype=response",
    `Content-Length: ${http.length}`,
  ];
  const warc = join(folder, "kept.warc");
  writeFileSync(warc, `${head.join("\r\n")}\r\n\r\n${http}\r\n\r\n`);
  return { HAR: har, WARC: warc, "Folder of files": files } as const;
}

/** A WebSocket server that sends three messages to whoever connects; its URL. */
async function startFeed(): Promise<string> {
  const server = new WebSocketServer({ host: "127.0.0.1", port: 0 });
  server.on("connection", (socket) => {
    for (const number of [1, 2, 3]) socket.send(`message ${number}`);
  });
  await once(server, "listening");
  onTestFinished(() => {
    for (const socket of server.clients) socket.terminate();
    server.close();
  });
  const address = server.address();
  return typeof address === "object" && address !== null ? `ws://127.0.0.1:${address.port}/` : "";
}

const DIALOG = "[role=dialog]";

/** Serious and critical findings of a part of the page as it stands: rule, element and what is wrong. */
async function findings(app: AppPage, part: string, themes: readonly Theme[]): Promise<string[]> {
  const found: string[] = [];
  for (const { name, theme, contrast, scheme, options } of themes) {
    await app.page.emulateMedia({ colorScheme: scheme, reducedMotion: "reduce" });
    await app.page.evaluate(`(() => {
      const { dataset } = document.documentElement;
      ${theme === null ? "delete dataset.theme" : `dataset.theme = "${theme}"`};
      ${contrast === null ? "delete dataset.contrast" : `dataset.contrast = "${contrast}"`};
    })()`);
    const results: AxeResults = await app.page.evaluate(`axe.run("${part}", ${JSON.stringify(options)})`);
    for (const { id, impact, nodes } of results.violations) {
      if (impact !== "serious" && impact !== "critical") continue;
      for (const node of nodes) found.push(`${name}: ${id}: ${node.html.slice(0, 160)}\n${node.failureSummary}`);
    }
  }
  return found;
}

it(`axe has nothing serious to say of any view, in any theme [web: Chromium ${inject("chromiumVersion")}]`, async () => {
  const web = await launchWeb({ dataDirectory: temporaryFolder() });
  onTestFinished(() => web.close());
  const app = new AppPage(web);
  const axe = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
  await app.page.evaluate(axe);
  const found: Record<string, string[]> = {};
  // What lies around the part in question was examined with a view before.
  const examine = async (view: string, part = "html", themes: readonly Theme[] = THEMES) => {
    const serious = await findings(app, part, themes);
    if (serious.length > 0) found[view] = serious;
  };
  const close = async (role: "dialog" | "menu") => {
    await app.page.keyboard.press("Escape");
    await app.page.getByRole(role).waitFor({ state: "detached" });
  };

  await app.button(/^Open an archive/).click();
  await app.listFolder(referenceArchive("small"));
  await examine("the folder dialog", DIALOG);
  await close("dialog");
  await examine("the doors");

  await app.openFolder(referenceArchive("edge"));
  await app.archiveShown("edge");
  await examine("the rows, none selected");
  await app.rows.first().click();
  await app.inspected();
  for (const tab of await app.inspector.getByRole("tab").all()) {
    await tab.click();
    await examine(`the rows and ${await tab.textContent()}`, ".inspector");
  }

  await app.rows.first().click({ button: "right", position: { x: 40, y: 12 } });
  await app.page.getByRole("menuitem", { name: "Copy id" }).waitFor();
  await app.page.getByRole("menuitem", { name: "Save request as" }).click();
  await app.page.getByRole("menuitem", { name: "curl" }).waitFor();
  await examine("the menu of a row, with the forms of scripts", "[role=menu]");
  await app.page.keyboard.press("Escape");
  await close("menu");
  await app.columnHead("Kind").click({ button: "right" });
  await app.page.getByRole("menuitemcheckbox", { name: "Kind" }).waitFor();
  await examine("the menu of a column", "[role=menu]");
  await close("menu");

  await app.page.keyboard.press("/");
  await app.page.keyboard.type('-kind:"" status:ok size:');
  await app.page.getByRole("option").first().waitFor();
  await examine("the filter's suggestions", "[role=listbox]");
  await app.page.keyboard.type("abc ");
  await app.page.getByRole("alert").waitFor();
  await app.page.getByRole("tab", { name: "Facets" }).click();
  await app.page.getByRole("button", { name: /^ok \d/, pressed: true }).waitFor();
  await examine("the filter and the facets", ".header, .rail-tabs");
  await app.button("Saved filters").click();
  await app.page.getByRole("menuitem", { name: "Save this filter…" }).click();
  await app.dialog.waitFor();
  await examine("saving a filter", DIALOG);
  await close("dialog");
  await app.page.keyboard.press("/");
  await app.page.keyboard.type("kind:nowhere ");
  await app.page.getByRole("button", { name: "Take away kind:nowhere" }).waitFor();
  await examine("nothing matches", ".rows-pane");
  await app.button("Clear the filter").first().click();
  await app.page.getByRole("tab", { name: "Sessions" }).click();

  const overview = app.page.getByRole("region", { name: "Overview" });
  await app.page.keyboard.press("Alt+o");
  await overview.locator(".activity-chart canvas").waitFor();
  await examine("the overview", ".rows-pane");
  await app.page.keyboard.press("Alt+t");
  await app.dialog.getByLabel("Date and time, UTC").fill("2025-10-21T12:00");
  await examine("the choice of a moment", DIALOG);
  await app.dialog.getByRole("button", { name: "Show", exact: true }).click();
  await app.page.getByRole("region", { name: "As of a moment" }).waitFor();
  await examine("the window as of a moment", ".as-of-bar");
  await app.button("Back to now").click();
  await app.page.getByRole("radio", { name: "Responses" }).check();
  await app.button("Group by day").click();
  await app.page.getByTestId("day").first().waitFor();
  await examine("responses under their days", ".rows-pane");
  for (const view of ["Requests", "Sessions"]) {
    await app.page.getByRole("radio", { name: view }).check();
    await app.page.getByRole("grid", { name: view }).waitFor();
    await app.rows.first().click();
    await examine(`the ${view.toLowerCase()}`, ".rows-pane");
  }
  await app.page.getByRole("radio", { name: "Responses" }).check();
  await app.rowsSettled();

  await app.button("Send or subscribe").click();
  await app.page.getByRole("menuitem", { name: "Subscribe to a stream…" }).waitFor();
  await examine("the menu beside New fetch", "[role=menu]", BOTH);
  await close("menu");
  await app.page.keyboard.press("Alt+n");
  await app.dialog.getByRole("textbox", { name: "url", exact: true }).fill("https://a.example/");
  await app.dialog.getByRole("button", { name: "Add a param" }).click();
  await app.dialog.getByRole("combobox", { name: "Source" }).fill("demo-market");
  await app.page.keyboard.press("Tab");
  await app.dialog.getByRole("combobox", { name: "Kind" }).fill("quote {{value}}");
  await app.page.keyboard.press("Tab");
  await app.dialog.getByText("More: paste a request, for each, cache").click();
  await app.dialog.getByRole("textbox", { name: "For each" }).fill("2020-01-01..2025-01-01");
  await app.dialog.getByRole("button", { name: "Add another request" }).click();
  await app.dialog.getByRole("combobox", { name: "Kind" }).fill("quote");
  await app.page.keyboard.press("Tab");
  await app.dialog.getByRole("button", { name: "Dry run" }).click();
  await app.dialog.getByRole("region", { name: "Dry run" }).waitFor();
  await examine("the composer", DIALOG);
  await app.dialog.getByRole("button", { name: "JSON", exact: true }).click();
  await app.dialog.getByRole("textbox", { name: /^Params/ }).waitFor();
  await examine("the composer with params as JSON", DIALOG);
  await close("dialog");
  await app.page.getByRole("button", { name: "Jobs" }).click();
  await app.jobs.waitFor();
  await examine("the jobs", ".jobs");
  await app.page.keyboard.press("ControlOrMeta+k");
  await app.dialog.getByRole("option").first().waitFor();
  await examine("the palette", DIALOG);
  await close("dialog");
  await app.page.keyboard.press("ControlOrMeta+e");
  const template = app.dialog.getByRole("textbox", { name: "Names of the files" });
  await app.dialog.getByTestId("names").locator("li").first().waitFor();
  await examine("the export", DIALOG);
  const intoFolder = app.dialog.getByRole("radio", { name: "Folder where the app runs" });
  // Where there is a browser, it downloads unless one says otherwise.
  if ((await intoFolder.count()) > 0) await intoFolder.check();
  await template.fill("{nothing}");
  await app.dialog.getByText("There is no {nothing}").waitFor();
  await app.dialog.getByRole("button", { name: "Browse…" }).click();
  await app.page.getByRole("dialog", { name: "Choose a folder" }).waitFor();
  await examine("the export, at fault, and its folders", "body");
  await app.page.keyboard.press("Escape");
  await app.page.getByRole("dialog", { name: "Choose a folder" }).waitFor({ state: "detached" });
  await template.fill("");
  for (const form of ["Folder", "Zip", "HAR", "WARC", "CSV", "NDJSON", "Archive"]) {
    await app.dialog.getByRole("radio", { name: form, exact: true }).check();
    await examine(`the export as ${form}`, DIALOG, BOTH);
  }
  await app.dialog.getByRole("radio", { name: "Folder", exact: true }).check();
  await app.dialog.getByRole("radio", { name: /^All responses of the archive/ }).check();
  await app.dialog.getByRole("textbox", { name: "In the folder" }).fill(temporaryFolder());
  await app.dialog.getByRole("button", { name: "Export", exact: true }).click();
  await app.jobs.getByRole("button", { name: "What was not exported" }).click();
  await app.dialog.getByRole("listitem").first().waitFor();
  await examine("what was not exported", DIALOG);
  await close("dialog");
  await app.page.keyboard.press("ControlOrMeta+,");
  await app.dialog.getByRole("checkbox", { name: "Kind" }).waitFor();
  await examine("the settings", DIALOG);
  await close("dialog");
  await app.command("search in payloads");
  await app.dialog.getByRole("button", { name: "Switch on" }).waitFor();
  await examine("the search in payloads, off", DIALOG);
  await app.dialog.getByRole("button", { name: "Switch on" }).click();
  await app.dialog.getByText("On. New payloads").waitFor();
  await examine("the search in payloads, on", DIALOG);
  await close("dialog");
  await app.command("sources and secrets");
  await app.page.getByTestId("source").first().waitFor();
  await examine("the sources", DIALOG);
  await app.dialog.getByRole("button", { name: /^Map / }).first().click();
  await app.dialog.getByRole("button", { name: "Save" }).waitFor();
  await examine("a mapping", DIALOG);
  await app.page.keyboard.press("Escape");
  await app.page.getByRole("dialog", { name: "Sources and secrets" }).waitFor();
  await close("dialog");
  await app.command("merge archive");
  await app.button("Allow writing").click();
  await app.dialog.getByRole("textbox", { name: "Folder" }).fill(referenceArchive("small"));
  await app.dialog.getByRole("button", { name: "Preview" }).click();
  await app.dialog.getByTestId("plan").waitFor();
  await examine("the import", DIALOG);
  for (const [kind, path] of Object.entries(foreignFiles())) {
    await app.dialog.getByRole("radio", { name: kind, exact: true }).check();
    await app.dialog.getByRole("textbox", { name: kind === "Folder of files" ? "Folder" : "File" }).fill(path);
    await app.dialog.getByRole("button", { name: "Preview" }).click();
    await app.dialog
      .getByTestId("plan")
      .getByText(/Would add 1 session/)
      .waitFor();
    await app.dialog.getByText("Each of them").click();
    await examine(`the import of a ${kind}`, DIALOG, BOTH);
  }
  await app.dialog.getByRole("textbox", { name: "Folder" }).fill("/nowhere");
  await app.dialog.getByRole("button", { name: "Preview" }).click();
  await app.dialog.getByRole("alert").waitFor();
  await examine("an import that is not there", DIALOG, BOTH);
  await close("dialog");
  const fill = async (kind: string, params: string) => {
    await app.dialog.getByRole("combobox", { name: "Source" }).fill("desk");
    await app.page.keyboard.press("Tab");
    await app.dialog.getByRole("combobox", { name: "Kind" }).fill(kind);
    await app.page.keyboard.press("Tab");
    await app.dialog.getByRole("textbox", { name: /^Params/ }).fill(params);
  };
  const secret = '{"url": "http://127.0.0.1:1/", "headers": {"cookie": "id=7"}}';
  await app.command("post put patch");
  await fill("order", "{");
  await app.dialog.getByRole("radio", { name: "Text" }).check();
  await app.dialog.getByRole("textbox", { name: "Text, sent as UTF-8" }).fill("buy");
  await app.dialog.getByRole("button", { name: "Review…" }).click();
  await examine("a send that is written, at fault", DIALOG);
  await app.dialog.getByRole("textbox", { name: /^Params/ }).fill(secret);
  await app.dialog.getByRole("button", { name: "Review…" }).click();
  await app.dialog.getByText("3 bytes").waitFor();
  await examine("a send that is shown", DIALOG);
  await app.dialog.getByRole("button", { name: "Send once" }).click();
  await app.dialog.getByText("Nothing was sent", { exact: true }).waitFor();
  await examine("a send that failed", DIALOG);
  await close("dialog");
  await app.command("websocket sse events");
  await fill("trades", JSON.stringify({ url: await startFeed() }));
  await examine("a subscription", DIALOG);
  await app.page.keyboard.press("ControlOrMeta+Enter");
  const stream = app.page.getByRole("region", { name: "Stream" });
  await stream.getByRole("row").filter({ hasText: "message 2" }).click();
  await app.inspected();
  await stream.getByRole("button", { name: "Pause" }).click();
  await examine("a stream, paused", ".rows-pane, .status-bar");
  await stream.getByRole("button", { name: "Stop" }).click();
  await stream.getByText("stopped", { exact: true }).waitFor();
  await examine("a stream that was stopped", ".rows-pane, .jobs");
  await stream.getByRole("button", { name: "Back to the rows" }).click();

  const run = app.page.getByRole("region", { name: "Run" });
  await app.page.keyboard.press("Alt+n");
  await app.dialog.getByRole("combobox", { name: "Source" }).fill("nobody");
  await app.page.keyboard.press("Tab");
  await app.dialog.getByRole("combobox", { name: "Kind" }).fill("item");
  await app.page.keyboard.press("Tab");
  const url = `http://127.0.0.1:${await closedPort()}/{{value}}`;
  await app.dialog.getByRole("textbox", { name: /^Params/ }).fill(JSON.stringify({ url }));
  await app.dialog.getByText("More: paste a request, for each, cache").click();
  await app.dialog.getByRole("textbox", { name: "For each" }).fill("1\n2");
  await app.page.keyboard.press("ControlOrMeta+Enter");
  await run.getByText("Done · 2 failed").waitFor();
  await run.getByRole("button", { name: "Failed 2" }).click();
  await run.getByTestId("row").first().click();
  await app.inspected();
  await examine("a run", ".rows-pane");
  await examine("the jobs, with a run", ".jobs");
  await app.button("Back to the rows").click();
  await app.grid.focus();
  await app.page.keyboard.press("?");
  await app.dialog.waitFor();
  await examine("the shortcuts", DIALOG);
  await close("dialog");

  expect(found).toEqual({});
  expect(await web.problems()).toEqual([]);
}, 120_000);
