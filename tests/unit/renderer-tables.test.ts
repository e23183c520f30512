/** The tables of the window: lists under a query, what stays selected, days among rows, columns that are dragged. */
import { describe, expect, it } from "vitest";
import { placeAt } from "../../src/renderer/features/requests/column-drag.ts";
import { placedColumn } from "../../src/renderer/features/requests/column-order.ts";
import { atLine, dayGroups, dayStarts, lineOfRow } from "../../src/renderer/features/requests/day-lines.ts";
import { keepColumns, keptColumns } from "../../src/renderer/features/requests/use-columns.ts";
import { fieldsOf, viewOf } from "../../src/renderer/state/address-sync.ts";
import { PLAIN_VIEW } from "../../src/renderer/state/app.ts";
import { followedSelection, isReadAnew } from "../../src/renderer/state/main-lists.ts";
import { countLoaded, itemAt, loadedOf, placedFrom, withPart } from "../../src/renderer/state/placed-list.ts";
import { createQueryList } from "../../src/renderer/state/query-list.ts";
import { rowKey } from "../../src/renderer/state/rows.ts";
import type { IdentityRow, RowRef } from "../../src/shared/contract.ts";
import { DEFAULT_SETTINGS } from "../../src/shared/default-settings.ts";

/** A host with a list of numbers. It keeps the order that was asked for last. */
function startList(count = 300, isKept: (item: number) => boolean = () => false) {
  const numbers = (from: number, to: number) => Array.from({ length: to - from }, (_, at) => from + at);
  const host = {
    items: numbers(0, count),
    failing: false,
    /** Names what is written; another one when something was. */
    state: 1,
    reads: [] as string[],
    gate: Promise.resolve(),
    kept: { name: "", items: [] as number[] },
    /** The order is kept no more. */
    forget() {
      host.kept = { name: "", items: [] };
    },
  };
  const list = createQueryList<{ readonly name: string }, string, number>(
    async ({ name }, sort, { cursor, start, limit, order }, signal) => {
      host.reads.push(`${name} ${sort} ${start ?? `on ${cursor ?? 0}`}+${limit}`);
      await host.gate;
      signal.throwIfAborted();
      if (host.failing) throw new Error("The disk is gone");
      const now = `state ${host.state}`;
      if (start === undefined) {
        const from = Number(cursor ?? 0);
        const end = from + limit;
        const nextCursor = end < host.items.length ? String(end) : null;
        return { items: host.items.slice(from, end), nextCursor, total: host.items.length, order: now };
      }
      if (order !== host.kept.name) host.kept = { name: now, items: host.items };
      const { items } = host.kept;
      return { items: items.slice(start, start + limit), nextCursor: null, total: items.length, order: host.kept.name };
    },
    String,
    "up",
    isKept,
  );
  return { host, list, numbers, loaded: () => loadedOf(list.getState().items) };
}

/** A gate that the host waits at. */
function closedGate() {
  let open = () => {};
  const gate = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { gate, open };
}

