/** What the dialogs of exports and imports ask for, propose and say. */
import { describe, expect, it } from "vitest";
import {
  type ExportDraft,
  exportTarget,
  formsOf,
  NEW_EXPORT,
  nameFault,
  proposedName,
  scopeChoices,
  usualScope,
  withForm,
  withPlace,
} from "../../src/renderer/features/transfer/export-draft.ts";
import {
  countsByKind,
  importSource,
  NEW_IMPORT,
  spokenAdded,
  withPath,
} from "../../src/renderer/features/transfer/import-draft.ts";
import { spokenProgress, spokenTransfer } from "../../src/renderer/features/transfer/spoken.ts";
import type { ImportReport, JobDetail } from "../../src/shared/contract.ts";

const REF = { type: "response", id: "a" } as const;
const FILTER = [{ key: "kind", value: "quote", not: false }] as const;
const NOW = { asOf: null } as const;
const DRAFT: ExportDraft = { ...NEW_EXPORT, folder: "/home/me" };

describe("what is exported", () => {
  it("is what one looks at, the narrowest first", () => {
    const all = scopeChoices({ ...NOW, selected: [REF], sessionId: "s", filter: FILTER });
    expect(all.map(({ id }) => id)).toEqual(["rows", "filter", "session", "archive"]);
    expect(all[1]?.scope).toEqual({ type: "filter", filter: FILTER, sessionId: "s", asOf: null });
    expect(scopeChoices({ ...NOW, selected: [], sessionId: null, filter: [] }).map(({ id }) => id)).toEqual([
      "archive",
    ]);
  });

  it("is as of the moment that the lists are as of", () => {
    const asOf = "2026-03-01T12:00:00Z";
    const looking = { selected: [REF], sessionId: "s", filter: FILTER, asOf };
    const [rows, filter, session, archive] = scopeChoices(looking);
    // Rows that were chosen one by one are these rows.
    expect(rows?.scope).toEqual({ type: "rows", rows: [REF] });
    expect(filter?.scope).toEqual({ type: "filter", filter: FILTER, sessionId: "s", asOf });
    expect(session?.scope).toMatchObject({ type: "filter", sessionId: "s", asOf });
    expect(archive?.scope).toMatchObject({ type: "filter", sessionId: null, asOf });
    if (archive === undefined || rows === undefined) throw new Error("a choice is missing");
    expect(proposedName("prices", archive, "zip")).toBe("prices-all-as-of-2026-03-01.zip");
    expect(proposedName("prices", rows, "zip")).toBe("prices-selection.zip");
  });

  it("is the selection only where several were chosen, or nothing else narrows the list", () => {
    const selected = [REF];
    expect(usualScope(scopeChoices({ ...NOW, selected, sessionId: "s", filter: FILTER }), 2)).toBe("rows");
    expect(usualScope(scopeChoices({ ...NOW, selected, sessionId: "s", filter: FILTER }), 1)).toBe("filter");
    expect(usualScope(scopeChoices({ ...NOW, selected, sessionId: "s", filter: [] }), 1)).toBe("session");
    expect(usualScope(scopeChoices({ ...NOW, selected, sessionId: null, filter: [] }), 1)).toBe("rows");
    expect(usualScope(scopeChoices({ ...NOW, selected: [], sessionId: null, filter: [] }), 0)).toBe("archive");
  });
});

