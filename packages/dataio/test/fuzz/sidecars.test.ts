/**
 * Sidecars: whatever bytes a file has, it is called what JSON and UTF-8 say that it is; what is written is read again
 * the same; and nothing that is there is changed by either.
 */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { canonicalJson, type JsonObject, parseJson } from "../../src/canonical-json.ts";
import { declaredFacts, objectOf } from "../../src/file-facts.ts";
import { SidecarStore } from "../../src/sidecars.ts";
import { anyKey, anyText, jsonBytes, jsonLike } from "./arbitraries.ts";
import { guardPrototypes, outcomeOf, within } from "./outcome.ts";

guardPrototypes();

const CHECKSUM = "c".repeat(64);
let root: string;
let store: SidecarStore;
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), "dataio-fuzz-"));
  store = new SidecarStore(join(root, "responses"), { durable: false });
  mkdirSync(store.directory);
});
afterAll(() => {
  rmSync(root, { recursive: true, force: true });
});

/** Whether the bytes are a JSON object, told by Node alone. */
function isJsonObject(bytes: Buffer): boolean {
  if (!Buffer.from(bytes.toString("utf8")).equals(bytes)) return false;
  try {
    const value: unknown = JSON.parse(bytes.toString("utf8"));
    return typeof value === "object" && value !== null && !Array.isArray(value);
  } catch {
    return false;
  }
}

describe("a sidecar", () => {
  it("is what its bytes are, and stays so", async () => {
    await fc.assert(
      fc.asyncProperty(jsonBytes, async (bytes) => {
        const path = store.pathOf(CHECKSUM);
        writeFileSync(path, bytes);
        const sidecar = await store.read(CHECKSUM);
        expect(store.readSync(CHECKSUM)).toEqual(sidecar);
        expect(sidecar.state).toBe(isJsonObject(bytes) ? "ok" : "invalid");
        if (sidecar.state === "ok") {
          expect(sidecar.text).toBe(bytes.toString("utf8"));
          const { mediaType, elapsedMs, url } = declaredFacts(sidecar.metadata);
          expect(elapsedMs ?? 0).toBeGreaterThanOrEqual(0);
          for (const text of [mediaType, url]) expect(text === null || typeof text === "string").toBe(true);
        }
        expect(await store.write(CHECKSUM, { url: "later" })).toBe("kept");
        expect(readFileSync(path).equals(bytes)).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  it("gives back what was written, hostile keys as well", async () => {
    const metadata = fc
      .uniqueArray(fc.tuple(anyKey, jsonLike), { minLength: 1, maxLength: 4, selector: ([key]) => key })
      .map((members) => `{${members.map(([key, json]) => `${JSON.stringify(key)}:${json}`).join(",")}}`);
    await fc.assert(
      fc.asyncProperty(metadata, async (text) => {
        const given: JsonObject = objectOf(parseJson(text)) ?? {};
        const path = store.pathOf(CHECKSUM);
        rmSync(path, { force: true });
        expect(await store.write(CHECKSUM, given)).toBe("written");
        const sidecar = await store.read(CHECKSUM);
        // NaN and the infinities are no JSON, and Python's dialect only: they are kept, and called invalid.
        const written = sidecar.state === "missing" ? null : sidecar.text;
        expect(canonicalJson(parseJson(written ?? ""))).toBe(canonicalJson(given));
        if (!/NaN|Infinity/.test(canonicalJson(given))) expect(sidecar.state).toBe("ok");
      }),
      { numRuns: 200 },
    );
  });

  it("has no place but under a checksum", async () => {
    const before = readdirSync(root, { recursive: true }).sort();
    await fc.assert(
      fc.asyncProperty(anyText, async (name) => {
        fc.pre(!/^[0-9a-f]{64}$/.test(name));
        for (const action of [
          () => store.pathOf(name),
          () => store.read(name),
          () => store.readSync(name),
          () => store.write(name, { a: 1 }),
        ]) {
          expect(await outcomeOf<unknown>(action)).toEqual({ state: "refused", code: "CHECKSUM_INVALID" });
        }
      }),
    );
    expect(readdirSync(root, { recursive: true }).sort()).toEqual(before);
  });

  it.each(["[", '{"a":', '"\\u0000', "-", "1", " ", '{"a":1},', "\u00ff", '{"__proto__":'])(
    "of %j over and over is read soon",
    async (unit) => {
      writeFileSync(store.pathOf(CHECKSUM), unit.repeat(500_000 / unit.length));
      const sidecar = await within(2000, () => store.read(CHECKSUM));
      expect(sidecar.state).toBe("invalid");
    },
  );
});
