/** Puts what an archive holds on the clipboard: ids and checksums of rows, and requests in the words of other tools. */
import type { BrowseRow, RowRef } from "../../shared/contract.ts";
import type { CopyForm } from "../copy-as/copy-forms.ts";
import { joinPath } from "../features/archives/paths.ts";
import { formatCounted } from "../format/quantities.ts";
import type { App } from "./app.ts";
import { downloadText } from "./downloads.ts";
import { shapeOf } from "./failures.ts";
import { listedRows } from "./main-lists.ts";
import { rowKey } from "./rows.ts";

/** More requests than this make no text that anyone pastes. */
const MOST_REQUESTS = 100;

/** Copies a text and says so; `what` names it, as in “Copied the checksum”. */
export async function copyText(app: App, what: string, text: string, note?: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(text);
    app.toasts.done(`Copied ${what}`, note);
  } catch (error) {
    app.toasts.failed(`${what[0]?.toUpperCase()}${what.slice(1)} could not be copied`, shapeOf(error));
  }
}

/** The selected rows as far as they are loaded, in the order of the list. */
export function selectedRows(app: App): BrowseRow[] {
  const { selected } = app.selection.getState();
  return listedRows(app).filter((row) => selected.has(rowKey(row.ref)));
}

export function copyIds(app: App, rows: readonly BrowseRow[]): void {
  void copyText(
    app,
    rows.length === 1 ? "the id" : formatCounted(rows.length, "id"),
    lines(rows.map((row) => row.ref.id)),
  );
}

export function copyChecksums(app: App, rows: readonly BrowseRow[]): void {
  const checksums = checksumsOf(rows);
  const what = checksums.length === 1 ? "the checksum" : formatCounted(checksums.length, "checksum");
  if (checksums.length > 0) void copyText(app, what, lines(checksums));
}

/** Where the payloads are on the host's machine; not the `path` of the rows, which is that of the writing machine. */
export function copyPayloadPaths(app: App, rows: readonly BrowseRow[]): void {
  const { archive } = app.archives.getState();
  const checksums = checksumsOf(rows).filter((checksum) => /^[0-9a-f]{64}$/.test(checksum));
  if (archive === null || checksums.length === 0) return;
  const folder = joinPath(archive.path, "responses");
  const what = checksums.length === 1 ? "the payload’s path" : formatCounted(checksums.length, "path");
  void copyText(app, what, lines(checksums.map((checksum) => joinPath(folder, `${checksum}.bin`))));
}

/** Each checksum once, as many rows as have it. */
export function checksumsOf(rows: readonly BrowseRow[]): string[] {
  return [...new Set(rows.flatMap((row) => (row.checksum === null || row.checksum === "" ? [] : [row.checksum])))];
}

/** Copies the requests of rows in one form, one after another; says which of them have none. */
export function copyRequests(app: App, form: CopyForm, refs: readonly RowRef[]): void {
  withRequests(app, form, refs, false, ({ what, text, note }) => copyText(app, what, text, note));
}

/** Saves the requests of rows in one form as a file: where the native dialog says, or as a download. */
export function saveRequests(app: App, form: CopyForm, refs: readonly RowRef[]): void {
  withRequests(app, form, refs, true, async ({ what, text, name, note }) => {
    if (app.archives.getState().info?.nativeDialogs !== true) {
      downloadText(name, text);
      return;
    }
    const saved = await app.client.call("host.saveText", { suggestedName: name, text });
    if (saved !== null) app.toasts.done(`Saved ${what}`, [saved.path, note].filter((part) => part !== "").join(". "));
  });
}

interface WrittenRequests {
  /** As in “Copied as curl”. */
  readonly what: string;
  readonly text: string;
  /** For a file of it. */
  readonly name: string;
  /** What is to be known besides. */
  readonly note: string;
}

function withRequests(
  app: App,
  form: CopyForm,
  refs: readonly RowRef[],
  asFile: boolean,
  use: (written: WrittenRequests) => Promise<void>,
): void {
  const { archive } = app.archives.getState();
  if (archive === null || refs.length === 0) return;
  const asked = refs.slice(0, MOST_REQUESTS);
  void app.attempt("The requests could not be read", async () => {
    const params = { archiveId: archive.id, refs: asked, form: form.id, asFile };
    const { text, count, kinds, obstacles, inferred } = await app.client.call("rows.snippets", params);
    if (text === null) {
      const message = obstacles[0] ?? "There is nothing to copy.";
      app.toasts.failed(`There is no ${form.label} for this request`, { code: "NOT_FOUND", message, details: {} });
      return;
    }
    const stem = kinds.length === 1 ? kinds[0]?.replaceAll(/[^\p{L}\p{N}._-]+/gu, "-").replace(/^[.-]+/, "") : "";
    await use({
      what: count === 1 ? `as ${form.label}` : `${formatCounted(count, "request")} as ${form.label}`,
      text,
      name: `${stem?.slice(0, 100) || "requests"}${form.ending}`,
      note: leftOut(inferred, obstacles.length, refs.length - asked.length),
    });
  });
}

function leftOut(inferred: boolean, unable: number, beyond: number): string {
  return [
    ...(inferred ? ["The request is inferred."] : []),
    ...(unable > 0 ? [`${formatCounted(unable, "row")} cannot be written so.`] : []),
    ...(beyond > 0 ? [`Only the first ${MOST_REQUESTS} rows were taken.`] : []),
  ].join(" ");
}

function lines(texts: readonly string[]): string {
  return texts.join("\n");
}