describe("the target of an export", () => {
  it("has a name that fits its form, and keeps the stem that a person gave it", () => {
    expect(proposedName('a/b:"c', { id: "rows", scope: { type: "rows", rows: [REF] } }, "zip")).toBe(
      "a_b_c-selection.zip",
    );
    expect(proposedName("prices", { id: "archive", scope: { type: "archive" } }, "folder")).toBe("prices-all");
    const named = { ...DRAFT, form: "zip", name: "mine.zip" } as const;
    expect(withForm(named, "warc").name).toBe("mine.warc.gz");
    expect(withForm(withForm(named, "warc"), "csv").name).toBe("mine.csv");
    expect(withForm({ ...named, name: "mine.v2" }, "folder").name).toBe("mine.v2");
    expect(withForm(DRAFT, "har").name).toBeNull();
    for (const name of ["", "  ", "a/b", "a\\b", "..", "."]) expect(nameFault(name), name).not.toBeNull();
    expect(nameFault("out.zip")).toBeNull();
  });

  it("forgets what another form does not offer", () => {
    expect(withForm({ ...DRAFT, existing: "add" }, "zip").existing).toBe("refuse");
    expect(withForm({ ...DRAFT, existing: "replace" }, "zip").existing).toBe("replace");
    expect(withForm({ ...DRAFT, existing: "replace" }, "archive").existing).toBe("refuse");
  });

  it("is a file where a browser downloads it, and then only has a name", () => {
    const fetched = withPlace({ ...DRAFT, existing: "replace", name: "out" }, "download");
    expect(fetched).toMatchObject({ form: "zip", name: "out.zip" });
    expect(exportTarget(fetched, "out.zip")).toMatchObject({ type: "zip", path: "out.zip", existing: "refuse" });
    expect(withPlace({ ...DRAFT, form: "csv" }, "download").form).toBe("csv");
    expect(withPlace(fetched, "folder").form).toBe("zip");
    expect(formsOf("download").map(({ value }) => value)).not.toContain("folder");
    expect(formsOf("folder")).toHaveLength(formsOf("download").length + 1);
  });

  it("says just what its form takes", () => {
    const files = { existing: "refuse", template: null, sidecars: true, encoding: "stored", duplicates: "once" };
    expect(exportTarget(DRAFT, "out")).toEqual({ type: "folder", path: "/home/me/out", ...files });
    const zip = { ...DRAFT, form: "zip", compressed: false, template: " {id} ", decoded: true, each: true } as const;
    expect(exportTarget(zip, "o.zip")).toEqual({
      ...files,
      type: "zip",
      path: "/home/me/o.zip",
      template: " {id} ",
      encoding: "decoded",
      duplicates: "each",
      compression: "store",
    });
    const csv = { ...DRAFT, folder: "C:\\out", form: "csv", formulas: true } as const;
    expect(exportTarget(csv, "o.csv")).toEqual({
      type: "csv",
      path: "C:\\out\\o.csv",
      existing: "refuse",
      formulas: true,
    });
    expect(exportTarget({ ...DRAFT, form: "har" }, "o.har")).toEqual({
      type: "har",
      path: "/home/me/o.har",
      existing: "refuse",
    });
  });
});

describe("an import", () => {
  it("knows the form of a file by its name, and the source only where rows do not say it", () => {
    expect(withPath(NEW_IMPORT, "/a/Session.HAR").type).toBe("har");
    expect(withPath(NEW_IMPORT, "/a/site.warc.gz ").type).toBe("warc");
    expect(withPath({ ...NEW_IMPORT, type: "folder" }, "/a/b").type).toBe("folder");
    expect(importSource({ type: "har", path: " /a.har ", source: " browser " })).toEqual({
      type: "har",
      path: "/a.har",
      source: "browser",
    });
    expect(importSource({ type: "archive", path: "/a", source: "left over" }).source).toBeNull();
  });

  it("is told by its counts", () => {
    const added: ImportReport["added"] = { sessions: 1, requests: 0, responses: 1200, resolutions: 0 };
    expect(spokenAdded({ added, bytes: 2048 })).toBe("1 session and 1,200 responses (2.0 KiB)");
    const nothing = { sessions: 0, requests: 0, responses: 0, resolutions: 0 };
    expect(spokenAdded({ added: nothing, bytes: 0 })).toBe("");
    const item = { responseId: "r", originalId: "o", source: "s", kind: "k", label: "", time: "", sizeBytes: 5 };
    expect(countsByKind([item, { ...item, kind: "l" }, { ...item, kind: "l", sizeBytes: null }])).toEqual([
      { source: "s", kind: "l", responses: 2, bytes: 5 },
      { source: "s", kind: "k", responses: 1, bytes: 5 },
    ]);
  });
});

it("jobs say how far they are and what came of them", () => {
  const detail = {
    kind: "export",
    archiveId: "a",
    form: "zip",
    path: "/o.zip",
    download: null,
    temporary: false,
    bytes: 2048,
    outcome: null,
  } as const;
  expect(spokenProgress({ status: "running", done: 12, total: 4000 }, detail)).toBe("12 of 4,000 rows · 2.0 KiB");
  expect(spokenProgress({ status: "running", done: 1, total: null }, detail)).toBe("1 row · 2.0 KiB");
  const outcome = { exported: 1, duplicates: 0, bytes: 2048, problemCount: 0 };
  expect(spokenTransfer({ ...detail, outcome })).toBe("Exported 1 file (2.0 KiB)");
  expect(
    spokenTransfer({ ...detail, form: "csv", outcome: { ...outcome, bytes: 0, exported: 2, problemCount: 1 } }),
  ).toBe("Exported 2 rows, 1 problem");
  const imported: Extract<JobDetail, { kind: "import" }> = {
    kind: "import",
    archiveId: "a",
    from: { type: "har", path: "/a.har" },
    dryRun: false,
    bytes: 0,
    outcome: {
      added: { sessions: 0, requests: 0, responses: 0, resolutions: 0 },
      present: 3,
      bytes: 0,
      problemCount: 2,
    },
  };
  expect(spokenTransfer(imported)).toBe("Added nothing new; 3 responses there already, 2 problems");
});
