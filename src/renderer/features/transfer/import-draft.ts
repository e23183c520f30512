/** What is imported, and in short what would come of it. Pure. */
import type { ImportedItem, ImportForm, ImportReport, Params } from "../../../shared/contract.ts";
import { formatBytes, formatCounted } from "../../format/quantities.ts";

export interface ImportDraft {
  readonly type: ImportForm;
  readonly path: string;
  /** Empty: what the rows say, else the name of the file or folder. */
  readonly source: string;
}

export const NEW_IMPORT: ImportDraft = { type: "archive", path: "", source: "" };

export const IMPORT_FORMS: readonly { readonly value: ImportForm; readonly label: string }[] = [
  { value: "archive", label: "Archive" },
  { value: "har", label: "HAR" },
  { value: "warc", label: "WARC" },
  { value: "folder", label: "Folder of files" },
];

export const IMPORT_SAYS: Readonly<Record<ImportForm, string>> = {
  archive: "Sessions, requests, responses and payloads of another archive, as they are.",
  har: "What a browser recorded: each entry becomes a request and its response. Rows that were exported come back as they were.",
  warc: "What a crawler kept: each response record becomes a request and its response. Rows that were exported come back as they were.",
  folder: "Each file becomes a payload, with the folder as its session.",
};

/** How names of such files end; nothing for what is a folder. */
export const IMPORT_ENDINGS: Readonly<Record<ImportForm, readonly string[]>> = {
  archive: [],
  har: [".har"],
  warc: [".warc", ".warc.gz"],
  folder: [],
};

/** Another path: one that ends like a file of some form is of that form. */
export function withPath(draft: ImportDraft, path: string): ImportDraft {
  const ended = path.trim().toLowerCase();
  const form = (["har", "warc"] as const).find((type) => IMPORT_ENDINGS[type].some((ending) => ended.endsWith(ending)));
  return { ...draft, path, type: form ?? draft.type };
}

export function importSource({ type, path, source }: ImportDraft): Params<"import.start">["from"] {
  const named = type === "archive" || source.trim() === "" ? null : source.trim();
  return { type, path: path.trim(), source: named };
}

/** `2 sessions, 3 requests and 4 responses (1.2 KiB)`; empty when nothing is new. */
export function spokenAdded({ added, bytes }: Pick<ImportReport, "added" | "bytes">): string {
  const counts = [
    added.sessions > 0 ? formatCounted(added.sessions, "session") : null,
    added.requests > 0 ? formatCounted(added.requests, "request") : null,
    added.responses > 0 ? `${formatCounted(added.responses, "response")} (${formatBytes(bytes)})` : null,
    added.resolutions > 0 ? formatCounted(added.resolutions, "record of an ask", "records of asks") : null,
  ].filter((count) => count !== null);
  const last = counts.pop();
  if (last === undefined) return "";
  return counts.length === 0 ? last : `${counts.join(", ")} and ${last}`;
}

export interface KindCount {
  readonly source: string;
  readonly kind: string;
  readonly responses: number;
  readonly bytes: number;
}

/** Added responses by source and kind, most first. */
export function countsByKind(items: readonly ImportedItem[]): KindCount[] {
  const groups = Map.groupBy(items, ({ source, kind }) => JSON.stringify([source, kind]));
  const counts = [...groups.values()].flatMap((group) => {
    const [first] = group;
    if (first === undefined) return [];
    const bytes = group.reduce((sum, item) => sum + (item.sizeBytes ?? 0), 0);
    return [{ source: first.source, kind: first.kind, responses: group.length, bytes }];
  });
  return counts.sort((a, b) => b.responses - a.responses);
}
