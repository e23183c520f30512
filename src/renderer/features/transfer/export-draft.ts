/** What an export is to be: its scope, form and options as a person sets them. Pure. */
import type { ExistingTarget, ExportTarget, Params, RowFilter, RowRef } from "../../../shared/contract.ts";
import { joinPath } from "../archives/paths.ts";

/** Requests as scripts are copied or saved from a row's menu. */
export type ExportForm = Exclude<ExportTarget["type"], "snippets">;
export type ExportScope = Params<"export.start">["scope"];

export interface FormChoice {
  readonly value: ExportForm;
  readonly label: string;
  /** How names of such files end; empty for folders. */
  readonly ending: string;
  readonly says: string;
}

export const EXPORT_FORMS: readonly FormChoice[] = [
  {
    value: "folder",
    label: "Folder",
    ending: "",
    says: "A file for each payload, with a manifest and checksums that “sha256sum -c” accepts.",
  },
  {
    value: "zip",
    label: "Zip",
    ending: ".zip",
    says: "A file for each payload, with a manifest and checksums, packed into one.",
  },
  {
    value: "har",
    label: "HAR",
    ending: ".har",
    says: "HTTP traffic as browsers write it (HAR 1.2), bodies decoded. Rows of other adapters are left out, and listed.",
  },
  {
    value: "warc",
    label: "WARC",
    ending: ".warc.gz",
    says: "HTTP traffic as web archives keep it (WARC 1.1). Rows of other adapters are left out, and listed.",
  },
  { value: "csv", label: "CSV", ending: ".csv", says: "The rows as a table, without payloads." },
  { value: "ndjson", label: "NDJSON", ending: ".ndjson", says: "The rows as lines of JSON, without payloads." },
  {
    value: "archive",
    label: "Archive",
    ending: "",
    says: "A smaller archive of the same kind, with payloads and metadata, that can be opened and imported.",
  },
];

/** Where an export goes to: the browser, or a folder of the machine that the host runs on. */
export type ExportPlace = "download" | "folder";

export const EXPORT_PLACES: readonly { readonly value: ExportPlace; readonly label: string }[] = [
  { value: "download", label: "Download" },
  { value: "folder", label: "Folder where the app runs" },
];

export interface ExportDraft {
  readonly to: ExportPlace;
  readonly form: ExportForm;
  /** Folder on the host's machine that the target is made in. */
  readonly folder: string;
  /** Name of the target; null: the one that is proposed. */
  readonly name: string | null;
  /** Empty: the usual one. */
  readonly template: string;
  readonly sidecars: boolean;
  readonly decoded: boolean;
  readonly each: boolean;
  readonly compressed: boolean;
  readonly formulas: boolean;
  readonly existing: ExistingTarget;
}

export const NEW_EXPORT: Omit<ExportDraft, "folder"> = {
  to: "folder",
  form: "folder",
  name: null,
  template: "",
  sidecars: true,
  decoded: false,
  each: false,
  compressed: true,
  formulas: false,
  existing: "refuse",
};

export function formChoice(form: ExportForm): FormChoice {
  const found = EXPORT_FORMS.find(({ value }) => value === form);
  if (found === undefined) throw new Error(`There is no form ${form}`);
  return found;
}

/** True where payloads become files that have names. */
export function hasNames(form: ExportForm): boolean {
  return form === "folder" || form === "zip";
}

/** What may be done where the target is there already. */
export function existingChoices(
  form: ExportForm,
): readonly { readonly value: ExistingTarget; readonly label: string }[] {
  const refuse = { value: "refuse", label: "Refuse" } as const;
  const replace = { value: "replace", label: form === "folder" ? "Replace same names" : "Replace" } as const;
  if (form === "archive") return [refuse];
  return form === "folder" ? [refuse, { value: "add", label: "Add beside" }, replace] : [refuse, replace];
}

/** Another form: a name keeps its stem and gets the ending, and what the form does not offer is refused again. */
export function withForm(draft: ExportDraft, form: ExportForm): ExportDraft {
  const offered = existingChoices(form).some(({ value }) => value === draft.existing);
  const name = draft.name === null ? null : stem(draft.name) + formChoice(form).ending;
  return { ...draft, form, name, existing: offered ? draft.existing : "refuse" };
}

/** A browser downloads a file: of a folder that is a zip. */
export function withPlace(draft: ExportDraft, to: ExportPlace): ExportDraft {
  const moved = { ...draft, to };
  return to === "download" && draft.form === "folder" ? withForm(moved, "zip") : moved;
}

/** The forms that there are for a place. */
export function formsOf(to: ExportPlace): readonly FormChoice[] {
  return to === "folder" ? EXPORT_FORMS : EXPORT_FORMS.filter(({ value }) => value !== "folder");
}

