import { describe, expect, it } from "vitest";
import { listTarget } from "../../src/renderer/components/list-keys.ts";
import { joinPath } from "../../src/renderer/features/archives/paths.ts";
import {
  draftFaults,
  EMPTY_DRAFT,
  fetchParams,
  filledFrom,
  isUntouched,
  proposedAdapter,
} from "../../src/renderer/features/fetch/draft.ts";
import { metadataFacts } from "../../src/renderer/features/inspector/metadata-facts.ts";
import { previewKind } from "../../src/renderer/features/preview/preview-kind.ts";
import { nextSort } from "../../src/renderer/features/requests/sorting.ts";
import { statusLook } from "../../src/renderer/features/requests/statuses.ts";
import { railEntries, sessionSpan } from "../../src/renderer/features/sessions/rail-entries.ts";
import type { RowSortColumn, SessionSummary } from "../../src/shared/contract.ts";

function session(id: string, startedAt: string, endedAt: string | null = null): SessionSummary {
  return {
    id,
    source: "source",
    mode: "sync",
    asOf: startedAt,
    startedAt,
    endedAt,
    day: /^\d{4}-/.test(startedAt) ? startedAt.slice(0, 10) : null,
    requestCount: 1,
    responseCount: 1,
    inferredResponseCount: 0,
    failedCount: 0,
    reusedCount: 0,
  };
}

describe("the rail", () => {
  it("puts sessions under their day, and those without one last", () => {
    const sessions = [
      session("z", "yesterday"),
      session("a", "2025-10-24T01:00:00+00:00"),
      session("b", "2025-10-23T23:00:00+00:00"),
      session("c", "2025-10-23T01:00:00+00:00"),
    ];
    const lines = railEntries(sessions, "utc", "2025-10-24").map((entry) =>
      entry.kind === "day" ? entry.label : entry.kind === "all" ? "all" : entry.session.id,
    );
    expect(lines).toEqual(["all", "Today", "a", "Yesterday", "b", "c", "Unknown day", "z"]);
  });

  it("says when a session began and ended", () => {
    const start = "2025-10-24T23:59:58+00:00";
    expect(sessionSpan(session("a", start), "utc")).toBe("23:59:58 – open");
    expect(sessionSpan(session("a", start, "2025-10-24T23:59:59+00:00"), "utc")).toBe("23:59:58 – 23:59:59");
    expect(sessionSpan(session("a", start, "2025-10-25T00:00:01+00:00"), "utc")).toBe("23:59:58 – 2025-10-25 00:00:01");
    expect(sessionSpan(session("a", "once", "later"), "utc")).toBe("once – later");
  });
});

describe("composing a fetch", () => {
  it("proposes the adapter by the params", () => {
    expect(proposedAdapter('{"url": "https://example.com"}')).toBe("http");
    expect(proposedAdapter('{"path": "/data/a.csv"}')).toBe("local-file");
    expect(proposedAdapter('{"symbol": "A"}')).toBeNull();
    expect(proposedAdapter('{"url"')).toBeNull();
  });

  it("takes the params of a known kind as they were archived", () => {
    const kind = { kind: "quote", method: "POST", latestParamsJson: '{"path":"/x","n":30.0}', latestBodyJson: null };
    expect(filledFrom({ ...EMPTY_DRAFT, source: "s" }, kind)).toEqual({
      ...EMPTY_DRAFT,
      source: "s",
      kind: "quote",
      method: "POST",
      adapter: "local-file",
      paramsJson: '{\n  "path": "/x",\n  "n": 30.0\n}',
      bodyJson: "",
    });
    expect(isUntouched(filledFrom(EMPTY_DRAFT, kind), [kind])).toBe(true);
    expect(isUntouched(EMPTY_DRAFT, [])).toBe(true);
    expect(isUntouched({ ...EMPTY_DRAFT, bodyJson: "1" }, [kind])).toBe(false);
  });

  it("says what is wrong, and where", () => {
    expect(Object.keys(draftFaults(EMPTY_DRAFT))).toEqual(["source", "params", "kind"]);
    const draft = { ...EMPTY_DRAFT, source: "s", kind: "k", paramsJson: '{"url": "https://a.example"}' };
    expect(draftFaults(draft)).toEqual({});
    expect(draftFaults({ ...draft, paramsJson: '{"a": }' }).params).toMatch(/^Line 1, column 7: /);
    expect(draftFaults({ ...draft, bodyJson: "{" }).body).toMatch(/^Line 1, column 2: /);
  });

  it("hands texts on with every digit, and no body when there is none", () => {
    const draft = {
      ...EMPTY_DRAFT,
      source: " s ",
      kind: "k",
      paramsJson: '{"n": 1.10}',
      bodyJson: "  ",
      cache: "bypass",
    } as const;
    expect(fetchParams(draft, "a")).toEqual({
      archiveId: "a",
      source: "s",
      adapter: "http",
      requests: [{ kind: "k", method: "GET", paramsJson: '{"n": 1.10}', bodyJson: null }],
      cache: "bypass",
      ttlMs: null,
      asOfBucket: null,
      cacheTag: null,
    });
  });
});

