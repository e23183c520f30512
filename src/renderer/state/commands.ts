/** What buttons, shortcuts, palette and native menu do. One function a command, so that all of them do the same. */
import type {
  BrowseRow,
  ErrorShape,
  Job,
  Params,
  PayloadFacts,
  RowRef,
  Settings,
  SettingsPatch,
  VerifyReport,
} from "../../shared/contract.ts";
import { decodeProblem, PROBLEM_HEADER, payloadUrl } from "../../shared/payload-url.ts";
import { type ComposerDraft, EMPTY_DRAFT } from "../features/fetch/draft.ts";
import { formatBytes } from "../format/quantities.ts";
import type { App } from "./app.ts";
import { startDownload } from "./downloads.ts";
import { shapeOf } from "./failures.ts";
import { showStarted } from "./job-pages.ts";
import { listedRows } from "./main-lists.ts";
import { rowKey } from "./rows.ts";
import type { DialogState } from "./ui.ts";

export function openArchive(app: App): void {
  chooseFolder(app, "open");
}

export function createArchive(app: App): void {
  if (app.archives.getState().info?.readOnly === false) chooseFolder(app, "create");
}

function chooseFolder(app: App, purpose: "open" | "create"): void {
  const { info, open, create } = app.archives.getState();
  if (info === null) return;
  if (!info.nativeDialogs) {
    app.ui.getState().set({ dialog: { kind: "folder", purpose } });
    return;
  }
  void app.attempt("The folder dialog could not be shown", async () => {
    const { path } = await app.client.call("host.chooseFolder", { purpose });
    if (path !== null) await (purpose === "open" ? open(path) : create(path));
  });
}

export function createSample(app: App): void {
  void app.attempt("The sample could not be made", () =>
    app.startJob(() => app.client.call("archives.createSample", {})),
  );
}

/** Verifies the archive that is open, and shows how it goes. A run that is under way is shown, not started again. */
export function verifyArchive(app: App): void {
  const { archive } = app.archives.getState();
  if (archive === null) return;
  void app.attempt("The verification could not be started", async () => {
    const job = await app.startJob(() => app.client.call("verify.start", { archiveId: archive.id }));
    app.ui.getState().set({ jobPage: job.id });
  });
}

/** Saves the report of an integrity run as JSON. */
export function exportReport(app: App, jobId: string, report: VerifyReport): void {
  const { archive, info } = app.archives.getState();
  const name = `integrity-${archive?.name ?? "archive"}-${report.startedAt.slice(0, 19).replaceAll(":", "")}.json`;
  if (info?.nativeDialogs !== true) {
    const bytes = new Blob([`${JSON.stringify(report, null, 2)}\n`], { type: "application/json" });
    const url = URL.createObjectURL(bytes);
    startDownload(url, name);
    // The download has its own hold on the bytes once it has begun.
    setTimeout(() => URL.revokeObjectURL(url), 60_000);
    return;
  }
  void app.attempt("The report could not be saved", async () => {
    const saved = await app.client.call("verify.save", { jobId, suggestedName: name.slice(-255) });
    if (saved !== null) app.toasts.done("Report saved", `${saved.path} · ${formatBytes(saved.sizeBytes)}`);
  });
}

/** Asks what of the archive is to be exported, and how. */
export function exportRows(app: App, scope: "rows" | "session" | null = null): void {
  if (app.archives.getState().archive !== null) app.ui.getState().set({ dialog: { kind: "export", scope } });
}

/** Asks what is to be imported, once the archive may be written. */
export function importInto(app: App): void {
  whenWritable(app, () => app.ui.getState().set({ dialog: { kind: "import" } }));
}

export function closeArchive(app: App): void {
  void app.attempt("The archive could not be closed", () => app.archives.getState().close());
}

/** Goes on with `proceed` once the archive may be written: at once, or after asking. Says why when it never may. */
export function whenWritable(app: App, proceed: () => void): void {
  const { archive } = app.archives.getState();
  if (archive === null) return;
  if (!archive.readOnly) proceed();
  else app.ui.getState().set({ dialog: { kind: "allow-writing", proceed } });
}

