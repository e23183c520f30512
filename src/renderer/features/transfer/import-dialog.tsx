import { useCallback, useId, useState } from "react";
import type { ErrorShape, ImportReport, Job, OpenArchive } from "../../../shared/contract.ts";
import { ArchivedText } from "../../components/archived-text.tsx";
import { Banner } from "../../components/banner.tsx";
import { Button } from "../../components/button.tsx";
import { Modal } from "../../components/modal.tsx";
import { ProgressBar } from "../../components/progress-bar.tsx";
import { Segmented } from "../../components/segmented.tsx";
import { useLoaded } from "../../components/use-loaded.ts";
import { formatBytes, formatCount, formatCounted } from "../../format/quantities.ts";
import { visibleText } from "../../format/visible-text.ts";
import { useApp, useArchives, useJobs, useUi } from "../../state/context.ts";
import { shapeOf } from "../../state/failures.ts";
import { hasEnded } from "../../state/jobs.ts";
import { nextStep } from "../archives/next-steps.ts";
import { isPressed, shortcut } from "../window/shortcuts.ts";
import {
  countsByKind,
  IMPORT_ENDINGS,
  IMPORT_FORMS,
  IMPORT_SAYS,
  type ImportDraft,
  importSource,
  NEW_IMPORT,
  spokenAdded,
  withPath,
} from "./import-draft.ts";
import { PlaceField } from "./place-field.tsx";
import { ProblemList } from "./problem-list.tsx";
import { spokenProgress } from "./spoken.ts";
import "./transfer.css";

/** Imports into the open archive, after it was shown what that would add. */
export function ImportDialog() {
  const archive = useArchives((state) => state.archive);
  return archive === null ? null : <ArchiveImport archive={archive} />;
}

function ArchiveImport({ archive }: { readonly archive: OpenArchive }) {
  const app = useApp();
  const close = useUi((state) => state.closeDialog);
  const [draft, setDraft] = useState<ImportDraft>(NEW_IMPORT);
  const [previewId, setPreviewId] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<ErrorShape | null>(null);
  const preview = useJobs((state) => state.jobs.find((job) => job.id === previewId) ?? null);
  const sourceId = useId();
  const cancelPreview = () => {
    if (preview !== null && !hasEnded(preview)) {
      void app.attempt("The preview could not be cancelled", () => app.jobs.getState().cancel(preview.id));
    }
    setPreviewId(null);
  };
  // What was shown is of what was asked then.
  const change = (next: ImportDraft) => {
    setDraft(next);
    setError(null);
    cancelPreview();
  };
  const isPreviewing = preview !== null && !hasEnded(preview);
  const isReady = preview?.state.status === "succeeded";
  const canStart = draft.path.trim() !== "" && !busy && !isPreviewing;
  const start = async () => {
    if (!canStart) return;
    setBusy(true);
    setError(null);
    const params = { archiveId: archive.id, from: importSource(draft) };
    try {
      if (isReady) {
        await app.startJob(() => app.client.call("import.start", params));
        app.ui.getState().set({ jobsShown: true });
        close();
        return;
      }
      const job = await app.client.call("import.preview", params);
      app.jobs.getState().told(job);
      setPreviewId(job.id);
    } catch (reason) {
      setError(shapeOf(reason));
    }
    setBusy(false);
  };
  const failure = error ?? (preview?.state.status === "failed" ? preview.state.error : null);
  return (
    <Modal
      title="Import"
      description={`Adds what ${archive.name} does not have yet; importing twice adds nothing. Nothing that is there is changed.`}
      size="large"
      focusFirst="input:checked"
      onClose={() => {
        cancelPreview();
        close();
      }}
      onKeyDown={(event) => {
        if (!isPressed(event, "send")) return;
        event.preventDefault();
        void start();
      }}
      footer={
        <>
          <Button
            onClick={() => {
              cancelPreview();
              close();
            }}
          >
            Cancel
          </Button>
          <Button
            variant="primary"
            unavailable={!canStart}
            hint={draft.path.trim() === "" ? "Choose what is to be imported" : shortcut("send")}
            onClick={() => void start()}
          >
            {isReady ? "Import" : "Preview"}
          </Button>
        </>
      }
    >
      <div className="form">
        <div className="field">
          <Segmented
            label="From"
            value={draft.type}
            options={IMPORT_FORMS}
            onChange={(type) => change({ ...draft, type })}
          />
          <p className="muted transfer-says">{IMPORT_SAYS[draft.type]}</p>
        </div>
        <PlaceField
          label={IMPORT_ENDINGS[draft.type].length === 0 ? "Folder" : "File"}
          value={draft.path}
          purpose="import"
          endings={IMPORT_ENDINGS[draft.type]}
          onChange={(path) => change(withPath(draft, path))}
        />
        {draft.type !== "archive" && (
          <div className="field">
            <label className="field-label" htmlFor={sourceId}>
              Source that the rows are attributed to
            </label>
            <input
              id={sourceId}
              className="input"
              value={draft.source}
              placeholder="What the rows say, else the name of the file or folder"
              maxLength={500}
              spellCheck={false}
              onChange={(event) => change({ ...draft, source: event.target.value })}
            />
          </div>
        )}
        {failure !== null && (
          <Banner tone="bad" urgent title="It cannot be imported">
            <p>
              <ArchivedText text={failure.message} />
            </p>
            <p>{nextStep(failure.code)}</p>
          </Banner>
        )}
        {isPreviewing && preview !== null && <Previewing job={preview} />}
        {isReady && preview !== null && <Planned jobId={preview.id} />}
      </div>
    </Modal>
  );
}