describe("transport metadata", () => {
  it("is taken apart with exact values, and repeated headers stand twice", () => {
    const text =
      '{"url":"https://a.example/","elapsed_ms":12.50,"headers":{"A":"1","Set-Cookie":["x","y"]},"own":{"k":[1.0]}}';
    expect(metadataFacts(text)).toEqual({
      facts: [
        { name: "URL", value: "https://a.example/" },
        { name: "Elapsed (ms)", value: "12.50" },
        { name: "own", value: '{\n  "k": [\n    1.0\n  ]\n}' },
      ],
      headers: [
        { name: "A", value: "1" },
        { name: "Set-Cookie", value: "x" },
        { name: "Set-Cookie", value: "y" },
      ],
    });
  });

  it("keeps headers of an unexpected form as they are", () => {
    expect(metadataFacts('{"headers":[1,2],"toString":1}')).toEqual({
      facts: [
        { name: "headers", value: "[\n  1,\n  2\n]" },
        { name: "toString", value: "1" },
      ],
      headers: null,
    });
    expect(metadataFacts("[]")).toBeNull();
  });
});

describe("small decisions", () => {
  it("shows declared text with bad bytes as text, and declared JSON as JSON", () => {
    const facts = { preview: "binary", declaredType: "text/plain", sniffedType: null } as const;
    expect(previewKind(facts)).toBe("text");
    expect(previewKind({ ...facts, sniffedType: "application/gzip" })).toBe("gzip");
    expect(previewKind({ ...facts, sniffedType: "application/epub+zip" })).toBe("zip");
    expect(previewKind({ ...facts, sniffedType: "application/x-tar" })).toBe("binary");
    expect(previewKind({ preview: "text", declaredType: null, sniffedType: "application/x-ndjson" })).toBe("ndjson");
    expect(previewKind({ preview: "text", declaredType: "application/rss+xml", sniffedType: "text/plain" })).toBe(
      "xml",
    );
    expect(previewKind({ preview: "text", declaredType: "application/ld+json", sniffedType: "text/plain" })).toBe(
      "json",
    );
    expect(previewKind({ preview: "image", declaredType: "text/html", sniffedType: "image/png" })).toBe("image");
  });

  it("sorts largest first, and turns round at the second click", () => {
    expect(
      nextSort<RowSortColumn>({ column: "time", direction: "desc" }, { sort: "size", largestFirst: true }),
    ).toEqual({ column: "size", direction: "desc" });
    expect(
      nextSort<RowSortColumn>({ column: "size", direction: "desc" }, { sort: "size", largestFirst: true }),
    ).toEqual({ column: "size", direction: "asc" });
    expect(nextSort<RowSortColumn>({ column: "size", direction: "desc" }, { sort: "kind" })).toEqual({
      column: "kind",
      direction: "asc",
    });
  });

  it("draws unknown statuses neutrally, also those named like object members", () => {
    expect(statusLook("teapot")).toEqual({ tone: "muted", sign: "unknown" });
    expect(statusLook("constructor")).toEqual({ tone: "muted", sign: "unknown" });
    expect(statusLook("failed").tone).toBe("bad");
  });

  it("moves through lists by keys, within their ends", () => {
    expect(listTarget("j", -1, 10, 5)).toBe(0);
    expect(listTarget("ArrowUp", 0, 10, 5)).toBe(0);
    expect(listTarget("PageDown", 7, 10, 5)).toBe(9);
    expect(listTarget("End", 0, 10, 5)).toBe(9);
    expect(listTarget("x", 0, 10, 5)).toBeNull();
    expect(listTarget("End", -1, 0, 5)).toBeNull();
  });

  it("joins paths in the spelling of the parent", () => {
    expect(joinPath("/data", "a")).toBe("/data/a");
    expect(joinPath("/", "a")).toBe("/a");
    expect(joinPath("C:\\data", "a")).toBe("C:\\data\\a");
  });
});
