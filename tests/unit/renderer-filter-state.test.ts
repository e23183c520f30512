/** What a filter does to the list, to what is selected, and to the counts beside it. */
import { describe, expect, it } from "vitest";
import { createApp } from "../../src/renderer/state/app.ts";
import { filterBy } from "../../src/renderer/state/filter.ts";
import { createFacetsStore } from "../../src/renderer/state/filter-facets.ts";
import { readFilter } from "../../src/renderer/state/filter-terms.ts";
import { countLoaded, loadedOf } from "../../src/renderer/state/placed-list.ts";
import { NEWEST_FIRST, NO_FILTER } from "../../src/renderer/state/rows.ts";
import { selectAll, selectOnly } from "../../src/renderer/state/selection.ts";
import { createClient } from "../../src/shared/client.ts";
import { type BrowseRow, methods, type RowFilter } from "../../src/shared/contract.ts";
import { printFilter } from "../../src/shared/filter-text.ts";
import type { HostMessage } from "../../src/shared/wire.ts";

const row = (id: number, kind: string) =>
  ({
    ref: { type: "response", id: String(id) },
    time: new Date(Date.UTC(2025, 9, 1) + id * 1000).toISOString(),
    kind,
  }) as unknown as BrowseRow;

/** A host with 500 rows; every tenth is rare. It knows `kind:` and times, and remembers what it was asked. */
function startHost() {
  const all = Array.from({ length: 500 }, (_, at) => row(500 - at, (500 - at) % 10 === 0 ? "rare" : "usual"));
  const asked: string[] = [];
  const cancelled: number[] = [];
  let held: (() => void)[] | null = null;
  let tell: (message: HostMessage) => void = () => {};
  const matches = (filter: RowFilter) => (item: BrowseRow) =>
    filter.every((term) => {
      if (term.key === "time") return item.time.startsWith(term.from ?? "") !== term.not;
      return term.key !== "kind" || (item.kind === term.value) !== term.not;
    });
  const answer = (method: string, params: unknown): unknown => {
    if (method === "facets.list") {
      const { filter } = methods["facets.list"].parse(params);
      return { facets: printFilter(filter), exact: true };
    }
    const { filter = [], cursor, start: first = 0, limit } = methods["rows.list"].parse(params);
    asked.push(printFilter(filter));
    const found = all.filter(matches(filter));
    const start = cursor === null ? first : Number(cursor);
    const end = start + limit;
    const nextCursor = end < found.length ? String(end) : null;
    const items = found.slice(start, end);
    return { items, nextCursor, total: found.length, more: found.length === 500, by: "index" };
  };
  const client = createClient({
    send(message) {
      if (message.type === "cancel") {
        cancelled.push(message.id);
        return;
      }
      const go = () =>
        tell({ type: "result", id: message.id, ok: true, value: answer(message.method, message.params) });
      if (held === null) queueMicrotask(go);
      else held.push(go);
    },
    onMessage(listener) {
      tell = listener;
      return () => {};
    },
  });
  return {
    client,
    asked,
    cancelled,
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

async function start() {
  const host = startHost();
  const app = createApp(host.client, { read: () => null, write: () => {} }, () => {});
  await app.rows.getState().show(listing);
  return { host, app };
}

describe("a filter", () => {
  it("lists what fulfils it and what is typed, and tells when there is more than was counted", async () => {
    const { host, app } = await start();
    expect(app.rows.getState()).toMatchObject({ total: 500, more: true });
    await filterBy(app, readFilter("kind:rare"), readFilter("typed"));
    expect(host.asked.at(-1)).toBe("kind:rare typed");
    expect(app.rows.getState()).toMatchObject({ total: 50, more: false });
    expect(printFilter(app.rows.getState().listing?.filter ?? [])).toBe("kind:rare");
    // What is typed goes on to narrow when another condition comes in beside it.
    await filterBy(app, readFilter("-kind:rare"));
    expect(host.asked.at(-1)).toBe("-kind:rare typed");
  });

  it("that comes later wins, and the earlier one is not waited for", async () => {
    const { host, app } = await start();
    host.hold();
    const first = filterBy(app, readFilter("kind:usual"));
    const second = filterBy(app, readFilter("kind:rare"));
    expect(host.cancelled).toHaveLength(1);
    host.release();
    await Promise.all([first, second]);
    expect(loadedOf(app.rows.getState().items).every((item) => item.kind === "rare")).toBe(true);
  });

  it("keeps of the selection what it lists", async () => {
    const { app } = await start();
    const { items } = app.rows.getState();
    app.select(selectAll(selectOnly({ type: "response", id: "490" }), loadedOf(items)));
    await filterBy(app, readFilter("kind:rare"));
    const { active, selected } = app.selection.getState();
    expect(active?.id).toBe("490");
    // Of the 60 rows that were loaded and selected, every tenth.
    expect(selected.size).toBe(6);
    await filterBy(app, readFilter("kind:usual"));
    expect(app.selection.getState()).toMatchObject({ active: null, selected: new Map() });
  });

  it("keeps the row that is inspected also where it stands further down than is loaded", async () => {
    const { app } = await start();
    await app.rows.getState().load(0, 480);
    app.select(selectOnly({ type: "response", id: "21" }));
    await filterBy(app, readFilter("kind:usual"));
    expect(countLoaded(app.rows.getState().items)).toBe(60);
    expect(app.selection.getState().active?.id).toBe("21");
    await filterBy(app, readFilter("kind:rare"));
    expect(app.selection.getState().active).toBeNull();
  });
});

describe("the counts", () => {
  it("are read once for a list, again when rows came in, and of an earlier list never", async () => {
    const host = startHost();
    let calls = 0;
    const call: typeof host.client.call = (...args) => {
      calls += 1;
      return host.client.call(...args);
    };
    const facets = createFacetsStore({ call });
    const end = facets.getState().watch();
    await facets.getState().load(listing);
    await facets.getState().load({ ...listing, sort: { column: "size", direction: "asc" } });
    expect(calls).toBe(1);
    await facets.getState().refresh();
    expect(calls).toBe(2);
    host.hold();
    const first = facets.getState().load({ ...listing, filter: readFilter("kind:a") });
    const second = facets.getState().load({ ...listing, filter: readFilter("kind:b") });
    host.release();
    await Promise.all([first, second]);
    expect(facets.getState()).toMatchObject({ phase: "ready", facets: { facets: "kind:b" } });
    // Nobody looks any more: they are read when somebody does.
    end();
    await facets.getState().refresh();
    expect(calls).toBe(4);
    await facets.getState().load({ ...listing, filter: readFilter("kind:b") });
    expect(calls).toBe(5);
  });
});
