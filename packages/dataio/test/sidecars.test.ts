import { mkdir, mkdtemp, readdir, readFile, rm, symlink, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "better-sqlite3";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { canonicalJson, type JsonObject, parseJson } from "../src/canonical-json.ts";
import { AdapterResult } from "../src/model.ts";
import { encodeSidecar, SidecarStore } from "../src/sidecars.ts";
import { extractReference } from "./archives.ts";

const fixture = (name: string) => new URL(`./fixtures/${name}`, import.meta.url);
const CHECKSUM = "a".repeat(64);

let folder: string;
let store: SidecarStore;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "dataio-sidecars-"));
  store = new SidecarStore(join(folder, "responses"), { durable: false });
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

interface Vector {
  readonly name: string;
  readonly meta: Record<string, unknown> | null;
  readonly sidecar_exists: boolean;
  readonly hex?: string;
  readonly text?: string;
  readonly js_safe: boolean;
}

describe("encodeSidecar", async () => {
  const vectors: Vector[] = JSON.parse(await readFile(fixture("sidecar.json"), "utf8")).sidecars;
  const hexOf = (data: Uint8Array) => Buffer.from(data).toString("hex");

  it.each(vectors.filter((vector) => vector.js_safe && vector.sidecar_exists))(
    "writes the bytes that Python writes: $name",
    ({ meta, hex }) => {
      expect(hexOf(encodeSidecar(meta ?? {}))).toBe(hex);
    },
  );

  // Integer keys exist in Python only: it sorts 2 before 10 and then writes both as strings.
  const exact = vectors.filter(({ name, js_safe, text }) => !js_safe && text !== "" && name !== "int key");
  it.each(exact)("writes the bytes that Python writes, by way of exact JSON: $name", ({ text = "", hex }) => {
    expect(hexOf(encodeSidecar(exactObject(text)))).toBe(hex);
  });

  it("covers every vector but the three that have no bytes to compare", () => {
    const compared = vectors.filter((vector) => vector.js_safe && vector.sidecar_exists).length + exact.length;
    expect(vectors.length - compared).toBe(3);
  });

  it("escapes a lone surrogate, on which Python fails, so that the file is UTF-8 and reads back the same", () => {
    const data = encodeSidecar({ adapter_meta: { s: "\ud800" } });
    expect(Buffer.from(data).toString("utf8")).toBe('{"adapter_meta":{"s":"\\ud800"}}');
  });

  it("refuses what has no JSON form", () => {
    expect(() => encodeSidecar({ adapter_meta: { when: new Date(0) } })).toThrow(
      expect.objectContaining({ code: "JSON_INVALID" }),
    );
  });

  it("takes the facts of an adapter's result", () => {
    const result = new AdapterResult({
      data: Buffer.alloc(0),
      transportStatus: 200,
      headers: { b: ["1", "2"], a: "x" },
    });
    expect(Buffer.from(encodeSidecar(result.metaDict())).toString()).toBe(
      '{"headers":{"a":"x","b":["1","2"]},"transport_status":200}',
    );
  });
});

/** Exact JSON that is known to be an object. */
function exactObject(text: string): JsonObject {
  return Object.assign(Object.create(null), parseJson(text));
}

describe("write", () => {
  it("writes once; later writers are turned away", async () => {
    expect(await store.write(CHECKSUM, { url: "http://first" })).toBe("written");
    expect(await store.write(CHECKSUM, { url: "http://second" })).toBe("kept");
    expect(await readFile(store.pathOf(CHECKSUM), "utf8")).toBe('{"url":"http://first"}');
    expect(await readdir(store.directory)).toEqual([`${CHECKSUM}.meta.json`]);
  });

  it("keeps even an invalid file", async () => {
    await mkdir(store.directory);
    await writeFile(store.pathOf(CHECKSUM), "");
    expect(await store.write(CHECKSUM, { url: "x" })).toBe("kept");
    expect(await readFile(store.pathOf(CHECKSUM), "utf8")).toBe("");
  });

  it("keeps a symlink that leads nowhere", async () => {
    await mkdir(store.directory);
    await symlink(join(folder, "nowhere"), store.pathOf(CHECKSUM));
    expect(await store.write(CHECKSUM, { url: "x" })).toBe("kept");
    expect(await readdir(folder)).toEqual(["responses"]);
  });

  it("creates nothing when there is nothing to write", async () => {
    expect(await store.write(CHECKSUM, {})).toBe("kept");
    expect(await store.write(CHECKSUM, undefined)).toBe("kept");
    expect(await readdir(folder)).toEqual([]);
  });

  it("lets exactly one of many concurrent writers win", async () => {
    store = new SidecarStore(store.directory);
    const outcomes = await Promise.all(
      Array.from({ length: 12 }, (_, index) => store.write(CHECKSUM, { elapsed_ms: index })),
    );
    expect(outcomes.filter((outcome) => outcome === "written")).toHaveLength(1);
    expect(await readFile(store.pathOf(CHECKSUM), "utf8")).toBe(`{"elapsed_ms":${outcomes.indexOf("written")}}`);
    expect(await readdir(store.directory)).toHaveLength(1);
  });

  it("refuses a malformed checksum", async () => {
    await expect(store.write("../evil", { url: "x" })).rejects.toMatchObject({ code: "CHECKSUM_INVALID" });
  });
});

