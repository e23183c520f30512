/**
 * What a program says about its payload: any bytes are read or called unusable, with their text; what is read is all of
 * it, under the sidecar's keys, and can be written as a sidecar.
 */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readMetadata } from "../../src/adapters/command-metadata.ts";
import { canonicalJson, type JsonObject, parseJson } from "../../src/canonical-json.ts";
import { objectOf } from "../../src/file-facts.ts";
import { AdapterResult } from "../../src/model.ts";
import { encodeSidecar } from "../../src/sidecars.ts";
import { anyKey, anyText, jsonBytes, jsonLike } from "./arbitraries.ts";
import { guardPrototypes, within } from "./outcome.ts";

guardPrototypes();

const RESERVED = ["command", "exit_code", "stderr"];
const FACTS = ["content_type", "encoding", "transport_status", "url", "elapsed_ms", "headers"] as const;

/** An object with the keys that mean something, mostly with values of their kind. */
const likelyMetadata = fc
  .uniqueArray(
    fc.tuple(
      fc.oneof(fc.constantFrom(...FACTS, "adapter_meta", ...RESERVED), anyKey),
      fc.oneof(
        jsonLike,
        fc.constantFrom("200", "1.5", "{}", '{"a":["b","c"],"__proto__":"x"}', '{"__proto__":{"polluted":1}}'),
        anyText.map((text) => JSON.stringify(text)),
      ),
    ),
    { maxLength: 6, selector: ([key]) => key },
  )
  .map((members) => `{${members.map(([key, json]) => `${JSON.stringify(key)}:${json}`).join(",")}}`);

describe("metadata of a program", () => {
  it("are read whole, or called unusable with their text", () => {
    fc.assert(
      fc.property(
        fc.oneof(
          likelyMetadata.map((text) => Buffer.from(text)),
          jsonBytes,
        ),
        (data) => {
          const reading = readMetadata(data, RESERVED);
          if (reading.state === "invalid") {
            expect(reading.text).toBe(data.toString("utf8"));
            expect(reading.problem).not.toBe("");
          }
          if (reading.state === "none") expect(data.toString().trim()).toBe("");
          if (reading.state !== "ok") return;
          const result = new AdapterResult({ data: Buffer.alloc(0), ...reading.declared });
          const sidecar = parseJson(Buffer.from(encodeSidecar(result.metaDict())).toString("utf8"));
          expect(said(objectOf(sidecar) ?? {})).toEqual(said(objectOf(parseJson(data.toString("utf8"))) ?? {}));
          for (const key of Object.keys(reading.declared.adapterMeta)) expect(RESERVED).not.toContain(key);
        },
      ),
      { numRuns: 1500 },
    );
  });

  it("are told apart by their keys in a time that grows with their number", async () => {
    const many = Array.from({ length: 100_000 }, (_, index) => `"k${index}":${index}`).join(",");
    const reading = await within(3000, () => readMetadata(Buffer.from(`{${many}}`), RESERVED));
    expect(reading.state).toBe("ok");
    await within(3000, () => readMetadata(Buffer.from(`{"adapter_meta":${"[".repeat(500_000)}`), RESERVED));
  });
});

/** Every statement with its place, sorted: facts by their name, all others as they stand in `adapter_meta`. Null says nothing. */
function said(metadata: JsonObject): string[] {
  const { adapter_meta: own, ...others } = metadata;
  const isFact = (key: string) => FACTS.some((fact) => fact === key);
  return [
    ...Object.entries(others),
    ...Object.entries(objectOf(own) ?? {}).map(([key, value]) => [key, value, 0] as const),
  ]
    .filter(([key, value, isOwn]) => value !== null || isOwn === 0 || !isFact(key))
    .map(([key, value, isOwn]) => {
      const place = isFact(key) && isOwn !== 0 ? "fact" : "other";
      const isNumber = place === "fact" && ["transport_status", "elapsed_ms"].includes(key);
      // Both are numbers to whoever reads them: 200.0 is 200.
      const text = isNumber ? String(Number(canonicalJson(value))) : canonicalJson(value);
      return `${place} ${key} ${text}`;
    })
    .sort();
}
