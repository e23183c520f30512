import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { canonicalJson, type JsonObject, type JsonValue, parseJson } from "../src/canonical-json.ts";
import { isDataioError } from "../src/errors.ts";
import {
  checkRequestHash,
  isChecksum,
  type RequestIdentity,
  requestHash,
  requestHashInForm,
  sha256Hex,
} from "../src/identity.ts";

interface Vector {
  readonly name: string;
  readonly kind: string;
  readonly method: string;
  readonly params: JsonValue;
  readonly body: JsonValue;
  readonly params_json: string | null;
  readonly body_json: string | null;
  readonly js_safe: boolean;
  readonly canonical_json: string;
  readonly hash020: string;
  readonly hash020_py310: string;
  readonly hash030: readonly {
    readonly as_of_bucket: string | null;
    readonly cache_tag: string | null;
    readonly canonical_json: string;
    readonly hash: string;
  }[];
}

interface SessionVector {
  readonly call: { readonly params?: JsonObject | null; readonly body?: JsonObject | null };
  readonly stored_params_json: string;
  readonly stored_body_json: string | null;
  readonly stored_method: string;
  readonly hash020: string;
}

interface PythonVector {
  readonly name: string;
  readonly canonical_json?: string;
  readonly hash020?: string;
}

const fixture: { cases: Vector[]; via_session: SessionVector[]; python_only: PythonVector[] } = JSON.parse(
  readFileSync(new URL("./fixtures/request-hash.json", import.meta.url), "utf8"),
);

/** The identity of a stored row. */
function stored(vector: Pick<Vector, "kind" | "method" | "params_json" | "body_json">): RequestIdentity {
  const params = parseJson(vector.params_json ?? "null");
  const body = parseJson(vector.body_json ?? "null");
  return { kind: vector.kind, method: vector.method, params, body };
}

function expectHashes(identity: RequestIdentity, vector: Vector): void {
  expect(canonicalJson({ params: identity.params, body: identity.body })).toBe(vector.canonical_json);
  expect(requestHash(identity)).toBe(vector.hash020);
  expect(requestHashInForm(identity, "0.2")).toBe(vector.hash020);
  expect(requestHashInForm(identity, "python-3.10")).toBe(vector.hash020_py310);
  for (const { as_of_bucket: asOfBucket, cache_tag: cacheTag, hash } of vector.hash030) {
    const extended = { ...identity, asOfBucket, cacheTag };
    expect(requestHashInForm(extended, "0.3")).toBe(hash);
    expect(requestHash(extended)).toBe(asOfBucket === null && cacheTag === null ? vector.hash020 : hash);
  }
}

describe("requestHash", () => {
  it.each(fixture.cases)("agrees with Python on $name, from the stored text", (vector) => {
    expectHashes(stored(vector), vector);
  });

  it.each(fixture.cases.filter((vector) => vector.js_safe))("agrees with Python on $name, from values", (vector) => {
    expectHashes(vector, vector);
  });

  it.each(fixture.via_session)("agrees with a Python session on $call", (vector) => {
    const { params, body } = vector.call;
    const call = { kind: "via_session", method: vector.stored_method, params: params ?? {}, body: body ?? null };
    expect(requestHash(call)).toBe(vector.hash020);
    const row = { ...call, params_json: vector.stored_params_json, body_json: vector.stored_body_json };
    expect(requestHash(stored(row))).toBe(vector.hash020);
  });

  it.each<[string, string, JsonValue]>([
    ["params={'x': nan, 'y': inf, 'z': -inf}", "k", { x: Number.NaN, y: Infinity, z: -Infinity }],
    ["bool/None keys {True:1}", "k", { true: 1 }],
    ["None key", "k", { null: 1 }],
    ["float key {1.0:1}", "k", { "1.0": 1 }],
    ["tuple value", "k", { t: [1, 2] }],
    ["str-Enum value", "k", { e: "a-value" }],
    ["kind=None", "None", {}],
  ])("agrees with Python on %s", (name, kind, params) => {
    const expected = fixture.python_only.find((vector) => vector.name === name)?.hash020;
    expect(requestHash({ kind, method: "GET", params, body: null })).toBe(expected);
  });

  it("tells an empty bucket from none", () => {
    const identity = { kind: "k", method: "GET", params: {}, body: null };
    expect(requestHash({ ...identity, asOfBucket: "" })).not.toBe(requestHash(identity));
    expect(requestHash({ ...identity, asOfBucket: null, cacheTag: null })).toBe(requestHash(identity));
  });

  it("refuses a kind with a lone surrogate, as Python does", () => {
    const call = () => requestHash({ kind: "k\ud800", method: "GET", params: {}, body: null });
    expect(call).toThrow(expect.toSatisfy((error) => isDataioError(error, "JSON_INVALID")));
  });
});

