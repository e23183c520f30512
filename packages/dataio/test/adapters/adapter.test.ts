import { describe, expect, it } from "vitest";
import {
  type AdapterContext,
  type AdapterRequest,
  adapterRequest,
  capabilitiesOf,
  type Fetcher,
  isFetcher,
  isSender,
  isStreamer,
  type Sender,
  type Streamer,
  toAdapterResult,
} from "../../src/adapters/adapter.ts";
import { canonicalJson, JsonNumber } from "../../src/canonical-json.ts";
import { AdapterResult } from "../../src/model.ts";

const fetcher: Fetcher = { fetch: async () => Buffer.from("x") };
const sender: Sender = { send: async (_request, payload) => payload };
class Everything implements Fetcher, Sender, Streamer {
  async fetch() {
    return Buffer.from("fetched");
  }
  async send(_request: AdapterRequest, payload: Uint8Array) {
    return payload;
  }
  async *stream(_request: AdapterRequest, context: AdapterContext) {
    if (!context.signal.aborted) yield Buffer.from("one");
  }
}

describe("capabilities", () => {
  it("are the methods that an adapter has, own or inherited", () => {
    expect(capabilitiesOf(fetcher)).toEqual(["fetch"]);
    expect(capabilitiesOf(sender)).toEqual(["send"]);
    expect(capabilitiesOf(new Everything())).toEqual(["fetch", "send", "stream"]);
    expect(capabilitiesOf({ name: "nothing" })).toEqual([]);
  });

  it("guard each kind apart", () => {
    expect([isFetcher(fetcher), isSender(fetcher), isStreamer(fetcher)]).toEqual([true, false, false]);
    expect([isFetcher(sender), isSender(sender), isStreamer(sender)]).toEqual([false, true, false]);
    expect(isFetcher(Object.assign({ name: "odd" }, { fetch: "not a function" }))).toBe(false);
  });
});

describe("adapterRequest", () => {
  it("gives exact values beside their texts", () => {
    const row = { kind: "bars", method: "GET", paramsJson: '{"price":30.0}', bodyJson: "[12345678901234567890]" };
    const request = adapterRequest(row);
    expect(request).toMatchObject(row);
    expect(canonicalJson(request.params)).toBe('{"price":30.0}');
    expect(canonicalJson(request.body)).toBe("[12345678901234567890]");
  });

  it("turns None into null and refuses archived text that is not JSON", () => {
    const row = { kind: "k", method: "GET", paramsJson: null, bodyJson: null };
    expect(adapterRequest(row)).toMatchObject({ params: null, body: null, paramsJson: null });
    expect(() => adapterRequest({ ...row, paramsJson: "{" })).toThrow(
      expect.objectContaining({ code: "JSON_INVALID" }),
    );
  });
});

describe("toAdapterResult", () => {
  it("wraps bytes and passes results through", () => {
    const data = Buffer.from([1, 2]);
    expect(toAdapterResult(data)).toEqual(new AdapterResult({ data }));
    const result = new AdapterResult({ data, transportStatus: 201 });
    expect(toAdapterResult(result)).toBe(result);
  });

  it("makes canonical JSON of an object", () => {
    const { data, contentType } = toAdapterResult({ b: new JsonNumber("30.0"), a: "ü" });
    expect(Buffer.from(data).toString()).toBe('{"a":"\\u00fc","b":30.0}');
    expect(contentType).toBe("application/json");
  });

  it.each(['"text"', "[1]", "1", "null"])("refuses %s, which a careless adapter may give back", (json) => {
    expect(() => toAdapterResult(JSON.parse(json))).toThrow(expect.objectContaining({ code: "ADAPTER_FAILED" }));
  });

  it("refuses a result without bytes, and an object without a JSON form", () => {
    const hollow = new AdapterResult(JSON.parse('{"data":"text"}'));
    expect(() => toAdapterResult(hollow)).toThrow(expect.objectContaining({ code: "ADAPTER_FAILED" }));
    expect(() => toAdapterResult(JSON.parse("{}", () => new Map()))).toThrow(
      expect.objectContaining({ code: "JSON_INVALID" }),
    );
  });
});
