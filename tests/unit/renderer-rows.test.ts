import { describe, expect, it } from "vitest";
import { countLoaded, itemAt, type Placed } from "../../src/renderer/state/placed-list.ts";
import { createRowsStore, NEWEST_FIRST, NO_FILTER, rowKey } from "../../src/renderer/state/rows.ts";
import { extendTo, NOTHING_SELECTED, selectOnly, toggle } from "../../src/renderer/state/selection.ts";
import { type Client, createClient } from "../../src/shared/client.ts";
import { type BrowseRow, methods } from "../../src/shared/contract.ts";
import type { ClientMessage, HostMessage } from "../../src/shared/wire.ts";

function row(id: number): BrowseRow {
  return {
    ref: { type: "response", id: String(id) },
    time: new Date(id * 1000).toISOString(),
    sessionId: "s",
    sessionInferred: false,
    source: "source",
    requestId: "r",
    requestInferred: false,
    kind: "kind",
    method: "GET",
    status: "ok",
    responseId: String(id),
    sequence: null,
    checksum: null,
    sizeBytes: id,
    mediaType: null,
    durationMs: null,
    sharedMetadata: false,
    payload: "ok",
    orphan: false,
    failure: null,
  };
}

/** A host that holds rows with the ids 1 to `count`, newest first, and answers calls when it is told to. */
function startHost(count: number) {
  let rows = Array.from({ length: count }, (_, index) => row(count - index));
  let held: (() => void)[] | null = null;
  const calls: { start: unknown; limit: unknown; sessionId: unknown; by: unknown }[] = [];
  const cancelled: number[] = [];
  let failing = false;
  let short = false;
  let by: "index" | "tables" = "tables";
  let tell: (message: HostMessage) => void = () => {};

  const answer = (message: Extract<ClientMessage, { type: "call" }>) => {
    const { cursor, start: from = 0, limit, sessionId, by: goesOn } = methods["rows.list"].parse(message.params);
    calls.push({ start: from, limit, sessionId, by: goesOn });
    if (failing) {
      const error = { code: "IO_FAILED", message: "disk", details: {} };
      return tell({ type: "result", id: message.id, ok: false, error });
    }
    const start = cursor === null ? from : rows.findIndex((item) => item.ref.id === cursor) + 1;
    const items = rows.slice(start, start + limit - (short ? 1 : 0));
    const nextCursor = start + limit < rows.length ? (rows[start + limit - 1]?.ref.id ?? null) : null;
    tell({ type: "result", id: message.id, ok: true, value: { items, nextCursor, total: rows.length, by } });
  };
  const client: Client = createClient({
    send(message) {
      if (message.type === "cancel") cancelled.push(message.id);
      else if (held !== null) held.push(() => answer(message));
      else queueMicrotask(() => answer(message));
    },
    onMessage(listener) {
      tell = listener;
      return () => {};
    },
  });
  return {
    client,
    calls,
    cancelled,
    add(amount: number) {
      const newest = Number(rows[0]?.ref.id ?? 0);
      rows = [...Array.from({ length: amount }, (_, index) => row(newest + amount - index)), ...rows];
    },
    /** Rows that are counted, and are gone when a page is read. */
    leaveOut(on: boolean) {
      short = on;
    },
    fail(on: boolean) {
      failing = on;
    },
    /** The index has become ready, and gives a row another place: it was the last one and is the first. */
    orderByIndex() {
      by = "index";
      rows = [...rows.slice(-1), ...rows.slice(0, -1)];
    },
    hold() {
      held = [];
    },
    release() {
      const waiting = held ?? [];
      held = null;
      for (const go of waiting) go();
    },
  };
}

const listing = { archiveId: "a", sessionId: null, filter: NO_FILTER, sort: NEWEST_FIRST };
/** Null stands where no row is loaded. */
const ids = (items: Placed<BrowseRow>) =>
  Array.from({ length: items.length }, (_, place) => Number(itemAt(items, place)?.ref.id ?? Number.NaN) || null);