describe("read", () => {
  /** Both ways of reading, which must agree. */
  async function read(checksum: string) {
    const state = await store.read(checksum);
    expect(store.readSync(checksum)).toEqual(state);
    return state;
  }

  async function readBytes(data: Uint8Array | string) {
    await mkdir(store.directory, { recursive: true });
    await writeFile(store.pathOf(CHECKSUM), data);
    return await read(CHECKSUM);
  }

  it("gives back what was written, numbers exactly", async () => {
    const text = '{"adapter_meta":{"cost":30.0,"id":9007199254740993},"transport_status":200}';
    const state = await readBytes(text);
    if (state.state !== "ok") throw new Error(state.state);
    expect(state.text).toBe(text);
    expect(canonicalJson(state.metadata)).toBe(text);
  });

  it("counts no file, no folder and a directory as missing, and creates nothing", async () => {
    expect(await read(CHECKSUM)).toEqual({ state: "missing" });
    expect(await readdir(folder)).toEqual([]);
    await mkdir(store.pathOf(CHECKSUM), { recursive: true });
    expect(await read(CHECKSUM)).toEqual({ state: "missing" });
  });

  it.each([
    { what: "an empty file", data: "", reason: "empty", text: "" },
    { what: "broken JSON", data: '{"a":', reason: "not JSON", text: '{"a":' },
    { what: "an array", data: "[1]", reason: "not an object", text: "[1]" },
    { what: "a number", data: "17", reason: "not an object", text: "17" },
    { what: "null", data: "null", reason: "not an object", text: "null" },
    { what: "NaN", data: '{"a":NaN}', reason: "not JSON", text: '{"a":NaN}' },
    { what: "-Infinity", data: '{"a":[-Infinity]}', reason: "not JSON", text: '{"a":[-Infinity]}' },
    { what: "a byte order mark", data: "\uFEFF{}", reason: "byte order mark", text: "\uFEFF{}" },
    { what: "bytes that are not UTF-8", data: Buffer.from([0x7b, 0xff, 0x7d]), reason: "UTF-8", text: null },
  ])("calls $what invalid, and still shows the text", async ({ data, reason, text }) => {
    expect(await readBytes(data)).toEqual({ state: "invalid", reason: expect.stringContaining(reason), text });
  });

  it("does not load a file that no sidecar can be", async () => {
    await readBytes("{}");
    await truncate(store.pathOf(CHECKSUM), 3 * 1024 ** 3);
    expect(await read(CHECKSUM)).toMatchObject({ state: "invalid", text: null });
  });

  it("survives deep nesting", async () => {
    const depth = 200_000;
    await mkdir(store.directory);
    await writeFile(store.pathOf(CHECKSUM), `{"a":${"[".repeat(depth)}${"]".repeat(depth)}}`);
    expect((await store.read(CHECKSUM)).state).toBe("ok");
  });

  it("finds in the edge archive exactly what is known about it", async () => {
    extractReference("edge", folder);
    const expected = JSON.parse(await readFile(fixture("EXPECTED.json"), "utf8")).edge;
    const db = new Database(join(folder, "edge", "dataio.sqlite"), { readonly: true });
    const checksums = db.prepare("SELECT DISTINCT checksum FROM responses").pluck().all().map(String);
    db.close();

    store = new SidecarStore(join(folder, "edge", "responses"));
    const invalid: string[] = [];
    let missing = 0;
    for (const checksum of checksums.filter((text) => /^[0-9a-f]{64}$/.test(text))) {
      const { state } = await read(checksum);
      if (state === "invalid") invalid.push(checksum);
      if (state === "missing") missing += 1;
    }
    expect(invalid.sort()).toEqual(expected.sidecar_invalid_list);
    expect(missing).toBe(expected.sidecar_missing_checksums);
  });
});