function Previewing({ job }: { readonly job: Job }) {
  return (
    <div className="field">
      <p role="status">Reading… {job.detail.kind === "import" && spokenProgress(job.state, job.detail)}</p>
      <ProgressBar done={0} total={null} label={job.title} />
    </div>
  );
}

function Planned({ jobId }: { readonly jobId: string }) {
  const { client } = useApp();
  const load = useCallback(
    (signal: AbortSignal) => client.call("import.report", { jobId }, { signal }),
    [client, jobId],
  );
  const loaded = useLoaded(load);
  if (loaded.status === "loading") return null;
  if (loaded.status === "failed") {
    return (
      <Banner tone="doubt" title="The preview is not there">
        <p>
          <ArchivedText text={loaded.error.message} />
        </p>
      </Banner>
    );
  }
  return <Plan report={loaded.value} />;
}

function Plan({ report }: { readonly report: ImportReport }) {
  const { added, present, items, problems, problemCount } = report;
  const counts = countsByKind(items);
  return (
    <section className="plan" aria-label="What would be added" data-testid="plan">
      <p role="status">
        <strong>Would add {spokenAdded(report) || "nothing"}.</strong>
        {present > 0 && ` ${formatCounted(present, "response")} skipped, for the archive has them already.`}
        {problemCount > 0 && ` ${formatCounted(problemCount, "problem")}.`}
      </p>
      {counts.length > 0 && (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls can be scrolled by keyboard
        <section className="plan-kinds" tabIndex={0} aria-label="Responses by kind">
          <table>
            <thead>
              <tr>
                <th scope="col">Source</th>
                <th scope="col">Kind</th>
                <th scope="col">Responses</th>
                <th scope="col">Size</th>
              </tr>
            </thead>
            <tbody>
              {counts.map(({ source, kind, responses, bytes }) => (
                <tr key={JSON.stringify([source, kind])}>
                  <td>
                    <NamedOrNot text={source} />
                  </td>
                  <td>
                    <NamedOrNot text={kind} />
                  </td>
                  <td>{formatCount(responses)}</td>
                  <td>{formatBytes(bytes)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </section>
      )}
      {added.responses > items.length && (
        <p className="muted">By kind: the first {formatCount(items.length)} responses.</p>
      )}
      {items.length > 0 && <PlannedItems items={items} count={added.responses} />}
      {problems.length > 0 && (
        <ProblemList
          label="What would not be imported"
          problems={problems.map((problem) => ({ ...problem, row: null }))}
          count={problemCount}
        />
      )}
    </section>
  );
}

/** More are not drawn: who wants to know of each looks at them once they are there. */
const NAMED = 200;

/** The first of the responses, one by one, by what was asked for. */
function PlannedItems({ items, count }: { readonly items: ImportReport["items"]; readonly count: number }) {
  const named = items.slice(0, NAMED);
  return (
    <details className="plan-items">
      <summary>
        {count === named.length ? "Each of them" : `The first ${formatCount(named.length)} of ${formatCount(count)}`}
      </summary>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls can be scrolled by keyboard */}
      <ul className="problems-list" tabIndex={0} aria-label="Responses that would be added">
        {named.map(({ responseId, label, kind, sizeBytes }) => (
          <li key={responseId} className="plan-item">
            <span className="mono truncate" title={visibleText(label)}>
              <NamedOrNot text={label === "" ? kind : label} />
            </span>
            <span className="muted">{sizeBytes === null ? "" : formatBytes(sizeBytes)}</span>
          </li>
        ))}
      </ul>
    </details>
  );
}

function NamedOrNot({ text }: { readonly text: string }) {
  return text === "" ? <span className="muted">not known</span> : <ArchivedText text={text} />;
}