describe("the rows of the table", () => {
  it("come from wherever one looks, as many as are seen first, then what lies around", async () => {
    const host = startHost(5000);
    const rows = createRowsStore(host.client);
    await rows.getState().show(listing);
    expect(rows.getState()).toMatchObject({ phase: "ready", total: 5000, items: { length: 5000 } });
    expect(countLoaded(rows.getState().items)).toBe(60);
    await rows.getState().need(2590, 2610);
    const items = ids(rows.getState().items);
    expect(items.slice(2590, 2611)).toEqual(Array.from({ length: 21 }, (_, at) => 5000 - 2590 - at));
    expect(host.calls.map((call) => [call.start, call.limit])).toEqual([
      [0, 60],
      [2590, 60],
      // Around them, pages end where they always do.
      [2650, 150],
      [2440, 150],
    ]);
    expect(items.indexOf(null)).toBe(60);
    await rows.getState().need(2590, 2610);
    expect(host.calls).toHaveLength(4);
    // Going up, what is above is looked for first; nothing is loaded twice.
    await rows.getState().need(2450, 2470);
    await rows.getState().need(2700, 2720);
    expect(host.calls.slice(4)).toMatchObject([
      { start: 2300, limit: 100 },
      { start: 2400, limit: 40 },
      { start: 2800, limit: 200 },
    ]);
  });

  it("that went out of sight before they came are not waited for", async () => {
    const host = startHost(100_000);
    const rows = createRowsStore(host.client);
    await rows.getState().show(listing);
    const looks = [20_000, 40_000, 60_000, 80_000].map((place) => rows.getState().need(place, place + 30));
    await Promise.all(looks);
    expect(host.calls.map((call) => call.start)).toEqual([0, 20_000, 80_000, 80_060, 79_850]);
    expect(itemAt(rows.getState().items, 80_000)?.ref.id).toBe("20000");
    expect(itemAt(rows.getState().items, 40_000)).toBeUndefined();
  });

  it("are those of one order when a part comes by another one than what is there", async () => {
    const host = startHost(2000);
    const rows = createRowsStore(host.client);
    await rows.getState().show(listing);
    expect(ids(rows.getState().items)[0]).toBe(2000);
    host.orderByIndex();
    await rows.getState().need(40, 300);
    const listed = ids(rows.getState().items).filter((id) => id !== null);
    expect(listed.slice(0, 301)).toEqual([1, ...Array.from({ length: 300 }, (_, at) => 2000 - at)]);
    expect(new Set(listed).size).toBe(listed.length);
    await rows.getState().load(1500, 1999);
    expect(itemAt(rows.getState().items, 1999)?.ref.id).toBe("2");
    // Each page says how the list goes on, so that the host does not change it where both orders can be had; a new list may.
    await rows.getState().reload();
    const told = host.calls.map(({ by }) => by ?? "nothing").join(" ");
    expect(told).toMatch(/^nothing( tables)+( index)+ nothing$/);
  });

  it("are those of one order when the index becomes ready before anything else was loaded, or while much came in", async () => {
    for (const came of [0, 3, 1500]) {
      const host = startHost(2000);
      const rows = createRowsStore(host.client);
      await rows.getState().show(listing);
      await rows.getState().need(0, 400);
      host.add(came);
      host.orderByIndex();
      await rows.getState().refresh();
      const { items, outdatedBy } = rows.getState();
      expect({ length: items.length, outdatedBy }).toEqual({ length: 2000 + came, outdatedBy: null });
      await rows.getState().need(0, 400);
      const expected = [1, ...Array.from({ length: 400 }, (_, at) => 2000 + came - at)];
      expect(ids(rows.getState().items).slice(0, 401)).toEqual(expected);
    }
  });

  it("are all there from one place to another when all are asked for", async () => {
    const host = startHost(1000);
    const rows = createRowsStore(host.client);
    await rows.getState().show(listing);
    await rows.getState().load(0, 5000);
    expect(ids(rows.getState().items)).toEqual(Array.from({ length: 1000 }, (_, index) => 1000 - index));
    expect(host.calls.map((call) => call.limit)).toEqual([60, 500, 440]);
  });

  it("stand where they belong when others came in above before anybody said so", async () => {
    const host = startHost(1000);
    const rows = createRowsStore(host.client);
    await rows.getState().show(listing);
    host.add(3);
    await rows.getState().need(600, 620);
    expect(rows.getState().total).toBe(1003);
    await rows.getState().need(600, 620);
    const items = ids(rows.getState().items);
    expect(items.slice(600, 621)).toEqual(Array.from({ length: 21 }, (_, at) => 1003 - 600 - at));
    expect(items.every((id, place) => id === null || id === 1003 - place)).toBe(true);
  });

  it("that are not given are not asked for again and again", async () => {
    const host = startHost(1000);
    const rows = createRowsStore(host.client);
    await rows.getState().show(listing);
    host.leaveOut(true);
    await rows.getState().need(590, 610);
    await rows.getState().load(590, 610);
    const { length } = host.calls;
    expect(length).toBeLessThan(8);
    expect(itemAt(rows.getState().items, 595)?.ref.id).toBe("405");
  });

  it("of an earlier list are not taken for those of the new one", async () => {
    const host = startHost(300);
    const rows = createRowsStore(host.client);
    host.hold();
    const first = rows.getState().show(listing);
    const second = rows.getState().show({ ...listing, sessionId: "other" });
    expect(host.cancelled).toEqual([1]);
    host.release();
    await Promise.all([first, second]);
    expect(rows.getState().listing?.sessionId).toBe("other");
    expect(countLoaded(rows.getState().items)).toBe(60);
  });

  it("that are new stand at the top, and those below keep their place", async () => {
    const host = startHost(1000);
    const rows = createRowsStore(host.client);
    await rows.getState().show(listing);
    await rows.getState().load(60, 399);
    await rows.getState().load(800, 899);
    host.add(3);
    await rows.getState().refresh();
    const known = (place: number) => place < 403 || (place >= 803 && place < 903);
    expect(ids(rows.getState().items)).toEqual(
      Array.from({ length: 1003 }, (_, place) => (known(place) ? 1003 - place : null)),
    );
    expect(rows.getState()).toMatchObject({ total: 1003, outdatedBy: null });
    await rows.getState().load(400, 405);
    expect(ids(rows.getState().items).slice(400, 406)).toEqual([603, 602, 601, 600, 599, 598]);
  });

  it("that came in by the hundreds are read until the known ones follow", async () => {
    const host = startHost(300);
    const rows = createRowsStore(host.client);
    await rows.getState().show(listing);
    host.add(500);
    await rows.getState().refresh();
    const expected = Array.from({ length: 800 }, (_, place) => (place < 600 ? 800 - place : null));
    expect(ids(rows.getState().items)).toEqual(expected);
  });

  it("wait for the person when there are too many new ones", async () => {
    const host = startHost(300);
    const rows = createRowsStore(host.client);
    await rows.getState().show(listing);
    host.add(5000);
    await rows.getState().refresh();
    expect(rows.getState().outdatedBy).toBe(5000);
    expect(countLoaded(rows.getState().items)).toBe(60);
    await rows.getState().reload();
    expect(rows.getState()).toMatchObject({ outdatedBy: null, total: 5300 });
  });

  it("are left alone in another order; their number is told", async () => {
    const host = startHost(300);
    const rows = createRowsStore(host.client);
    await rows.getState().show({ ...listing, sort: { column: "size", direction: "desc" } });
    const before = rows.getState().items;
    host.add(2);
    await rows.getState().refresh();
    expect(rows.getState().items).toBe(before);
    expect(rows.getState().outdatedBy).toBe(2);
  });

  it("far from sight are let go of, but for what is kept and the top, so that new ones still find their place", async () => {
    const host = startHost(100_000);
    const rows = createRowsStore(host.client, ({ ref }) => ref.id === "89990");
    await rows.getState().show(listing);
    await rows.getState().load(10_000, 59_999);
    expect(countLoaded(rows.getState().items)).toBeGreaterThan(50_000);
    await rows.getState().need(90_000, 90_030);
    const known = () => rows.getState().items;
    expect(countLoaded(known())).toBeLessThan(21_000);
    // What is farthest goes first.
    expect([0, 10_010, 20_000, 59_000, 90_010].map((place) => itemAt(known(), place)?.ref.id ?? null)).toEqual([
      "100000",
      "89990",
      null,
      "41000",
      "9990",
    ]);
    host.add(3);
    await rows.getState().refresh();
    expect(rows.getState()).toMatchObject({ outdatedBy: null, total: 100_003 });
    expect(itemAt(known(), 90_013)?.ref.id).toBe("9990");
    await rows.getState().need(20_000, 20_030);
    expect(itemAt(known(), 20_000)?.ref.id).toBe("80003");
  });

  it("that come while the first page is under way are not missed", async () => {
    const host = startHost(5);
    const rows = createRowsStore(host.client);
    host.hold();
    const shown = rows.getState().show(listing);
    const refreshed = rows.getState().refresh();
    host.release();
    host.add(1);
    await Promise.all([shown, refreshed]);
    expect(ids(rows.getState().items)).toEqual([6, 5, 4, 3, 2, 1]);
  });

  it("say why they could not be read, and come when it is tried again", async () => {
    const host = startHost(500);
    const rows = createRowsStore(host.client);
    host.fail(true);
    await rows.getState().show(listing);
    expect(rows.getState()).toMatchObject({ phase: "failed", error: { code: "IO_FAILED" } });
    host.fail(false);
    await rows.getState().reload();
    expect(rows.getState().phase).toBe("ready");
    host.fail(true);
    await rows.getState().need(290, 300);
    expect(rows.getState()).toMatchObject({ phase: "ready", moreError: { code: "IO_FAILED" } });
    host.fail(false);
    await rows.getState().retry();
    expect(rows.getState().moreError).toBeNull();
    expect(ids(rows.getState().items).slice(140, 451)).not.toContain(null);
  });
});