describe("checkRequestHash", () => {
  const row = (vector: Vector, hash: string | null) => ({
    kind: vector.kind,
    method: vector.method,
    paramsJson: vector.params_json,
    bodyJson: vector.body_json,
    hash,
  });

  it.each(fixture.cases)("recognises every writer's form of $name", (vector) => {
    const match = (form: string, bucket: string | null = null) => ({ state: "match", form, bucket });
    expect(checkRequestHash(row(vector, vector.hash020))).toEqual(match("0.2"));
    expect(checkRequestHash(row(vector, vector.hash020_py310))).toEqual(match("python-3.10"));
    expect(vector.hash030.length).toBeGreaterThan(0);
    for (const { as_of_bucket: bucket, cache_tag: tag, hash } of vector.hash030) {
      const buckets = ["2025-10-22", ...(bucket === null ? [] : [bucket])];
      const expected =
        tag !== null
          ? { state: "mismatch", expected: vector.hash020 }
          : bucket === null
            ? match("0.3")
            : match("0.3-bucket", bucket);
      expect(checkRequestHash(row(vector, hash), buckets)).toEqual(expected);
    }
  });

  const simple = { kind: "k", method: "GET", paramsJson: '{"b": 1.10, "a": [ ]}', bodyJson: null };
  const simpleHash = sha256Hex('k:RequestMethod.GET:{"body":null,"params":{"a":[],"b":1.1}}');

  it("compares what a column means, not how it is spaced", () => {
    expect(checkRequestHash({ ...simple, hash: simpleHash })).toMatchObject({ state: "match", form: "0.2" });
  });

  it("recognises integer keys, which Python sorted as integers", () => {
    const vector = fixture.python_only.find(({ name }) => name.startsWith("int keys"));
    const request = { ...simple, paramsJson: '{"9":"b","10":"a"}', hash: vector?.hash020 ?? "" };
    expect(checkRequestHash(request)).toEqual({ state: "match", form: "0.2", bucket: null });
  });

  it("reports what it expected when nothing fits, or when there is no hash", () => {
    const wrong = { state: "mismatch", expected: simpleHash };
    expect(checkRequestHash({ ...simple, hash: "0".repeat(64) }, ["2025-10-22"])).toEqual(wrong);
    expect(checkRequestHash({ ...simple, hash: simpleHash.toUpperCase() })).toEqual(wrong);
    expect(checkRequestHash({ ...simple, hash: null })).toEqual({ state: "absent", expected: simpleHash });
  });

  it.each(["", '{"a":', "{'a':1}"])("says that %j cannot be checked, and which column it is", (text) => {
    const broken = { ...simple, bodyJson: text };
    const check = checkRequestHash({ ...broken, hash: simpleHash });
    expect(check).toMatchObject({ state: "uncheckable", reason: expect.stringContaining("body_json") });
    expect(checkRequestHash({ ...broken, hash: null })).toEqual({ state: "absent", expected: null });
  });
});

describe("checksums", () => {
  it("hashes bytes, and texts as UTF-8", () => {
    expect(sha256Hex(new Uint8Array())).toBe("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    expect(sha256Hex("größe 😀")).toBe(sha256Hex(Buffer.from("größe 😀", "utf8")));
    expect(() => sha256Hex("\udc00")).toThrow(expect.toSatisfy((error) => isDataioError(error, "JSON_INVALID")));
  });

  it("takes nothing but 64 lower-case hex digits for a checksum", () => {
    const checksum = sha256Hex("x");
    expect(isChecksum(checksum)).toBe(true);
    const others = [
      checksum.toUpperCase(),
      checksum.slice(1),
      `${checksum}0`,
      `${checksum}\n`,
      "../dataio.sqlite",
      "",
      null,
      7,
    ];
    expect(others.filter(isChecksum)).toEqual([]);
  });
});