function stem(name: string): string {
  const ending = [...EXPORT_FORMS, { ending: ".warc" }]
    .map((choice) => choice.ending)
    .find((one) => one !== "" && name.toLowerCase().endsWith(one));
  return ending === undefined ? name : name.slice(0, -ending.length);
}

const SCOPE_NAMES: Readonly<Record<ScopeChoice["id"], string>> = {
  rows: "selection",
  session: "session",
  filter: "filtered",
  archive: "all",
};

/** `prices-selection.zip`; of what is as of a moment `prices-all-as-of-2026-03-01.zip`. */
export function proposedName(
  archive: string,
  { id, scope }: Pick<ScopeChoice, "id" | "scope">,
  form: ExportForm,
): string {
  const asOf = scope.type === "filter" ? (scope.asOf ?? null) : null;
  const when = asOf === null ? "" : `-as-of-${asOf.slice(0, "2026-03-01".length)}`;
  return `${`${archive}-${SCOPE_NAMES[id]}${when}`.replace(/[<>:"/\\|?*\p{C}]+/gu, "_")}${formChoice(form).ending}`;
}

/** Why a name is none; null for one that is. */
export function nameFault(name: string): string | null {
  if (name.trim() === "") return "Give it a name.";
  if (/[/\\]/.test(name)) return "A name has no slash; choose the folder above.";
  return /^\.+$/.test(name.trim()) ? "This is no name of a file or folder." : null;
}

/** The params of the target, under this name. */
export function exportTarget(draft: ExportDraft, name: string): Params<"export.start">["target"] {
  const { form, template, sidecars } = draft;
  const isFetched = draft.to === "download";
  const path = isFetched ? name.trim() : joinPath(draft.folder.trim(), name.trim());
  const existing = isFetched ? "refuse" : draft.existing;
  const encoding = draft.decoded ? "decoded" : "stored";
  const duplicates = draft.each ? "each" : "once";
  const files = {
    path,
    existing,
    template: template.trim() === "" ? null : template,
    sidecars,
    encoding,
    duplicates,
  } as const;
  switch (form) {
    case "folder":
      return { type: form, ...files };
    case "zip":
      return { type: form, ...files, compression: draft.compressed ? "deflate" : "store" };
    case "warc":
      return { type: form, path, existing, encoding };
    case "csv":
      return { type: form, path, existing, formulas: draft.formulas };
    case "har":
    case "ndjson":
    case "archive":
      return { type: form, path, existing };
  }
}

/** What can be exported of what a person looks at. */
export interface ScopeChoice {
  readonly id: "rows" | "session" | "filter" | "archive";
  readonly label: string;
  readonly scope: ExportScope;
}

/** What the person looks at, as far as scopes depend on it. */
export interface Looking {
  readonly selected: readonly RowRef[];
  readonly sessionId: string | null;
  readonly filter: RowFilter;
  /** The moment that lists are as of; null: now. */
  readonly asOf: string | null;
}

/** Of all rows of a session those that stand for a response. */
const RESPONSES: RowFilter = [
  { key: "is", value: "unanswered", not: true },
  { key: "is", value: "reused", not: true },
];

/** The scopes that make sense, the narrowest first. */
export function scopeChoices({ selected, sessionId, filter, asOf }: Looking): readonly ScopeChoice[] {
  const choices: ScopeChoice[] = [];
  if (selected.length > 0) {
    choices.push({ id: "rows", label: "Selected rows", scope: { type: "rows", rows: [...selected] } });
  }
  if (filter.length > 0) {
    const label = sessionId === null ? "Rows that the filter leaves" : "Rows of the session that the filter leaves";
    choices.push({ id: "filter", label, scope: { type: "filter", filter: [...filter], sessionId, asOf } });
  }
  // As of a moment, rows are found as a filter finds them.
  const then = (session: string | null): ExportScope => ({
    type: "filter",
    filter: [...RESPONSES],
    sessionId: session,
    asOf,
  });
  if (sessionId !== null) {
    const scope: ExportScope = asOf === null ? { type: "session", sessionId } : then(sessionId);
    choices.push({ id: "session", label: "Responses of the session", scope });
  }
  const all: ExportScope = asOf === null ? { type: "archive" } : then(null);
  choices.push({ id: "archive", label: "All responses of the archive", scope: all });
  return choices;
}

/** One active row is always selected; only several say that the person chose rows. */
export function usualScope(choices: readonly ScopeChoice[], selected: number): ScopeChoice["id"] {
  const wider = choices.find(({ id }) => id === "filter" || id === "session");
  if (selected > 1 || wider === undefined) return choices[0]?.id ?? "archive";
  return wider.id;
}
