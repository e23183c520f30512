/** Where a history's points stand in its chart, how lists are read on, and how an integrity report is put in words. */
import { describe, expect, it } from "vitest";
import {
  layOutChart,
  nearestPoint,
  placesOf,
  scaleLabels,
  stepPath,
} from "../../src/renderer/features/history/chart-layout.ts";
import { groupFindings } from "../../src/renderer/features/integrity/finding-groups.ts";
import { spokenOutcome, spokenStage } from "../../src/renderer/features/integrity/spoken.ts";
import { createPagedList } from "../../src/renderer/state/paged-list.ts";
import { createSparseList } from "../../src/renderer/state/sparse-list.ts";
import type { Finding, HistoryPoint, Page } from "../../src/shared/contract.ts";

const point = (minute: number, sizeBytes: number | null, more: Partial<HistoryPoint> = {}): HistoryPoint => ({
  responseId: `r${minute}`,
  time: `2025-10-01T00:${String(minute).padStart(2, "0")}:00+00:00`,
  status: "ok",
  change: "changed",
  sizeBytes,
  minBytes: sizeBytes,
  maxBytes: sizeBytes,
  count: 1,
  ...more,
});
const SIZE = { width: 120, height: 60, margin: 10 };

describe("the chart", () => {
  it("places points by time and size, and leaves out what has no place", () => {
    const points = [
      point(0, 0),
      point(15, 100, { minBytes: 50 }),
      point(30, 50),
      point(40, null),
      { ...point(50, 1), time: "soon" },
    ];
    const layout = layOutChart(points, SIZE);
    expect(layout.points.map(({ x, y }) => [x, y])).toEqual([
      [10, 50],
      [60, 10],
      [110, 30],
    ]);
    expect(layout.points[1]).toMatchObject({ top: 10, bottom: 30 });
    expect(layout).toMatchObject({ most: 100, least: 0, left: 2 });
    expect(stepPath(layout.points)).toBe("M10 50H60V10H110V30");
    expect(nearestPoint(layout.points, 70)?.point.responseId).toBe("r15");
  });

  it("stands in the middle when there is but one moment or one size, and may be empty", () => {
    expect(layOutChart([point(1, 5)], SIZE).points).toMatchObject([{ x: 60, y: 30 }]);
    expect(layOutChart([], SIZE)).toEqual({ points: [], most: 0, least: 0, left: 0 });
    expect(nearestPoint([], 1)).toBeNull();
    expect(stepPath([])).toBe("");
  });

  it("names its two ends so that they can be told apart", () => {
    expect(scaleLabels(4096, 1024)).toEqual(["4.0 KiB", "1.0 KiB"]);
    expect(scaleLabels(2662, 2655)).toEqual(["2,662 B", "2,655 B"]);
    expect(scaleLabels(9, 9)).toEqual(["9 B"]);
  });

  it("finds the lines that a point stands for", () => {
    const points = [point(0, 1, { count: 3 }), point(1, 1, { count: 2 }), point(2, 1)];
    expect(points.map((each) => placesOf(points, each))).toEqual([
      [3, 6],
      [1, 3],
      [0, 1],
    ]);
  });
});

describe("a paged list", () => {
  const pages =
    (items: string[]) =>
    (cursor: string | null): Promise<Page<string>> => {
      const start = cursor === null ? 0 : Number(cursor);
      const end = start + 2;
      return Promise.resolve({ items: items.slice(start, end), nextCursor: end < items.length ? String(end) : null });
    };

  it("reads on as far as it is needed, and keeps its place when its top is read again", async () => {
    const items = ["e", "d", "c", "b", "a"];
    const list = createPagedList<string, Page<string>>(pages(items), (item) => item);
    await list.getState().load();
    expect(list.getState().items).toEqual(["e", "d"]);
    await Promise.all([list.getState().loadThrough(2), list.getState().loadThrough(3)]);
    expect(list.getState().items).toEqual(["e", "d", "c", "b"]);
    items.unshift("f");
    await list.getState().load();
    expect(list.getState().items).toEqual(["f", "e", "d", "c", "b"]);
    await list.getState().loadThrough(99);
    expect(list.getState()).toMatchObject({ items: ["f", "e", "d", "c", "b", "a"], nextCursor: null });
  });

  it("says what failed, and tries again", async () => {
    let broken = true;
    const read = pages(["b", "a"]);
    const list = createPagedList<string, Page<string>>(
      (cursor) => (broken ? Promise.reject(new Error("no")) : read(cursor)),
      (item) => item,
    );
    await list.getState().load();
    expect(list.getState()).toMatchObject({ phase: "failed", error: { message: "no" } });
    broken = false;
    await list.getState().load();
    expect(list.getState()).toMatchObject({ phase: "ready", error: null, items: ["b", "a"] });
  });
});