/** Locks the archive, or asks whether it may be written. */
export function toggleReadOnly(app: App): void {
  const { archive, setReadOnly } = app.archives.getState();
  if (archive === null) return;
  if (archive.readOnly && !(archive.extended && archive.canWrite)) {
    app.ui.getState().set({ dialog: { kind: "allow-writing", proceed: null } });
    return;
  }
  void app.attempt("The archive could not be switched", () => setReadOnly(!archive.readOnly));
}

/** False while the window is as of a moment: what is fetched now would not show there. */
export function mayFetch(app: App): boolean {
  return app.archives.getState().archive !== null && (app.rows.getState().listing?.asOf ?? null) === null;
}

export function newFetch(app: App, draft: ComposerDraft = startingDraft(app)): void {
  if (!mayFetch(app)) return;
  app.ui.getState().set({ dialog: { kind: "compose", draft } });
}

/** A new draft belongs to the source that the person looks at. */
function startingDraft(app: App): ComposerDraft {
  const { items, selectedId } = app.sessions.getState();
  const session = items.find((item) => item.id === selectedId);
  return { ...EMPTY_DRAFT, face: app.ui.getState().paramsFace, source: session?.source ?? "" };
}

/** True when it is on record what the row was asked for. */
export function hasRequest(row: BrowseRow): boolean {
  return row.requestId !== null && row.method !== null && row.kind !== null;
}

/** True when it can be asked again as it was; what was sent or subscribed to never is, but edited and sent anew. */
export function canRefetch(row: BrowseRow): boolean {
  return hasRequest(row) && (row.method === "GET" || row.method === "POST");
}

/** More than this many are sent again only after a question. */
const MANY_REFETCHED = 20;
/** What the host takes in one job. */
export const MOST_REFETCHED = 10_000;

/** Asks again for the requests of these rows; of the selected ones when none are named. */
export function refetch(app: App, rows: readonly RowRef[] = refetchable(app)): void {
  if (!mayFetch(app)) return;
  if (rows.length > MANY_REFETCHED) app.ui.getState().set({ dialog: { kind: "refetch", rows } });
  else startRefetch(app, rows);
}

export function startRefetch(app: App, rows: readonly RowRef[]): void {
  const { archive } = app.archives.getState();
  if (archive === null || rows.length === 0) return;
  whenWritable(app, () => {
    void app.attempt("Re-fetching could not be started", async () => {
      const starts = bySource(app, rows).map((ofOne) =>
        whenTrusted(app, () =>
          app.startJob(() => app.client.call("fetch.again", { archiveId: archive.id, rows: ofOne })),
        ),
      );
      // Of several results none is the one to go to; each says so when it is there.
      if (starts.length > 1) app.selection.getState().step();
      await Promise.all(starts);
      if (starts.length > 1) app.ui.getState().set({ jobPage: null, jobsShown: true });
    });
  });
}

/** Asks again for everything that was fetched in the session that is shown. */
export function refetchSession(app: App): void {
  const { archive } = app.archives.getState();
  const { selectedId } = app.sessions.getState();
  if (archive === null || selectedId === null || !mayFetch(app)) return;
  whenWritable(app, () => {
    void app.attempt("Re-fetching could not be started", async () => {
      await whenTrusted(app, () =>
        app.startJob(() => app.client.call("fetch.session", { archiveId: archive.id, sessionId: selectedId })),
      );
    });
  });
}

/**
 * Runs `start`; where its source has to be allowed first, asks for that and then starts. Shows the job.
 * @param back what is shown again where it is not allowed
 */
export async function whenTrusted(
  app: App,
  start: () => Promise<Job>,
  back: DialogState = { kind: "none" },
): Promise<void> {
  try {
    showStarted(app, await start());
  } catch (error) {
    const { code, details } = shapeOf(error);
    if (code !== "TRUST_NEEDED") throw error;
    const proceed = () => void app.attempt("The fetch could not be started", () => whenTrusted(app, start));
    app.ui.getState().set({ dialog: { kind: "trust", source: String(details.source), proceed, back } });
  }
}

/** A session belongs to one source, so rows of several become several jobs. */
function bySource(app: App, rows: readonly RowRef[]): RowRef[][] {
  const sources = new Map(listedRows(app).map((row) => [rowKey(row.ref), row.source]));
  return [...Map.groupBy(rows, (ref) => sources.get(rowKey(ref)) ?? null).values()];
}