describe("a list under a query", () => {
  it("is read once for a query, anew for another one or another order, and where one looks", async () => {
    const { host, list, numbers, loaded } = startList();
    await list.getState().show({ name: "a" });
    await list.getState().show({ name: "a" });
    expect(list.getState()).toMatchObject({ phase: "ready", items: { length: 300 } });
    expect(loaded()).toEqual(numbers(0, 60));
    await list.getState().load(250, 259);
    expect(loaded()).toEqual(numbers(0, 260));
    await list.getState().sortBy("down");
    await list.getState().show({ name: "b" });
    expect(host.reads).toEqual(["a up on 0+60", "a up on 60+200", "a down on 0+60", "b down on 0+60"]);
    list.getState().clear();
    expect(list.getState()).toMatchObject({ phase: "idle", items: { length: 0 }, query: null, sort: "down" });
  });

  it("stays as it is while the archive changes, until the person wants it anew; then where it is in sight", async () => {
    const { host, list, numbers, loaded } = startList(5000, (item) => item === 1003);
    await list.getState().show({ name: "a" });
    await list.getState().load(1000, 1009);
    await list.getState().need(4000, 4020);
    const { query, order } = list.getState();
    host.items = [9999, ...host.items];
    host.state = 2;
    list.getState().outdate();
    // What is read on belongs to the order that is shown.
    await list.getState().need(3000, 3020);
    expect(list.getState()).toMatchObject({ outdated: true, order, items: { length: 5000 } });
    expect(loaded()).toContain(3010);
    expect(host.kept.items).toHaveLength(5000);
    host.forget();
    const { gate, open } = closedGate();
    host.gate = gate;
    const refreshed = list.getState().refresh();
    expect(list.getState()).toMatchObject({ phase: "loading", outdated: false, order });
    // Written while it was read: it is out of date again.
    list.getState().outdate();
    open();
    await refreshed;
    expect(list.getState()).toMatchObject({ phase: "ready", outdated: true, items: { length: 5001 } });
    // Where one looks, and what is kept; the table knows it for the same list, and keeps its place.
    expect(loaded()).toEqual([...numbers(1002, 1103), ...numbers(2999, 3059)]);
    expect(list.getState().order).not.toBe(order);
    expect(list.getState().query).toBe(query);
    // Who comes back to it sees it up to date, from its top.
    await list.getState().show({ name: "a" });
    expect(list.getState()).toMatchObject({ phase: "ready", outdated: false });
    expect(loaded()).toEqual([9999, ...numbers(0, 59)]);
  });

  it("loses nothing of what is read at the same time", async () => {
    const { list, numbers, loaded } = startList();
    await list.getState().show({ name: "a" });
    await Promise.all([list.getState().load(250, 259), list.getState().load(280, 289)]);
    expect(loaded()).toEqual(numbers(0, 290));
  });

  it("is another one from the part on whose order the host has forgotten", async () => {
    const { host, list, numbers, loaded } = startList(5000, (item) => item === 3);
    await list.getState().show({ name: "a" });
    list.getState().outdate();
    host.items = [...numbers(6000, 6050), ...numbers(0, 5000)];
    host.state = 2;
    host.forget();
    await list.getState().load(4000, 4009);
    expect(list.getState()).toMatchObject({ outdated: false, items: { length: 5050 } });
    // What is kept comes along, where it has not gone far.
    expect(loaded()).toEqual([...numbers(6003, 6050), ...numbers(0, 54), ...numbers(3950, 3960)]);
  });

  it("is out of date again when something was written while the part of another order was under way", async () => {
    const { host, list } = startList(5000);
    await list.getState().show({ name: "a" });
    const { gate, open } = closedGate();
    host.gate = gate;
    const loaded = list.getState().load(4000, 4009);
    list.getState().outdate();
    host.state = 2;
    open();
    await loaded;
    expect(list.getState()).toMatchObject({ order: "state 2", outdated: true });
  });

  it("has all of a long selection again when it is read anew, where it has moved to", async () => {
    const { host, list, loaded } = startList(20_000, (item) => item >= 100 && item < 3_100);
    await list.getState().show({ name: "a" });
    await list.getState().load(100, 3_099);
    await list.getState().need(15_000, 15_020);
    host.items = [...Array.from({ length: 50 }, (_, at) => -1 - at), ...host.items];
    host.state = 2;
    list.getState().outdate();
    await list.getState().refresh();
    const selected = loaded().filter((item) => item >= 100 && item < 3_100);
    expect(selected).toHaveLength(3_000);
    expect(itemAt(list.getState().items, 15_000)).toBe(14_950);
  });

  it("whose range could not be loaded says so until it is tried again, though nothing in sight is missing", async () => {
    const { host, list } = startList(5000);
    await list.getState().show({ name: "a" });
    await list.getState().need(0, 20);
    host.failing = true;
    await list.getState().load(0, 4_000);
    expect(list.getState().moreError).toMatchObject({ message: "The disk is gone" });
    host.failing = false;
    await list.getState().retry();
    expect(list.getState().moreError).toBeNull();
  });

  it("is read on from its top while the archive changes, without an order and with nothing twice", async () => {
    const { host, list, numbers, loaded } = startList(150);
    await list.getState().show({ name: "a" });
    list.getState().outdate();
    host.items = [...numbers(1, 150), 0];
    host.state = 2;
    await list.getState().load(0, 149);
    expect(list.getState()).toMatchObject({ outdated: true, items: { length: 149 } });
    // What stood at the place of the cursor has moved; 0, which came last, is listed already.
    expect(loaded()).toEqual([...numbers(0, 60), ...numbers(61, 150)]);
    expect(host.kept.items).toEqual([]);
  });

  it("lets go of what one is far from, and reads it again where one comes back", async () => {
    const { host, list, loaded } = startList(100_000, (item) => item === 50_010);
    await list.getState().show({ name: "a" });
    for (let place = 0; place < 100_000; place += 1_000) await list.getState().need(place, place + 30);
    await list.getState().load(10_000, 49_999);
    expect(loaded().length).toBeGreaterThan(40_000);
    await list.getState().need(99_000, 99_300);
    const { items } = list.getState();
    expect(countLoaded(items)).toBeLessThan(21_000);
    expect(loaded()).toEqual(expect.arrayContaining([0, 50_010, 99_010, 99_299]));
    expect(loaded()).not.toContain(20_000);
    const { length } = host.reads;
    await list.getState().need(20_000, 20_030);
    expect(host.reads[length]).toBe("a up 20000+60");
    expect(loaded()).toContain(20_030);
  });

  it("says why it could not be read, and why not on", async () => {
    const { host, list, loaded } = startList();
    await list.getState().show({ name: "a" });
    host.failing = true;
    await list.getState().need(200, 210);
    expect(list.getState()).toMatchObject({ phase: "ready", moreError: { message: "The disk is gone" } });
    host.failing = false;
    await list.getState().retry();
    expect(list.getState().moreError).toBeNull();
    expect(loaded()).toContain(205);
    host.failing = true;
    await list.getState().show({ name: "b" });
    expect(list.getState()).toMatchObject({
      phase: "failed",
      items: { length: 0 },
      error: { message: "The disk is gone" },
    });
    host.failing = false;
    await list.getState().show({ name: "b" });
    expect(list.getState()).toMatchObject({ phase: "ready", items: { length: 300 }, error: null });
  });

  it("never shows what an older query brings", async () => {
    const { host, list } = startList();
    const { gate, open } = closedGate();
    host.gate = gate;
    const older = list.getState().show({ name: "a" });
    host.gate = Promise.resolve();
    await list.getState().show({ name: "b" });
    host.items = [7];
    open();
    await older;
    expect(list.getState()).toMatchObject({ phase: "ready", query: { name: "b" }, items: { length: 300 } });
  });
});

