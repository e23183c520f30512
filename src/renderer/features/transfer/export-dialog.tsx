import { useCallback, useEffect, useId, useMemo, useState } from "react";
import type { ErrorShape, ExportMeasure, OpenArchive } from "../../../shared/contract.ts";
import { ArchivedText } from "../../components/archived-text.tsx";
import { Banner } from "../../components/banner.tsx";
import { Button } from "../../components/button.tsx";
import { Modal } from "../../components/modal.tsx";
import { Segmented } from "../../components/segmented.tsx";
import { SwitchField } from "../../components/switch-field.tsx";
import { type Loaded, useLoaded } from "../../components/use-loaded.ts";
import { formatBytes, formatRows } from "../../format/quantities.ts";
import { formatTime } from "../../format/times.ts";
import { useApp, useArchives, useRows, useSelection, useTimeZone, useUi } from "../../state/context.ts";
import { fetchWhenDone } from "../../state/downloads.ts";
import { shapeOf } from "../../state/failures.ts";
import { wholeFilter } from "../../state/rows.ts";
import { nextStep } from "../archives/next-steps.ts";
import { isPressed, shortcut } from "../window/shortcuts.ts";
import {
  EXPORT_PLACES,
  type ExportDraft,
  type ExportScope,
  existingChoices,
  exportTarget,
  formChoice,
  formsOf,
  hasNames,
  NEW_EXPORT,
  nameFault,
  proposedName,
  type ScopeChoice,
  scopeChoices,
  usualScope,
  withForm,
  withPlace,
} from "./export-draft.ts";
import { NamePreview } from "./name-preview.tsx";
import { PlaceField } from "./place-field.tsx";
import "./transfer.css";

const NO_ENDINGS: readonly string[] = [];

/** Exports a part of the archive: what, in which form, under which names, where to. */
export function ExportDialog({ first }: { readonly first: ScopeChoice["id"] | null }) {
  const archive = useArchives((state) => state.archive);
  return archive === null ? null : <ArchiveExport archive={archive} first={first} />;
}