/** The selected rows whose requests can be asked again. */
export function refetchable(app: App): RowRef[] {
  const { selected } = app.selection.getState();
  const unable = new Set(
    listedRows(app)
      .filter((row) => !canRefetch(row))
      .map((row) => rowKey(row.ref)),
  );
  return [...selected.values()].filter((ref) => !unable.has(rowKey(ref)));
}

/** What a payload is saved as, where it is not saved as it is. */
export interface DecodedForm {
  readonly decode: "gzip" | "zstd";
  readonly suggestedName: string;
}

/** Saves a payload, or what it decodes to; that of the inspected row when none is named. */
export function savePayload(
  app: App,
  payload: PayloadFacts | null = app.detail.getState().detail?.payload ?? null,
  decoded: DecodedForm | null = null,
): void {
  const { archive, info } = app.archives.getState();
  if (archive === null || info === null || payload === null) return;
  if (payload.state === "missing" || payload.state === "unaddressable" || payload.state === "none") return;
  const { checksum, suggestedName } = payload;
  const order = { archiveId: archive.id, checksum, suggestedName, ...decoded };
  if (info.nativeDialogs) void saveNatively(app, order);
  else void saveByDownload(app, order);
}

type SaveOrder = Omit<Params<"host.savePayload">, "evenIfDamaged">;

async function saveNatively(app: App, order: SaveOrder, evenIfDamaged = false): Promise<void> {
  try {
    const saved = await app.client.call("host.savePayload", { ...order, evenIfDamaged });
    if (saved === null) return;
    const title = evenIfDamaged ? "Payload saved as it is, damaged" : "Payload saved and verified";
    app.toasts.done(title, `${saved.path} · ${formatBytes(saved.sizeBytes)}`);
  } catch (error) {
    const shape = shapeOf(error);
    if (shape.code !== "PAYLOAD_CORRUPT") app.toasts.failed("The payload could not be saved", shape);
    else offerDamaged(app, shape, () => void saveNatively(app, order, true));
  }
}

/** Damaged bytes are saved only when the person asks for them, knowing. */
function offerDamaged(app: App, error: ErrorShape, run: () => void): void {
  app.toasts.failed("This payload is damaged", error, { label: "Save anyway", run, stays: true });
}

async function saveByDownload(app: App, order: SaveOrder): Promise<void> {
  const { archiveId, checksum, suggestedName: download, decode } = order;
  const url = payloadUrl(archiveId, checksum, { download, decode });
  try {
    // The host verifies before it answers; asking first keeps a refusal from becoming a broken download.
    const answer = await fetch(url, { method: "HEAD" });
    if (answer.ok) {
      startDownload(url, download);
      return;
    }
    const unknown = { code: "INTERNAL", message: `The host answered ${answer.status}.`, details: {} };
    const problem = decodeProblem(answer.headers.get(PROBLEM_HEADER)) ?? unknown;
    if (problem.code === "PAYLOAD_CORRUPT") {
      const damaged = payloadUrl(archiveId, checksum, { download, decode, evenIfDamaged: true });
      offerDamaged(app, problem, () => startDownload(damaged, download));
      return;
    }
    app.toasts.failed("The payload could not be saved", problem);
  } catch (error) {
    app.toasts.failed("The payload could not be saved", shapeOf(error));
  }
}

export function toggleTheme(app: App): void {
  changeSettings(app, { theme: nextTheme(app.settings.getState().settings.theme) });
}

/** system, light, dark, high contrast, and around. */
export function nextTheme(theme: Settings["theme"]): Settings["theme"] {
  switch (theme) {
    case "system":
      return "light";
    case "light":
      return "dark";
    case "dark":
      return "contrast";
    case "contrast":
      return "system";
  }
}

/** Changes settings; they take effect at once. */
export function changeSettings(app: App, patch: SettingsPatch): void {
  void app.attempt("The setting could not be kept", () => app.settings.getState().update(patch));
}

export function toggleTimeZone(app: App): void {
  changeSettings(app, { timeZone: app.settings.getState().settings.timeZone === "utc" ? "local" : "utc" });
}

export function toggleDayGroups(app: App): void {
  changeSettings(app, { groupByDay: !app.settings.getState().settings.groupByDay });
}

/** Puts the keyboard where one searches and filters. */
export function focusFilter(app: App): void {
  app.places.filter.current?.focus();
  app.places.filter.current?.select();
}