const ref = (id: string): RowRef => ({ type: "response", id });
const asked = (requestId: string, newest: string) => ({ requestId, row: { ref: ref(newest) } }) as IdentityRow;
const keys = (...ids: string[]) => new Map(ids.map((id) => [rowKey(ref(id)), ref(id)]));

describe("selected requests", () => {
  it("follow to their newest rows; what is gone stays inspected alone", () => {
    const before = [asked("r1", "a"), asked("r2", "b"), asked("r3", "c")];
    const after = [asked("r2", "b2"), asked("r1", "a")];
    expect(
      followedSelection({ active: ref("b"), anchor: ref("b"), selected: keys("a", "b", "c") }, before, after),
    ).toEqual({ active: ref("b2"), anchor: ref("b2"), selected: keys("a", "b2") });
    expect(followedSelection({ active: ref("c"), anchor: ref("c"), selected: keys("c", "a") }, before, after)).toEqual({
      active: ref("c"),
      anchor: null,
      selected: keys("a", "c"),
    });
  });

  it("that are merely not read where the list was read anew stay selected", () => {
    const [before, after] = [[asked("r1", "a"), asked("r2", "b")], [asked("r2", "b2")]];
    const selection = { active: ref("a"), anchor: ref("a"), selected: keys("a", "b") };
    expect(followedSelection(selection, before, after, false)).toEqual({ ...selection, selected: keys("a", "b2") });
  });

  it("are looked for when the list is another one, also where nothing was written meanwhile", async () => {
    const { host, list } = startList(5_000);
    let anew = 0;
    list.subscribe((now, before) => {
      if (isReadAnew(before, now)) anew += 1;
    });
    await list.getState().show({ name: "a" });
    await list.getState().load(0, 300);
    await list.getState().need(4_000, 4_020);
    expect(anew).toBe(1);
    await list.getState().show({ name: "b" });
    expect(anew).toBe(2);
    host.failing = true;
    await list.getState().refresh();
    expect(list.getState().phase).toBe("failed");
    expect(anew).toBe(2);
  });

  it("that are listed stay selected, though what was listed before them is not known", () => {
    const selection = { active: ref("a"), anchor: ref("a"), selected: keys("a", "b") };
    expect(followedSelection(selection, [], [asked("r1", "a"), asked("r3", "c")])).toEqual({
      ...selection,
      selected: keys("a"),
    });
  });
});