function ArchiveExport({
  archive,
  first,
}: {
  readonly archive: OpenArchive;
  readonly first: ScopeChoice["id"] | null;
}) {
  const app = useApp();
  const close = useUi((state) => state.closeDialog);
  const choices = useScopeChoices();
  const [scopeId, setScopeId] = useState(() => first ?? usualScope(choices, app.selection.getState().selected.size));
  const choice = choices.find(({ id }) => id === scopeId) ?? choices.at(-1);
  const canFetch = useArchives((state) => state.info?.nativeDialogs === false);
  const [draft, setDraft] = useState<ExportDraft>(() => {
    const { exportFolder, exportPlace } = app.ui.getState();
    const usual: ExportDraft = { ...NEW_EXPORT, folder: exportFolder ?? "" };
    return canFetch ? withPlace(usual, exportPlace) : usual;
  });
  const [tried, setTried] = useState(false);
  const [starting, setStarting] = useState(false);
  const [error, setError] = useState<ErrorShape | null>(null);
  const change = (patch: Partial<ExportDraft>) => setDraft((last) => ({ ...last, ...patch }));
  useHomeFolder(draft.folder === "", (folder) => setDraft((last) => (last.folder === "" ? { ...last, folder } : last)));
  if (choice === undefined) return null;

  const { scope } = choice;
  const name = draft.name ?? proposedName(archive.name, choice, draft.form);
  const isFetched = draft.to === "download";
  const folderFault = !isFetched && draft.folder.trim() === "" ? "Choose where to." : null;
  const start = async () => {
    setTried(true);
    if (starting || folderFault !== null || nameFault(name) !== null) return;
    setStarting(true);
    setError(null);
    try {
      const target = exportTarget(draft, name);
      const order = { archiveId: archive.id, scope, target, download: isFetched };
      const job = await app.startJob(() => app.client.call("export.start", order));
      if (isFetched) fetchWhenDone(app, job.id);
      else app.ui.getState().set({ exportFolder: draft.folder.trim() });
      app.ui.getState().set({ jobsShown: true, exportPlace: draft.to });
      close();
    } catch (reason) {
      setStarting(false);
      setError(shapeOf(reason));
    }
  };
  return (
    <Modal
      title="Export"
      description={`Copies a part of ${archive.name}, every payload verified. The archive itself is not changed.`}
      size="large"
      focusFirst="input:checked"
      onClose={close}
      onKeyDown={(event) => {
        if (!isPressed(event, "send")) return;
        event.preventDefault();
        void start();
      }}
      footer={
        <>
          <Button onClick={close}>Cancel</Button>
          <Button variant="primary" unavailable={starting} hint={shortcut("send")} onClick={() => void start()}>
            {starting ? "Starting…" : "Export"}
          </Button>
        </>
      }
    >
      <div className="form">
        {error !== null && (
          <Banner tone="bad" urgent title="The export could not be started">
            <p>
              <ArchivedText text={error.message} />
            </p>
            <p>{nextStep(error.code)}</p>
          </Banner>
        )}
        <ScopeField archive={archive} choices={choices} chosen={choice} onChoose={setScopeId} />
        {canFetch && (
          <Segmented
            label="Where to"
            value={draft.to}
            options={EXPORT_PLACES}
            onChange={(to) => setDraft((last) => withPlace(last, to))}
          />
        )}
        <div className="field">
          <Segmented
            label="Form"
            value={draft.form}
            options={formsOf(draft.to)}
            onChange={(form) => setDraft((last) => withForm(last, form))}
          />
          <p className="muted transfer-says">{formChoice(draft.form).says}</p>
        </div>
        {hasNames(draft.form) && (
          <NamePreview
            archiveId={archive.id}
            scope={scope}
            template={draft.template}
            onChange={(template) => change({ template })}
          />
        )}
        <Options draft={draft} change={change} />
        <div className="transfer-target">
          {!isFetched && (
            <PlaceField
              label="In the folder"
              value={draft.folder}
              purpose="export"
              endings={NO_ENDINGS}
              fault={tried ? folderFault : null}
              onChange={(folder) => change({ folder })}
            />
          )}
          <NameField
            label={nameLabel(draft)}
            value={name}
            fault={tried || draft.name !== null ? nameFault(name) : null}
            onChange={(typed) => change({ name: typed })}
          />
        </div>
        {!isFetched && existingChoices(draft.form).length > 1 && (
          <Segmented
            label="If it is there already"
            value={draft.existing}
            options={existingChoices(draft.form)}
            onChange={(existing) => change({ existing })}
          />
        )}
      </div>
    </Modal>
  );
}

function nameLabel({ form, to }: ExportDraft): string {
  if (formChoice(form).ending !== "") return "Name of the file";
  return to === "download" ? "Name of the folder in the zip" : "Name of the new folder";
}

/** As it was when the dialog opened: what is written meanwhile does not change what is exported. */
function useScopeChoices(): readonly ScopeChoice[] {
  const listing = useRows((state) => state.listing);
  const selected = useSelection((state) => state.selected);
  return useMemo(
    () =>
      scopeChoices({
        selected: [...selected.values()],
        sessionId: listing?.sessionId ?? null,
        filter: listing === null ? [] : wholeFilter(listing),
        asOf: listing?.asOf ?? null,
      }),
    [listing, selected],
  );
}

/** A person's home is where exports go who never chose a folder. */
function useHomeFolder(wanted: boolean, onFound: (path: string) => void): void {
  const { client } = useApp();
  const [asked] = useState(wanted);
  const load = useCallback(
    async (signal: AbortSignal) =>
      asked ? (await client.call("folders.list", { path: null }, { signal })).path : null,
    [client, asked],
  );
  const home = useLoaded(load);
  const path = home.status === "ready" ? home.value : null;
  // biome-ignore lint/correctness/useExhaustiveDependencies: once, when it is known
  useEffect(() => {
    if (path !== null) onFound(path);
  }, [path]);
}

