/** Every kind of payload is shown as what it is, also when it is broken or huge, and nothing of it is misreported. */
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync, zstdCompressSync } from "node:zlib";
import { Uint8ArrayReader, Uint8ArrayWriter, ZipWriter } from "@zip.js/zip.js/index-native.js";
import { parquetWriteBuffer } from "hyparquet-writer";
import { expect, it, onTestFinished } from "vitest";
import { temporaryFolder } from "../../packages/dataio/test/archives.ts";
import { AppPage, eventually } from "../helpers/app-page.ts";
import { payloadArchive } from "../helpers/payload-archive.ts";
import { pdfOf } from "../helpers/pdf.ts";
import { launchWeb } from "../helpers/web-host.ts";

/** The app on an archive. One host is enough: the other runs the same views on the same worker in its own specs. */
async function openPayloads(...payloads: Parameters<typeof payloadArchive>[2]): Promise<AppPage> {
  const folder = await payloadArchive("payloads", "application/octet-stream", payloads);
  const dataDirectory = await mkdtemp(join(tmpdir(), "dataio-home-"));
  const running = await launchWeb({ args: ["--archive", folder], dataDirectory });
  onTestFinished(async () => {
    await running.close();
    await rm(dataDirectory, { recursive: true, force: true, maxRetries: 5 });
  });
  const app = new AppPage(running);
  await app.archiveShown("payloads");
  return app;
}

it("shows JSON as a tree with exact numbers, finds by JSONPath, and says what is broken or cut", async () => {
  const items = Array.from({ length: 200_000 }, (_none, place) => `{"place":${place},"price":${place}.10}`);
  const app = await openPayloads(
    '{"big": 12345678901234567890, "price": 1.10, "none": NaN, "list": [{"odd name": "a\\u00e9"}, 2]}',
    ["application/x-ndjson", '{"a": 1}\n{"a": \n{"a": 3}\n'],
    ["application/json", '{"a": [1, 2'],
    `[${items.join(",")}]`,
  );
  const tree = app.inspector.getByRole("tree", { name: "Payload as a tree" });
  const rows = async () =>
    (await tree.getByRole("treeitem").allTextContents()).map((row) => row.replaceAll("\u00a0", " "));
  const path = app.inspector.getByTestId("json-path");
  const filter = app.inspector.getByLabel("JSONPath filter");

  await app.select("response:r0");
  await eventually(rows).toEqual([
    "{4}",
    "big: 12345678901234567890",
    "price: 1.10",
    "none: NaN",
    "list: [2]",
    "0: {1}",
    'odd name: "a\\u00e9"',
    "1: 2",
  ]);
  await tree.focus();
  for (const key of ["End", "ArrowUp"]) await app.page.keyboard.press(key);
  await eventually(() => path.innerText()).toBe("$.list[0]['odd name']");
  await filter.fill("$..[?@ > 1]");
  await eventually(rows).toEqual(["$.big: 12345678901234567890", "$.price: 1.10", "$.list[1]: 2"]);
  await filter.fill("$..[?@ >");
  await app.inspector.locator(".json-found.tone-bad").waitFor();

  await app.select("response:r1");
  await app.inspector.getByText("1 of 3 lines is not valid JSON").waitFor();
  await eventually(rows).toContain('1: {"a":  Column 7: the text ends where a value should stand.');
  await filter.fill("$[?@.a == 3]");
  await eventually(rows).toEqual(["$[2]: {1}", "a: 3"]);

  await app.select("response:r2");
  await app.inspector.getByText("Not valid JSON, shown as text").waitFor();
  await eventually(() => app.code("Payload")).toBe('{"a": [1, 2');

  // What takes too long can be left, and begun again.
  await app.page.context().route("**/payload/**", () => undefined);
  await app.select("response:r3");
  await app.inspector.getByRole("button", { name: "Cancel" }).click();
  await app.inspector.getByRole("heading", { name: "Cancelled" }).waitFor();
  await app.page.context().unrouteAll();
  await app.inspector.getByRole("button", { name: "Read it again" }).click();
  // What is larger than a tree begins as text, and a tree of its beginning is one click away.
  await app.inspector.getByText(/^First 1 MiB of 6\.\d MiB shown$/).waitFor();
  await app.inspector.getByRole("button", { name: "Tree" }).click();
  await app.inspector.getByText(/^First 4 MiB of 6\.\d MiB shown$/).waitFor();
  await filter.fill("$[?@.place == 77777].price");
  await eventually(rows).toEqual(["$[77777].price: 77777.10"]);
  expect(await app.app.problems()).toEqual([]);
});