describe("selecting rows", () => {
  const rows = [5, 4, 3, 2, 1].map(row);
  const refOf = (id: number) => row(id).ref;
  const keys = (selection: { selected: ReadonlyMap<string, unknown> }) => [...selection.selected.keys()];

  it("extends from the anchor in both directions", () => {
    const from = selectOnly(refOf(3));
    expect(keys(extendTo(from, refOf(1), rows))).toEqual(["response:3", "response:2", "response:1"]);
    const up = extendTo(extendTo(from, refOf(1), rows), refOf(5), rows);
    expect(keys(up)).toEqual(["response:5", "response:4", "response:3"]);
    expect(up.active).toEqual(refOf(5));
  });

  it("toggles single rows", () => {
    const both = toggle(selectOnly(refOf(5)), refOf(2));
    expect(keys(both)).toEqual(["response:5", "response:2"]);
    expect(keys(toggle(both, refOf(5)))).toEqual(["response:2"]);
  });

  it("begins anew when the anchor is not loaded", () => {
    expect(keys(extendTo(NOTHING_SELECTED, refOf(2), rows))).toEqual(["response:2"]);
    expect(keys(extendTo(selectOnly(refOf(99)), refOf(2), rows))).toEqual(["response:2"]);
  });

  it("tells rows of different tables with the same id apart", () => {
    expect(rowKey({ type: "response", id: "1" })).not.toBe(rowKey({ type: "request", id: "1" }));
  });
});
