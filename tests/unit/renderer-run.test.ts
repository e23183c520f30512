/** The page of a run: its list as changes come in, what it lists of it, and its words. */
import { describe, expect, it } from "vitest";
import { createLines, IN_ORDER, isOfPart, runLines } from "../../src/renderer/features/run/run-list.ts";
import {
  type FetchDetail,
  spokenCounts,
  spokenRate,
  spokenReason,
  spokenRest,
  spokenState,
  stateLook,
} from "../../src/renderer/features/run/spoken.ts";
import { selectByPage } from "../../src/renderer/state/page-selection.ts";
import { createRunStore, rowOfItem } from "../../src/renderer/state/run.ts";
import { createSelectionStore, selectOnly } from "../../src/renderer/state/selection.ts";
import { createUiStore } from "../../src/renderer/state/ui.ts";
import { createClient } from "../../src/shared/client.ts";
import type { ChangedFetchItems, FetchItem } from "../../src/shared/contract.ts";
import type { HostMessage } from "../../src/shared/wire.ts";

type State = FetchItem["state"];

const acquired = (change: "new" | "changed" | "unchanged", sizeBytes: number | null = 10, attempts = 1): State => ({
  status: "acquired",
  row: { type: "response", id: "r" },
  attempts,
  sizeBytes,
  durationMs: 5,
  change,
  previous: change === "new" ? null : { type: "response", id: "p" },
});
const failed: State = {
  status: "failed",
  row: null,
  attempts: 3,
  error: { code: "NETWORK_FAILED", message: "connection refused", details: {} },
};
const item = (state: State, label = "/"): FetchItem => ({ kind: "k", method: "GET", label, state });
const queued = item({ status: "queued" });

describe("the list of a run", () => {
  /** A host that answers `fetch.items` as `answer` says, when it is told to. */
  function startHost(answer: (jobId: string, since: number) => ChangedFetchItems | null) {
    let tell: (message: HostMessage) => void = () => {};
    const waiting: (() => void)[] = [];
    const asked: string[] = [];
    const client = createClient({
      send(message) {
        if (message.type === "cancel") return;
        const { jobId, since } = message.params as { readonly jobId: string; readonly since: number };
        asked.push(`${jobId} ${since}`);
        waiting.push(() => {
          const value = answer(jobId, since);
          const error = { code: "JOB_UNKNOWN", message: "There is no such job.", details: {} };
          tell({ type: "result", id: message.id, ...(value === null ? { ok: false, error } : { ok: true, value }) });
        });
      },
      onMessage(listener) {
        tell = listener;
        return () => {};
      },
    });
    const settle = async () => {
      for (let step = waiting.shift(); step !== undefined; step = waiting.shift()) {
        step();
        await new Promise((resolve) => setTimeout(resolve));
      }
    };
    return { run: createRunStore(client), asked, settle };
  }
  const all = (revision: number, more: boolean, ...items: [number, FetchItem][]): ChangedFetchItems => ({
    items: items.map(([place, one]) => ({ place, item: one })),
    revision,
    more,
  });

  it("comes in parts without holes, and then only as it changes", async () => {
    const parts = [
      all(2, true, [0, queued], [2, queued]),
      all(4, false, [1, queued], [3, queued]),
      all(4, false),
      all(5, false, [2, item(acquired("new"))]),
    ];
    const { run, asked, settle } = startHost(() => parts.shift() ?? null);
    const seen: number[] = [];
    run.subscribe(({ items }) => void seen.push(items.length));
    const shown = run.getState().show("a");
    await settle();
    await shown;
    expect(run.getState()).toMatchObject({ phase: "ready", error: null });
    expect(Math.max(...seen.slice(0, 2))).toBe(1);
    // Asked for three times while one is on its way: that is one more.
    for (let time = 0; time < 3; time += 1) void run.getState().refresh();
    await settle();
    expect(asked).toEqual(["a 0", "a 2", "a 4", "a 4"]);
    expect(run.getState().items.map(({ state }) => state.status)).toEqual(["queued", "queued", "acquired", "queued"]);
  });

  it("is that of the job which is shown, whatever an earlier one brings late", async () => {
    const { run, asked, settle } = startHost((jobId) => all(1, false, [0, item({ status: "queued" }, jobId)]));
    void run.getState().show("a");
    run.getState().activate(0);
    void run.getState().show("b");
    expect(run.getState()).toMatchObject({ jobId: "b", items: [], activePlace: null });
    await settle();
    expect(asked).toEqual(["a 0", "b 0"]);
    expect(run.getState().items.map(({ label }) => label)).toEqual(["b"]);
    void run.getState().show("a");
    void run.getState().show("b");
    void run.getState().show("a");
    await settle();
    expect(run.getState()).toMatchObject({ jobId: "a", phase: "ready" });
    expect(run.getState().items.map(({ label }) => label)).toEqual(["a"]);
  });

  it("stays as it was when it can be had no longer", async () => {
    let isKnown = true;
    const { run, settle } = startHost(() => (isKnown ? all(1, false, [0, queued]) : null));
    void run.getState().show("a");
    await settle();
    isKnown = false;
    void run.getState().refresh();
    await settle();
    expect(run.getState()).toMatchObject({ phase: "failed", error: { code: "JOB_UNKNOWN" }, items: [queued] });
  });
});