describe("days among rows", () => {
  const rows = ["mon", "mon", "sun", "sat", "sat", "sat"];
  const startsOf = (part: readonly string[]) => dayStarts(part, (day) => day);
  const groups = dayGroups(placedFrom(rows), startsOf, (day) => day.toUpperCase(), false);

  it("are counted where they are read to their end", () => {
    expect(groups).toEqual([
      { label: "MON", first: 0, count: 2 },
      { label: "SUN", first: 2, count: 1 },
      { label: "SAT", first: 3, count: null },
    ]);
    expect(dayGroups(placedFrom(rows), startsOf, String, true).at(-1)).toEqual({ label: "sat", first: 3, count: 3 });
    expect(dayGroups(placedFrom(rows, 9), startsOf, String, true).at(-1)).toEqual({
      label: "sat",
      first: 3,
      count: null,
    });
    expect(dayGroups(placedFrom<string>([]), startsOf, String, true)).toEqual([]);
  });

  it("have no heading where nobody knows where they begin", () => {
    const far = withPart(placedFrom(["mon", "sun"], 20), 10, ["sun", "sat", "fri"], 20);
    expect(dayGroups(far, startsOf, String, true)).toEqual([
      { label: "mon", first: 0, count: 1 },
      // On both sides of what is not read is the same day, so it is that day in between.
      { label: "sun", first: 1, count: 10 },
      { label: "sat", first: 11, count: 1 },
      { label: "fri", first: 12, count: null },
    ]);
    const apart = withPart(placedFrom(["mon", "sun"], 20), 18, ["fri", "thu"], 20);
    expect(dayGroups(apart, startsOf, String, true)).toEqual([
      { label: "mon", first: 0, count: 1 },
      { label: "sun", first: 1, count: null },
      { label: "thu", first: 19, count: 1 },
    ]);
  });

  it("stand on lines of their own, and every row on one", () => {
    const lines = Array.from({ length: rows.length + groups.length + 2 }, (_, line) => atLine(groups, line));
    expect(lines.map((at) => ("row" in at ? at.row : at.group.label))).toEqual([
      "MON",
      0,
      1,
      "SUN",
      2,
      "SAT",
      3,
      4,
      5,
      // Behind what is read come rows that are not.
      6,
      7,
    ]);
    for (const [line, at] of lines.entries()) if ("row" in at) expect(lineOfRow(groups, at.row)).toBe(line);
    expect(atLine([], 4)).toEqual({ row: 4 });
    expect(lineOfRow([], 4)).toBe(4);
  });
});

describe("columns that are dragged", () => {
  const heads = [
    { id: "a", left: 0, right: 100 },
    { id: "b", left: 100, right: 200 },
    { id: "c", left: 200, right: 300 },
  ];

  it("go to the nearest gap, and nowhere when it is their own", () => {
    expect(placeAt(heads, "c", 40)).toEqual({ id: "c", target: "a", side: "before" });
    expect(placeAt(heads, "c", 60)).toEqual({ id: "c", target: "b", side: "before" });
    expect(placeAt(heads, "a", 260)).toEqual({ id: "a", target: "c", side: "after" });
    expect(placeAt(heads, "a", -50)).toBeNull();
    expect(placeAt(heads, "b", 149)).toBeNull();
    expect(placeAt(heads, "b", 240)).toBeNull();
    expect(placeAt(heads, "gone", 50)).toBeNull();
  });

  it("stand beside the one that they were put beside, hidden ones or not", () => {
    const all = ["a", "b", "c", "d"].map((id) => ({ id }));
    expect(placedColumn(all, [], { id: "d", target: "a", side: "after" })).toEqual(["a", "d", "b", "c"]);
    expect(placedColumn(all, ["c", "a"], { id: "a", target: "c", side: "before" })[0]).toBe("a");
    expect(placedColumn(all, [], { id: "d", target: "gone", side: "after" })).toEqual(["a", "b", "c", "d"]);
  });

  it("are kept for each table by itself", () => {
    const change = keepColumns(DEFAULT_SETTINGS, "requests", { hiddenColumns: ["bytes"] });
    const settings = { ...DEFAULT_SETTINGS, tables: change.tables ?? DEFAULT_SETTINGS.tables };
    expect(keptColumns(settings, "requests")).toEqual({ columnWidths: {}, columnOrder: [], hiddenColumns: ["bytes"] });
    expect(keptColumns(settings, "sessions").hiddenColumns).toEqual([]);
    expect(keptColumns(settings, "responses").hiddenColumns).toEqual([]);
    expect(keepColumns(settings, "responses", { columnOrder: ["size"] })).toEqual({ columnOrder: ["size"] });
  });
});

it("an address says which list it is, unless it is that of the responses", () => {
  expect([...fieldsOf({ ...PLAIN_VIEW, main: "requests" })]).toEqual([["view", "requests"]]);
  expect(viewOf(new Map([["view", "sessions"]]))).toEqual({ ...PLAIN_VIEW, main: "sessions" });
  expect(viewOf(new Map([["view", "elsewhere"]]))).toEqual(PLAIN_VIEW);
  expect([...fieldsOf({ ...PLAIN_VIEW, main: "responses" })]).toEqual([]);
});
