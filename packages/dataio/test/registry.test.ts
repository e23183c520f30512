import { describe, expect, it } from "vitest";
import type { Fetcher, Sender } from "../src/adapters/adapter.ts";
import { AdapterRegistry } from "../src/registry.ts";

class Prices implements Fetcher {
  async fetch() {
    return Buffer.from("1.10");
  }
}
const orders: Sender = { name: "orders", send: async (_request, payload) => payload };

function registry() {
  const adapters = new AdapterRegistry();
  adapters.register("ibkr", orders);
  adapters.register("databento", new Prices());
  return adapters;
}

describe("AdapterRegistry", () => {
  it("resolves what was registered", () => {
    const adapters = registry();
    expect(adapters.resolve("ibkr")).toBe(orders);
    expect(adapters.has("ibkr")).toBe(true);
    expect(adapters.list()).toEqual(["databento", "ibkr"]);
  });

  it("names the known sources when one is unknown", () => {
    expect(() => registry().resolve("justetf")).toThrow(
      expect.objectContaining({
        code: "ADAPTER_UNKNOWN",
        message: 'No adapter for "justetf"; known are databento, ibkr',
        details: { source: "justetf" },
      }),
    );
    expect(() => new AdapterRegistry().resolve("x")).toThrow("none is registered");
    expect(() => registry().resolve("__proto__")).toThrow(expect.objectContaining({ code: "ADAPTER_UNKNOWN" }));
  });

  it("refuses a second adapter for a source, an empty name, and an adapter that can do nothing", () => {
    const adapters = registry();
    expect(() => adapters.register("ibkr", new Prices())).toThrow(
      expect.objectContaining({ code: "ADAPTER_DUPLICATE" }),
    );
    expect(adapters.resolve("ibkr")).toBe(orders);
    expect(() => adapters.register(" ", orders)).toThrow(expect.objectContaining({ code: "PARAMS_INVALID" }));
    expect(() => adapters.register("idle", { name: "idle" })).toThrow(
      expect.objectContaining({ code: "CAPABILITY_MISSING" }),
    );
    expect(adapters.list()).toEqual(["databento", "ibkr"]);
  });

  it("forgets one source or all", () => {
    const adapters = registry();
    adapters.unregister("ibkr");
    expect(adapters.has("ibkr")).toBe(false);
    expect(() => adapters.unregister("ibkr")).toThrow(expect.objectContaining({ code: "ADAPTER_UNKNOWN" }));
    adapters.clear();
    expect(adapters.list()).toEqual([]);
  });

  it("keeps registries apart", () => {
    registry();
    expect(new AdapterRegistry().list()).toEqual([]);
  });

  it("describes adapters by their description, name or class", () => {
    const adapters = registry();
    adapters.register("files", Object.assign(new Prices(), { name: "local", describe: () => "files below /data" }));
    expect(adapters.describe()).toEqual([
      { source: "databento", adapter: "Prices", capabilities: ["fetch"] },
      { source: "files", adapter: "files below /data", capabilities: ["fetch"] },
      { source: "ibkr", adapter: "orders", capabilities: ["send"] },
    ]);
  });
});