async function zipOf(files: Readonly<Record<string, string | Uint8Array>>): Promise<Uint8Array> {
  const writer = new ZipWriter(new Uint8ArrayWriter(), { useWebWorkers: false });
  for (const [name, content] of Object.entries(files))
    await writer.add(name, new Uint8ArrayReader(Buffer.from(content)));
  return writer.close();
}

it("decodes what is packed, lists what a zip holds, stops bombs and says what is broken", async () => {
  const csv = "day,price\n2025-10-01,1.10\n";
  const app = await openPayloads(
    gzipSync(csv),
    zstdCompressSync('{"a": 12345678901234567890}'),
    Buffer.concat(Array(257).fill(gzipSync(Buffer.alloc(1024 * 1024, "bomb ")))),
    gzipSync("a text that is cut ".repeat(20)).subarray(0, 30),
    await zipOf({ "prices/2025.csv": csv, "../<img src=x>": "[1]", "inner.gz": gzipSync("deep inside") }),
    (await zipOf({ "a.txt": "a" })).subarray(0, 60),
  );
  const table = app.inspector.getByRole("table", { name: "Payload" });
  const files = app.inspector.getByRole("listbox", { name: "Files" });
  await app.select("response:r0");
  await app.inspector.getByText(/^application\/gzip · /).waitFor();
  await app.inspector.getByText("text/csv · 26 B").waitFor();
  await eventually(() => table.locator("tbody td").allInnerTexts()).toEqual(["1", "2025-10-01", "1.10"]);
  const download = app.page.waitForEvent("download");
  await app.inspector.getByRole("button", { name: "Save decoded" }).click();
  const saved = join(temporaryFolder(), "saved.csv");
  await (await download).saveAs(saved);
  expect(await readFile(saved, "utf8")).toBe(csv);
  await app.tab("Raw");
  await app.inspector.getByText("1f 8b 08").first().waitFor();
  await app.tab("Preview");

  await app.select("response:r1");
  await app.inspector.getByRole("treeitem").getByText("12345678901234567890").waitFor();
  await app.inspector.getByRole("button", { name: "Raw", exact: true }).click();
  await eventually(() => app.code("Payload")).toBe('{"a": 12345678901234567890}');
  await app.select("response:r2");
  await app.inspector.getByText("First 1 MiB shown").waitFor();
  await eventually(() => app.code("Payload")).toMatch(/^bomb bomb /);
  await app.inspector.getByRole("button", { name: "Save decoded" }).click();
  await app.toast.getByText("Decoded, the payload is larger than 256 MiB.").waitFor();
  await app.select("response:r3");
  await app.inspector.getByText("The gzip data is broken").waitFor();

  await app.select("response:r4");
  await eventually(() => app.inspector.getByTestId("zip-size").innerText()).toBe("3 entries");
  expect(await files.getByRole("option").nth(1).innerText()).toContain("../<img src=x>");
  await files.focus();
  for (const key of ["Home", "Enter"]) await app.page.keyboard.press(key);
  await eventually(() => table.locator("tbody td").allInnerTexts()).toEqual(["1", "2025-10-01", "1.10"]);
  await app.inspector.getByRole("button", { name: "All files" }).click();
  await files.getByText("inner.gz").click();
  await eventually(() => app.code("Payload")).toBe("deep inside");
  await app.select("response:r5");
  await app.inspector.getByText("The zip file is broken").waitFor();
  await app.inspector.getByText("50 4b 03 04").first().waitFor();
  // The browser tells of the refusal that the person was told of.
  expect((await app.app.problems()).filter((problem) => !problem.includes("status of 413"))).toEqual([]);
});

