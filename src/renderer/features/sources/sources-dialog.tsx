import { type ReactNode, useCallback, useEffect, useState } from "react";
import type { KnownSource, KnownSources } from "../../../shared/contract.ts";
import { ArchivedText } from "../../components/archived-text.tsx";
import { Banner } from "../../components/banner.tsx";
import { Button } from "../../components/button.tsx";
import { Modal } from "../../components/modal.tsx";
import { Skeleton } from "../../components/skeleton.tsx";
import { useLoaded } from "../../components/use-loaded.ts";
import { formatCounted } from "../../format/quantities.ts";
import { useApp, useArchives } from "../../state/context.ts";
import type { DialogState } from "../../state/ui.ts";
import { SubscribeButton } from "../streams/subscribe-button.tsx";
import { type MappingDraft, mappingDraft } from "./mapping-draft.ts";
import { MappingForm } from "./mapping-form.tsx";
import { SecretList } from "./secret-list.tsx";
import "./sources.css";

/**
 * Every source of the archive and who answers for it; the secrets that mappings refer to.
 * @param props.back what is shown once it is closed
 */
export function SourcesDialog({ back }: { readonly back: DialogState }) {
  const app = useApp();
  const close = () => app.ui.getState().set({ dialog: back });
  const archiveId = useArchives((state) => state.archive?.id ?? "");
  const load = useCallback(
    (signal: AbortSignal) => app.client.call("sources.configured", { archiveId }, { signal }),
    [app, archiveId],
  );
  const loaded = useLoaded(load);
  const [known, setKnown] = useState<KnownSources | null>(null);
  const [editing, setEditing] = useState<MappingDraft | null>(null);
  useEffect(() => {
    if (loaded.status === "ready") setKnown(loaded.value);
  }, [loaded]);
  const refresh = () => {
    void app.attempt("The sources could not be read", async () =>
      setKnown(await app.client.call("sources.configured", { archiveId })),
    );
  };
  if (editing !== null) {
    return (
      <MappingForm
        draft={editing}
        files={known?.files ?? []}
        onSaved={(now) => {
          setKnown(now);
          setEditing(null);
        }}
        onClose={() => setEditing(null)}
      />
    );
  }
  return (
    <Modal
      title="Sources and secrets"
      description="Which adapter answers for which source, as mapped in dataio.config.yaml. You may edit that too."
      size="large"
      focusFirst=".modal-foot .button-primary"
      onClose={close}
      footer={
        <>
          <Button onClick={() => setEditing(mappingDraft(null))}>Add a source…</Button>
          <span className="view-bar-gap" />
          <Button variant="primary" onClick={close}>
            Done
          </Button>
        </>
      }
    >
      <div className="form">
        {loaded.status === "failed" && (
          <Banner tone="bad" urgent title="The sources could not be read">
            <p>
              <ArchivedText text={loaded.error.message} />
            </p>
          </Banner>
        )}
        {(known?.files ?? []).map(
          ({ path, problem }) =>
            problem !== null && (
              <Banner key={path} tone="bad" title="A file of mappings cannot be used">
                <p className="mono">
                  <ArchivedText text={problem} />
                </p>
              </Banner>
            ),
        )}
        {known === null && loaded.status !== "failed" && <Skeleton label="Sources are being read" lines={3} />}
        {known !== null && known.sources.length === 0 && (
          <p className="muted">Nothing was asked yet, and nothing is mapped.</p>
        )}
        <ul className="source-list" aria-label="Sources">
          {(known?.sources ?? []).map((source) => (
            <SourceLine
              key={source.source}
              source={source}
              onEdit={() => setEditing(mappingDraft(source))}
              onAllow={() =>
                app.ui.getState().set({
                  dialog: {
                    kind: "trust",
                    source: source.source,
                    proceed: () => app.ui.getState().set({ dialog: { kind: "sources", back } }),
                    back: { kind: "sources", back },
                  },
                })
              }
            />
          ))}
        </ul>
        <SecretList onChanged={refresh} />
        <ul className="source-files muted" aria-label="Files of mappings">
          {(known?.files ?? []).map(({ place, path, exists }) => (
            <li key={path}>
              {place === "archive" ? "Of this archive" : "Yours"}: <ArchivedText text={path} className="mono" />
              {!exists && <span className="source-absent"> (not there yet)</span>}
            </li>
          ))}
        </ul>
      </div>
    </Modal>
  );
}

interface SourceLineProps {
  readonly source: KnownSource;
  readonly onEdit: () => void;
  readonly onAllow: () => void;
}

function SourceLine({ source: { source, sessionCount, mapping, proposed }, onEdit, onAllow }: SourceLineProps) {
  return (
    <li className="source-line" data-testid="source">
      <span className="source-name">
        <ArchivedText text={source} className="strong truncate" />
        <span className="muted">{sessionCount === 0 ? "never asked" : formatCounted(sessionCount, "session")}</span>
      </span>
      <span className="source-answer truncate">
        {mapping === null ? (
          <span className="muted">
            {proposed === null
              ? "Not mapped; its params do not say how"
              : `Not mapped; asked by ${proposed} as its params say`}
          </span>
        ) : (
          <>
            <span>{mapping.settings.adapter}</span> <ArchivedText text={spokenTarget(mapping)} className="mono muted" />
          </>
        )}
      </span>
      {mapping !== null && mapping.missingSecrets.length > 0 && (
        <Note tone="bad">needs {mapping.missingSecrets.join(", ")}</Note>
      )}
      {mapping?.trust === "needed" && <Note tone="doubt">not allowed yet</Note>}
      {mapping?.trust === "given" && <Note tone="good">allowed</Note>}
      {mapping?.trust === "needed" && (
        <Button aria-label={`Allow ${source}`} onClick={onAllow}>
          Allow…
        </Button>
      )}
      <SubscribeButton source={source} mapping={mapping} />
      <Button aria-label={`${mapping === null ? "Map" : "Edit"} ${source}`} onClick={onEdit}>
        {mapping === null ? "Map…" : "Edit…"}
      </Button>
    </li>
  );
}

function Note({ tone, children }: { readonly tone: "good" | "doubt" | "bad"; readonly children: ReactNode }) {
  return <span className={`tone-${tone}`}>{children}</span>;
}

/** What a mapping leads to, in one line. */
function spokenTarget({ settings }: NonNullable<KnownSource["mapping"]>): string {
  switch (settings.adapter) {
    case "command":
      return settings.run.join(" ");
    case "module":
      return settings.file;
    case "local-file":
      return settings.root ?? "";
    default:
      return settings.baseUrl ?? "";
  }
}
