/** The tables of the window: lists under a query, what stays selected, days among rows, columns that are dragged. */
import { describe, expect, it } from "vitest";
import { placeAt } from "../../src/renderer/features/requests/column-drag.ts";
import { placedColumn } from "../../src/renderer/features/requests/column-order.ts";
import { atLine, dayGroups, dayStarts, lineOfRow } from "../../src/renderer/features/requests/day-lines.ts";
import { keepColumns, keptColumns } from "../../src/renderer/features/requests/use-columns.ts";
import { fieldsOf, viewOf } from "../../src/renderer/state/address-sync.ts";
import { PLAIN_VIEW } from "../../src/renderer/state/app.ts";
import { followedSelection, isContinued } from "../../src/renderer/state/main-lists.ts";
import { placedFrom, withPart } from "../../src/renderer/state/placed-list.ts";
import { createQueryList } from "../../src/renderer/state/query-list.ts";
import { rowKey } from "../../src/renderer/state/rows.ts";
import type { IdentityRow, RowRef } from "../../src/shared/contract.ts";
import { DEFAULT_SETTINGS } from "../../src/shared/default-settings.ts";

/** A host with a list of numbers, in pages of two. */
function startList() {
  const host = { items: [1, 2, 3, 4, 5], failing: false, reads: [] as string[], gate: Promise.resolve() };
  const list = createQueryList<{ readonly name: string }, string, number>(
    async ({ name }, sort, cursor) => {
      host.reads.push(`${name} ${sort} ${cursor ?? "top"}`);
      await host.gate;
      if (host.failing) throw new Error("The disk is gone");
      const start = Number(cursor ?? 0);
      const items = host.items.slice(start, start + 2);
      const total = host.items.length;
      return { items, nextCursor: start + 2 < total ? String(start + 2) : null, total };
    },
    String,
    "up",
  );
  return { host, list };
}

describe("a list under a query", () => {
  it("is read once for a query, and anew for another one or another order", async () => {
    const { host, list } = startList();
    await list.getState().show({ name: "a" });
    await list.getState().show({ name: "a" });
    expect(list.getState()).toMatchObject({ phase: "ready", items: [1, 2], total: 5, nextCursor: "2" });
    await list.getState().loadThrough(2);
    expect(list.getState().items).toEqual([1, 2, 3, 4]);
    await list.getState().sortBy("down");
    await list.getState().show({ name: "b" });
    expect(host.reads).toEqual(["a up top", "a up 2", "a down top", "b down top"]);
    list.getState().clear();
    expect(list.getState()).toMatchObject({ phase: "idle", items: [], query: null, sort: "down" });
  });

  it("stays as it is while the archive changes, until the person wants it anew; then as far as it was in sight", async () => {
    const { host, list } = startList();
    await list.getState().show({ name: "a" });
    await list.getState().loadThrough(3);
    const { query } = list.getState();
    host.items = [9, 1, 2, 3, 4, 5];
    list.getState().outdate();
    expect(list.getState()).toMatchObject({ outdated: true, items: [1, 2, 3, 4] });
    let open = () => {};
    host.gate = new Promise((resolve) => {
      open = resolve;
    });
    const refreshed = list.getState().refresh(3);
    expect(list.getState()).toMatchObject({ phase: "loading", outdated: false, items: [1, 2, 3, 4] });
    // Written while it was read: it is out of date again.
    list.getState().outdate();
    open();
    await refreshed;
    expect(list.getState()).toMatchObject({ phase: "ready", outdated: true, items: [9, 1, 2, 3], total: 6 });
    // The table knows it for the same list, and keeps its place.
    expect(list.getState().query).toBe(query);
    // Who comes back to it sees it up to date.
    await list.getState().show({ name: "a" });
    expect(list.getState()).toMatchObject({ phase: "ready", outdated: false, items: [9, 1] });
  });

  it("says why it could not be read, and why not on", async () => {
    const { host, list } = startList();
    await list.getState().show({ name: "a" });
    host.failing = true;
    await list.getState().loadThrough(4);
    expect(list.getState()).toMatchObject({
      phase: "ready",
      items: [1, 2],
      moreError: { message: "The disk is gone" },
    });
    await list.getState().show({ name: "b" });
    expect(list.getState()).toMatchObject({ phase: "failed", items: [], error: { message: "The disk is gone" } });
    host.failing = false;
    await list.getState().show({ name: "b" });
    expect(list.getState()).toMatchObject({ phase: "ready", items: [1, 2], error: null });
  });

  it("never shows what an older query brings", async () => {
    const { host, list } = startList();
    let open = () => {};
    host.gate = new Promise((resolve) => {
      open = resolve;
    });
    const older = list.getState().show({ name: "a" });
    host.gate = Promise.resolve();
    await list.getState().show({ name: "b" });
    host.items = [7];
    open();
    await older;
    expect(list.getState()).toMatchObject({ query: { name: "b" }, items: [1, 2], total: 5 });
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

  it("know a list that merely goes on", () => {
    const [one, two, three] = [asked("r1", "a"), asked("r2", "b"), asked("r3", "c")];
    expect(isContinued([one, two], [one, two, three])).toBe(true);
    expect(isContinued([one, two], [one, three])).toBe(false);
    expect(isContinued([one, two], [one])).toBe(false);
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