interface ScopeFieldProps {
  readonly archive: OpenArchive;
  readonly choices: readonly ScopeChoice[];
  readonly chosen: ScopeChoice;
  readonly onChoose: (id: ScopeChoice["id"]) => void;
}

function ScopeField({ archive, choices, chosen, onChoose }: ScopeFieldProps) {
  const name = useId();
  const zone = useTimeZone();
  const { scope } = chosen;
  const asOf = scope.type === "filter" ? (scope.asOf ?? null) : null;
  return (
    <fieldset className="field">
      <legend className="field-label">What</legend>
      {choices.map((choice) => (
        <label key={choice.id} className="scope">
          <input type="radio" name={name} checked={choice === chosen} onChange={() => onChoose(choice.id)} />
          <span>{choice.label}</span>
          <ScopeSize archiveId={archive.id} scope={choice.scope} />
        </label>
      ))}
      {asOf !== null && (
        <p className="muted transfer-says">
          As of <ArchivedText text={formatTime(asOf, zone)} /> {zone === "utc" ? "UTC" : "local time"}, as the window
          is: without what came later, or was replaced by then.
        </p>
      )}
    </fieldset>
  );
}

function ScopeSize({ archiveId, scope }: { readonly archiveId: string; readonly scope: ExportScope }) {
  const { client } = useApp();
  const load = useCallback(
    (signal: AbortSignal) => client.call("export.measure", { archiveId, scope }, { signal }),
    [client, archiveId, scope],
  );
  const measured = useLoaded(load);
  return (
    <span className="muted scope-size" aria-live="polite">
      {spokenMeasure(measured)}
    </span>
  );
}

function spokenMeasure(measured: Loaded<ExportMeasure>): string {
  switch (measured.status) {
    case "loading":
      return "counting…";
    case "failed":
      return measured.error.message;
    case "ready": {
      const { rows, more, bytes } = measured.value;
      return bytes === null ? formatRows(rows, more) : `${formatRows(rows, more)} · ${formatBytes(bytes)}`;
    }
  }
}

interface OptionsProps {
  readonly draft: ExportDraft;
  readonly change: (patch: Partial<ExportDraft>) => void;
}

function Options({ draft, change }: OptionsProps) {
  const { form } = draft;
  const canDecode = hasNames(form) || form === "warc";
  if (!canDecode && form !== "csv") return null;
  return (
    <div className="transfer-options">
      {hasNames(form) && (
        <>
          <SwitchField
            label="Transport metadata beside each payload"
            checked={draft.sidecars}
            onChange={(sidecars) => change({ sidecars })}
          />
          <SwitchField
            label="A file for each row, not each payload"
            checked={draft.each}
            onChange={(each) => change({ each })}
          />
        </>
      )}
      {canDecode && (
        <SwitchField
          label="Undo content encodings such as gzip"
          checked={draft.decoded}
          onChange={(decoded) => change({ decoded })}
        />
      )}
      {form === "zip" && (
        <SwitchField label="Compress" checked={draft.compressed} onChange={(compressed) => change({ compressed })} />
      )}
      {form === "csv" && (
        <SwitchField
          label="Leave cells that a spreadsheet would run as formulas"
          checked={draft.formulas}
          onChange={(formulas) => change({ formulas })}
        />
      )}
    </div>
  );
}

interface NameFieldProps {
  readonly label: string;
  readonly value: string;
  readonly fault: string | null;
  readonly onChange: (name: string) => void;
}

function NameField({ label, value, fault, onChange }: NameFieldProps) {
  const id = useId();
  return (
    <div className="field">
      <label className="field-label" htmlFor={id}>
        {label}
      </label>
      <input
        id={id}
        className="input"
        value={value}
        spellCheck={false}
        maxLength={250}
        aria-invalid={fault !== null}
        aria-describedby={fault === null ? undefined : `${id}-fault`}
        onChange={(event) => onChange(event.target.value)}
      />
      {fault !== null && (
        <p id={`${id}-fault`} className="field-fault">
          {fault}
        </p>
      )}
    </div>
  );
}
