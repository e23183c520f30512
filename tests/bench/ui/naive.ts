/** The same acts in what one would write first: the whole table as JSON in a page, sorted and filtered there. */

import { once } from "node:events";
import { createReadStream, createWriteStream } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import Database from "better-sqlite3";
import type { Browser, Page } from "playwright";
import { FILTERS, previewId, previewMark } from "./archives.ts";
import { dragThumb, pageMemory, turnWheel, untilShown, watchScroll } from "./page-clock.ts";

const ROW = "document.querySelector('.row')";

/** Writes all rows of an archive into a file, newest first, as what the table shows. */
async function writeRows(archive: string, file: string, most: number): Promise<void> {
  const db = new Database(join(archive, "dataio.sqlite"), { readonly: true });
  const out = createWriteStream(file);
  let between = "[";
  for (const row of db
    .prepare(
      `SELECT r.id, r.created_at AS time, s.source, q.kind, q.method, r.status, r.size_bytes AS size, r.checksum, q.session_id AS session
       FROM responses r LEFT JOIN requests q ON q.id = r.request_id LEFT JOIN sessions s ON s.id = q.session_id
       ORDER BY r.created_at DESC, r.id DESC LIMIT ?`,
    )
    .iterate(most)) {
    if (!out.write(between + JSON.stringify(row))) await once(out, "drain");
    between = ",";
  }
  db.close();
  out.end("]");
  await once(out, "finish");
}

/** Serves the page, the rows, and the payloads by the ids of their rows. */
async function serve(rows: string, payloads: string) {
  const db = new Database(join(payloads, "dataio.sqlite"), { readonly: true });
  const files = new Map(db.prepare<[], [string, string]>("SELECT id, checksum FROM responses").raw().all());
  db.close();
  const server = createServer((request, response) => {
    const name = (request.url ?? "").slice(1);
    const send = (path: string) => createReadStream(path).pipe(response);
    if (name === "") {
      response.setHeader("content-type", "text/html");
      send(join(import.meta.dirname, "naive-page.html"));
    } else if (name === "rows.json") send(rows);
    else {
      const checksum = files.get(name.replace(/\.\w+$/, ""));
      if (checksum === undefined) response.writeHead(404).end();
      else send(join(payloads, "responses", `${checksum}.bin`));
    }
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  const address = server.address();
  return {
    url: `http://127.0.0.1:${typeof address === "object" ? address?.port : ""}/`,
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}

export interface NaiveOptions {
  readonly rows: string;
  /** Rows of it. */
  readonly count: number;
  readonly scrolled: { readonly archive: string; readonly count: number };
  readonly payloads: string;
  readonly previews: number;
  readonly viewport: { readonly width: number; readonly height: number };
  readonly folder: string;
}

/** Everything that the page can do of what the window is measured by. Null where it could not. */
export async function naive(browser: Browser, options: NaiveOptions) {
  const { rows, scrolled, payloads, previews, viewport, folder } = options;
  const inPage = async <T>(archive: string, use: (page: Page) => Promise<T>): Promise<T | null> => {
    const file = join(folder, "rows.json");
    await writeRows(archive, file, 10_000_000);
    const server = await serve(file, payloads);
    const page = await browser.newPage({ viewport });
    try {
      await page.goto(server.url);
      return await use(page);
    } catch (error) {
      // Its renderer ran out of memory, or the text was longer than a string may be.
      console.error(`  naive: ${String(error).split("\n", 1)[0]}`);
      return null;
    } finally {
      await page.close();
      server.close();
    }
  };
  const open = (page: Page) => untilShown(page, "void load()", `${ROW} !== null`);

  const listed = await inPage(rows, async (page) => {
    const opened = await open(page);
    const memory = await pageMemory(page);
    const changed = (act: string) => untilShown(page, `globalThis.before = drawn; ${act}`, "drawn > before");
    const ids: string[] = await page.evaluate("[...new Set(rows.slice(0, 30_000).map((row) => row.session))]");
    const sessions: number[] = [];
    for (const id of ids.slice(0, 12)) sessions.push(await changed(`filterBy((row) => row.session === "${id}")`));
    const filters: number[] = [];
    for (const { naive } of FILTERS) filters.push(await changed(`filterBy((row) => ${naive})`));
    const orders: number[] = [];
    for (const column of ["source", "kind", "method", "status", "size", "checksum", "time"]) {
      orders.push(await changed(`sortBy("${column}", 1)`));
    }
    return { opened, memory, sessions, filters, orders };
  });
  const scroll = async (archive: string, count: number) =>
    inPage(archive, async (page) => {
      await open(page);
      const list = { list: "#list", rows: ".row", count };
      const wheel = await watchScroll(page, list, () => turnWheel(page, "#list", 240, 400));
      await page.evaluate("list.scrollTop = 0");
      const thumb = await watchScroll(page, list, () => dragThumb(page, "#list"));
      return { wheel, thumb };
    });
  const shown = (mark: string) => `document.getElementById("preview").textContent.includes(${JSON.stringify(mark)})`;
  const small = await inPage(scrolled.archive, async (page) => {
    const times: number[] = [];
    for (let number = 0; number < previews; number += 1) {
      times.push(await untilShown(page, `void preview("${previewId(number)}.json")`, shown(previewMark(number))));
    }
    return times;
  });
  const large = (id: "json" | "csv") =>
    inPage(scrolled.archive, async (page) => {
      const before = await pageMemory(page);
      const mark = id === "json" ? "the-large-one" : "2025-10-01";
      const took = await untilShown(page, `void preview("${id}.${id}")`, shown(mark));
      return { took, growth: (await pageMemory(page)) - before };
    });
  return {
    listed,
    scroll: await scroll(scrolled.archive, scrolled.count),
    scrollAll: await scroll(rows, options.count),
    small,
    json: await large("json"),
    csv: await large("csv"),
  };
}
