import { describe, expect, it } from "vitest";
import { connect } from "../../src/backend/connection.ts";
import { createDispatch } from "../../src/backend/dispatch.ts";
import type { EventName } from "../../src/shared/contract.ts";
import { createMemoryPair } from "../../src/shared/memory-transport.ts";
import type { HostMessage } from "../../src/shared/wire.ts";
import { refusingHandlers } from "../helpers/refusing-handlers.ts";

const refusals = refusingHandlers();

function neverAborted(): AbortSignal {
  return new AbortController().signal;
}

describe("a dispatch", () => {
  it("names the place deep inside the params, and how much more is wrong", async () => {
    const dispatch = createDispatch(refusals, () => undefined);
    const request = { kind: "a", method: "DELETE", paramsJson: 1, bodyJson: null };
    const params = { archiveId: "a", source: "s", adapter: "http", requests: [request], cache: "default" };
    const outcome = await dispatch("fetch.start", params, neverAborted());
    expect(outcome).toMatchObject({
      ok: false,
      error: { code: "BAD_REQUEST", details: { method: "fetch.start", path: "requests.0.method" } },
    });
    expect(outcome.ok ? "" : outcome.error.message).toMatch(
      /^fetch\.start does not accept requests\.0\.method: .*1 more/,
    );
  });

  it("runs nothing for params that do not fit, nor for a call that was given up before", async () => {
    const ran: string[] = [];
    const dispatch = createDispatch(
      {
        ...refusals,
        "archives.close": ({ archiveId }) => {
          ran.push(archiveId);
          return null;
        },
      },
      () => undefined,
    );
    await dispatch("archives.close", { archiveId: "" }, neverAborted());
    const outcome = await dispatch("archives.close", { archiveId: "a" }, AbortSignal.abort());
    expect(outcome).toMatchObject({ ok: false, error: { code: "CANCELLED" } });
    expect(ran).toEqual([]);
    await dispatch("archives.close", { archiveId: "a" }, neverAborted());
    expect(ran).toEqual(["a"]);
  });

  it("hands the handler checked params alone", async () => {
    let seen: unknown;
    const dispatch = createDispatch({
      ...refusals,
      "jobs.cancel": (params) => {
        seen = params;
        return null;
      },
    });
    const hostile = JSON.parse('{"jobId":"j","__proto__":{"polluted":true},"constructor":1}');
    expect(await dispatch("jobs.cancel", hostile, neverAborted())).toEqual({ ok: true, value: null });
    expect(seen).toEqual({ jobId: "j" });
    expect(Reflect.get(Object(seen), "polluted")).toBeUndefined();
  });

  it("names a method that does not exist, however long the name", async () => {
    const dispatch = createDispatch(refusals, () => undefined);
    const outcome = await dispatch("x".repeat(10_000), {}, neverAborted());
    expect(outcome).toMatchObject({ ok: false, error: { code: "UNKNOWN_METHOD" } });
    expect(JSON.stringify(outcome).length).toBeLessThan(300);
  });
});

describe("a connection", () => {
  /** A host whose dispatch answers with `value`, and what its renderer hears. */
  function connected(value: unknown) {
    const pair = createMemoryPair();
    const heard: HostMessage[] = [];
    const logged: string[] = [];
    const listeners = new Set<(name: EventName, payload: unknown) => void>();
    pair.client.onMessage((message) => void heard.push(message));
    const disconnect = connect(
      pair.host,
      {
        dispatch: async () => ({ ok: true, value }),
        onEvent(listener) {
          listeners.add(listener);
          return () => void listeners.delete(listener);
        },
      },
      (message) => void logged.push(message),
    );
    return { ...pair, heard, logged, listeners, disconnect };
  }

  it("answers with INTERNAL when the transport cannot carry the value", async () => {
    const { client, heard, logged } = connected({ size: 1n });
    client.send({ type: "call", id: 1, method: "app.info", params: {} });
    await expect.poll(() => heard.length).toBe(1);
    expect(heard[0]).toMatchObject({ type: "result", id: 1, ok: false, error: { code: "INTERNAL" } });
    expect(logged).toHaveLength(1);
  });

  it("survives an event that the transport cannot carry", async () => {
    const { heard, logged, listeners } = connected(null);
    for (const listener of listeners) listener("settings.changed", { size: 1n });
    for (const listener of listeners) listener("settings.changed", { theme: "dark" });
    await expect.poll(() => heard.length).toBe(1);
    expect(heard[0]).toEqual({ type: "event", name: "settings.changed", payload: { theme: "dark" } });
    expect(logged).toHaveLength(1);
  });

  it("tells the operator about a message that it cannot even answer", async () => {
    const { sendRaw, heard, logged } = connected(null);
    sendRaw({ type: "explode" });
    await expect.poll(() => logged.length).toBe(1);
    expect(logged[0]).toContain("Not a message of this app");
    expect(heard).toEqual([]);
  });

  it("lets an id be used again once its call is over", async () => {
    const { client, heard } = connected(7);
    for (let round = 1; round <= 2; round += 1) {
      client.send({ type: "call", id: 1, method: "app.info", params: {} });
      await expect.poll(() => heard.length).toBe(round);
    }
    expect(heard).toEqual(Array(2).fill({ type: "result", id: 1, ok: true, value: 7 }));
  });

  it("hears nothing any more once it has ended", async () => {
    const { client, heard, disconnect, listeners } = connected(null);
    disconnect();
    disconnect();
    client.send({ type: "call", id: 1, method: "app.info", params: {} });
    await new Promise((resolve) => setImmediate(resolve));
    expect(heard).toEqual([]);
    expect(listeners.size).toBe(0);
  });
});