describe("a sparse list", () => {
  it("reads the parts that are in sight, each once, and starts anew when places have moved", async () => {
    let letters = "zyxwvutsrqponmlkjihgfedcba".split("");
    const asked: number[] = [];
    const list = createSparseList<string, { items: readonly string[]; listed: number }>((start, limit) => {
      asked.push(start);
      return Promise.resolve({ items: letters.slice(start, start + limit), listed: letters.length });
    }, 5);
    const known = () => [...list.getState().items].sort(([a], [b]) => a - b).map(([place, item]) => `${place}${item}`);
    await list.getState().load();
    await Promise.all([list.getState().need(18, 22), list.getState().need(20, 99)]);
    expect(asked).toEqual([0, 15, 20, 25]);
    expect(known().join(" ")).toBe("0z 1y 2x 3w 4v 15k 16j 17i 18h 19g 20f 21e 22d 23c 24b 25a");
    await list.getState().need(16, 19);
    expect(asked).toHaveLength(4);
    letters = ["new", ...letters];
    await list.getState().need(6, 6);
    expect(known().join(" ")).toBe("0new 1z 2y 3x 4w");
    expect(list.getState()).toMatchObject({ phase: "ready", moreError: null });
  });

  it("says that a part could not be read, and reads it when it is needed again", async () => {
    let broken = false;
    const list = createSparseList<number, { items: readonly number[]; listed: number }>((start, limit) => {
      if (broken) return Promise.reject(new Error("no"));
      return Promise.resolve({ items: Array.from({ length: limit }, (_none, at) => start + at), listed: 100 });
    }, 10);
    await list.getState().load();
    broken = true;
    await list.getState().need(50, 51);
    expect(list.getState()).toMatchObject({ phase: "ready", moreError: { message: "no" } });
    broken = false;
    await list.getState().need(50, 51);
    expect(list.getState().moreError).toBeNull();
    expect(list.getState().items.get(51)).toBe(51);
  });
});

describe("a report", () => {
  const finding = (code: Finding["code"], severity: Finding["severity"]): Finding => ({
    code,
    severity,
    step: "payloads",
    message: "",
    rows: [],
    moreRows: 0,
    files: [],
    details: {},
  });

  it("has its findings by kind, the gravest first, with counts that also hold what is not listed", () => {
    const groups = groupFindings({
      findings: [
        finding("stray_payload", "info"),
        finding("orphan_response", "info"),
        finding("payload_missing", "error"),
        finding("stray_payload", "warning"),
      ],
      codes: { stray_payload: 2, orphan_response: 5_000, payload_missing: 1 },
    });
    expect(groups.map(({ code, severity, count, findings }) => [code, severity, count, findings.length])).toEqual([
      ["payload_missing", "error", 1, 1],
      ["stray_payload", "warning", 2, 2],
      ["orphan_response", "info", 5_000, 1],
    ]);
  });

  it("is put in words", () => {
    const severities = { error: 0, warning: 0, info: 3 };
    expect(spokenOutcome({ intact: true, severities })).toBe("Intact");
    expect(spokenOutcome({ intact: true, severities: { ...severities, warning: 1 } })).toBe("Intact, with 1 warning");
    expect(spokenOutcome({ intact: false, severities: { ...severities, error: 2 } })).toBe("2 errors");
    expect(spokenOutcome({ intact: false, severities })).toBe("Not all could be looked at");
    const stage = { kind: "verify", archiveId: "a", outcome: null } as const;
    expect(spokenStage({ ...stage, step: null, bytes: 0 })).toBe("Starting");
    expect(spokenStage({ ...stage, step: "payloads", bytes: 2_097_152 })).toBe("Payloads · 2.0 MiB hashed");
  });
});