it("shows Parquet, PDF, XML and text of any charset, and their broken ones as what they still are", async () => {
  const parquet = new Uint8Array(
    parquetWriteBuffer({
      columnData: [
        { name: "id", data: [9_007_199_254_740_993n, 2n], type: "INT64" },
        { name: "name", data: ["a", null], type: "STRING" },
      ],
    }),
  );
  const pdf = pdfOf(["First page", "Second page"]);
  const lines = Array.from({ length: 40_000 }, (_none, line) => `line ${line} of a long text süß`);
  const app = await openPayloads(
    parquet,
    parquet.subarray(0, parquet.length - 20),
    pdf,
    Buffer.concat([pdf.subarray(0, 40), Buffer.alloc(200, 0xee)]),
    ["application/xml", '<?xml version="1.0"?><a><b n="1">1.10</b><c/></a>'],
    ["application/xml", "<rates><b></rates>"],
    ["text/plain; charset=iso-8859-2", Buffer.from([0xb3, 0xf3, 0xdf, 0x0a])],
    ["text/plain", lines.join("\n")],
  );
  const watch = app.watch();
  const table = app.inspector.getByRole("table", { name: "Payload" });
  const size = app.inspector.getByTestId("table-size");
  await app.select("response:r0");
  await eventually(() => size.innerText()).toBe("2 rows, 2 columns, 1 row group");
  expect(await table.locator("tbody td").allInnerTexts()).toEqual(["1", "9007199254740993", "a", "2", "2", "null"]);
  await app.inspector.getByRole("button", { name: "Schema" }).click();
  await eventually(() => table.locator("tbody tr").first().innerText()).toContain("int64");
  await app.select("response:r1");
  await app.inspector.getByText("The Parquet file is broken").waitFor();
  await app.inspector.getByText("50 41 52 31").first().waitFor();

  await app.select("response:r2");
  await app.inspector.locator("canvas[data-drawn]").waitFor();
  await app.inspector.getByRole("region", { name: "Pages" }).press("ArrowRight");
  await eventually(() => app.inspector.getByTestId("pdf-page").innerText()).toBe("2 of 2");
  await app.inspector.getByRole("img", { name: "Page 2" }).click();
  await app.inspector.getByRole("button", { name: "Text", exact: true }).click();
  await eventually(() => app.code("Text of the page")).toBe("Second page");
  await app.select("response:r3");
  await app.inspector.getByText("The PDF could not be opened").waitFor();
  await app.inspector.getByText("25 50 44 46").first().waitFor();

  await app.select("response:r4");
  await eventually(() => app.code("Formatted payload")).toBe(
    '<?xml version="1.0"?>\n<a>\n  <b n="1">1.10</b>\n  <c/>\n</a>',
  );
  await app.select("response:r5");
  await app.inspector.getByText("Not valid XML, shown as text").waitFor();

  await app.select("response:r6");
  await eventually(() => app.code("Payload")).toBe("łóß\n");
  await app.inspector.getByLabel("Charset").selectOption("windows-1252");
  await eventually(() => app.code("Payload")).toBe("³óß\n");
  await app.select("response:r7");
  await app.inspector.getByText(/^First 1 MiB of 1\.\d MiB shown$/).waitFor();
  await app.inspector.getByRole("button", { name: "Next part" }).click();
  await app.inspector.getByText(/^1 MiB to 1\.\d MiB of 1\.\d MiB shown$/).waitFor();
  await app.inspector.getByRole("button", { name: "Find" }).click();
  await app.inspector.getByPlaceholder("Find").pressSequentially("line 39999 ");
  await app.page.keyboard.press("Enter");
  await eventually(() => app.code("Payload")).toContain("line 39999 of a long text süß");

  expect(watch.dialogs).toEqual([]);
  expect(watch.elsewhere).toEqual([]);
  expect(await app.app.problems()).toEqual([]);
});