describe("the lines of a run", () => {
  const items = [
    item(acquired("unchanged", 10), "/b"),
    item(failed, "/c"),
    item(acquired("changed", 30, 2), "/a"),
    item({ status: "running", attempt: 2, retry: { waitMs: 1500, reason: "status 429" } }, "/d"),
    queued,
    item(acquired("new", null), "/b"),
  ];
  const lines = createLines()(items);
  const places = (...args: Parameters<typeof runLines>) => runLines(...args).map(({ place }) => place);

  it("are those of a part, in any order; what has no value comes last", () => {
    expect(places(lines, null, IN_ORDER)).toEqual([0, 1, 2, 3, 4, 5]);
    expect(places(lines, null, { column: "place", direction: "desc" })).toEqual([5, 4, 3, 2, 1, 0]);
    expect(places(lines, null, { column: "size", direction: "desc" })).toEqual([2, 0, 1, 3, 4, 5]);
    expect(places(lines, null, { column: "size", direction: "asc" })).toEqual([0, 2, 1, 3, 4, 5]);
    expect(places(lines, null, { column: "state", direction: "asc" })).toEqual([3, 4, 1, 2, 5, 0]);
    expect(places(lines, null, { column: "request", direction: "asc" })).toEqual([4, 2, 0, 5, 1, 3]);
    expect(places(lines, "retried", IN_ORDER)).toEqual([1, 2, 3]);
    expect(places(lines, "failed", IN_ORDER)).toEqual([1]);
    for (const part of ["new", "changed", "unchanged", "running", "queued"] as const) {
      expect(items.filter((one) => isOfPart(one, part)).length).toBe(1);
    }
  });

  it("are the same objects until their requests change", () => {
    const linesOf = createLines();
    const before = linesOf(items);
    const after = linesOf(items.with(4, item(acquired("new"))));
    expect(after.map((line, place) => line === before[place])).toEqual([true, true, true, true, false, true]);
  });

  it("say how they stand and why, and where their response is", () => {
    expect(items.map(spokenState)).toEqual([
      "fetched, unchanged",
      "failed",
      "fetched, changed",
      "fetching… (attempt 2)",
      "waiting",
      "fetched, new",
    ]);
    expect(items.map(spokenReason)).toEqual([null, "connection refused", null, "after 1.50 s: status 429", null, null]);
    // No two that differ look alike: colour is never the only sign.
    expect(new Set(items.slice(1, 5).map((one) => stateLook(one).sign)).size).toBe(4);
    expect(items.map((one) => rowOfItem(one) !== null)).toEqual([true, false, true, false, false, true]);
  });
});

it("a run says what came of it, how fast it is and how long it will take", () => {
  const none = { queued: 0, running: 0, new: 0, changed: 0, unchanged: 0, reused: 0, failed: 0, cancelled: 0 };
  const counts = { ...none, retried: 0 };
  expect(spokenCounts(counts)).toBe("");
  expect(spokenCounts({ ...counts, new: 1, changed: 1_000, unchanged: 2, failed: 1 })).toBe("1,003 fetched, 1 failed");
  expect(spokenCounts({ ...counts, reused: 2, cancelled: 5 })).toBe("2 from the archive");
  const detail: FetchDetail = {
    kind: "fetch",
    archiveId: "a",
    source: "s",
    sessionId: null,
    counts: { ...counts, queued: 240, running: 10 },
    bytes: 0,
    rate: { requests: 2, bytes: 2_048 },
    only: null,
  };
  expect(spokenRate(detail)).toBe("2.0 requests/s · 2.0 KiB/s");
  expect(spokenRest(detail)).toBe("about 2 m 05 s left");
  expect(spokenRest({ ...detail, rate: { requests: 300, bytes: 0 } })).toBe("about 1 s left");
  expect(spokenRate({ ...detail, rate: { requests: 1_234.5, bytes: 0 } })).toBe("1,235 requests/s · 0 B/s");
  const stopped = { ...detail, rate: { requests: 0, bytes: 0 } };
  expect([spokenRate(stopped), spokenRest(stopped), spokenRest({ ...detail, counts })]).toEqual(["", "", ""]);
});

describe("the selection on the page of a job", () => {
  it("is its own; that of the lists comes back with them, in the same archive", () => {
    let archiveId: string | undefined = "a";
    const [selection, ui] = [createSelectionStore(), createUiStore()];
    const run = createRunStore({ call: () => new Promise(() => {}) });
    const end = selectByPage({ run, selection, ui }, () => archiveId);
    const [listed, ofPage] = [selectOnly({ type: "response", id: "r1" }), selectOnly({ type: "response", id: "r2" })];
    const show = (jobPage: string | null) => ui.getState().set({ jobPage });
    const active = () => selection.getState().active?.id;

    selection.getState().set(listed);
    const { moves } = selection.getState();
    show("job-1");
    expect(selection.getState()).toMatchObject({ active: null, anchor: null, moves });
    expect(selection.getState().selected.size).toBe(0);
    selection.getState().set(ofPage);
    show("job-2");
    expect(active()).toBeUndefined();
    show(null);
    expect([active(), selection.getState().selected.size]).toEqual(["r1", 1]);

    // What a run was left with is selected again; another archive has nothing of it.
    void run.getState().show("job-1");
    run.setState({ items: [item(acquired("new"))], activePlace: 0 });
    show("job-1");
    expect(active()).toBe("r");
    archiveId = "b";
    selection.getState().set(ofPage);
    show(null);
    expect(active()).toBe("r2");
    end();
    show("job-1");
    expect(active()).toBe("r2");
  });
});
