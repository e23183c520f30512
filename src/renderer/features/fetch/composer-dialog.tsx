import { Plus } from "lucide-react";
import { type KeyboardEvent, useEffect, useRef, useState } from "react";
import type { ErrorShape, PlannedFetch } from "../../../shared/contract.ts";
import { ArchivedText } from "../../components/archived-text.tsx";
import { Banner } from "../../components/banner.tsx";
import { Button } from "../../components/button.tsx";
import { JsonField } from "../../components/json-field.tsx";
import { Modal } from "../../components/modal.tsx";
import { Segmented } from "../../components/segmented.tsx";
import { SuggestField } from "../../components/suggest-field.tsx";
import { SwitchField } from "../../components/switch-field.tsx";
import { formatCount } from "../../format/quantities.ts";
import { whenTrusted } from "../../state/commands.ts";
import { useApp, useArchives, useUi } from "../../state/context.ts";
import { isSilent, shapeOf } from "../../state/failures.ts";
import { subscribeToComposed } from "../../state/streams.ts";
import { nextStep } from "../archives/next-steps.ts";
import { SendEntry } from "../send/send-entry.tsx";
import { useKnownSources } from "../sources/use-known-sources.ts";
import { streamWay } from "../streams/subscription-draft.ts";
import { isPressed, shortcut } from "../window/shortcuts.ts";
import { ComposerMore } from "./composer-more.tsx";
import {
  answeredBy,
  type ComposerDraft,
  draftFaults,
  fetchParams,
  filledFrom,
  isUntouched,
  proposedAdapter,
} from "./draft.ts";
import { MANY_REQUESTS } from "./for-each.ts";
import { ManyRequests } from "./many-requests.tsx";
import { ParamsField } from "./params-field.tsx";
import { PlannedList } from "./planned-list.tsx";
import { ReadOnlyNotice } from "./read-only-notice.tsx";
import { added, countOf } from "./request-list.ts";
import { SessionRequests } from "./session-requests.tsx";
import "./composer-dialog.css";

/** Composes requests of one source, says what they would be, and runs them as a session. */
export function ComposerDialog({ draft: first }: { readonly draft: ComposerDraft }) {
  const app = useApp();
  const archive = useArchives((state) => state.archive);
  const close = useUi((state) => state.closeDialog);
  const [draft, setDraft] = useState(first);
  const [tried, setTried] = useState(false);
  const [starting, setStarting] = useState(false);
  const [error, setError] = useState<(ErrorShape & { readonly title: string }) | null>(null);
  const top = useRef<HTMLDivElement>(null);
  // Whoever is further down would not see it.
  useEffect(() => {
    if (error !== null) void top.current?.scrollIntoView({ block: "start" });
  }, [error]);
  /** Asks before very many requests go out. */
  const [asking, setAsking] = useState(false);
  // Where the file of mappings cannot be read, sources are asked as their params say.
  const { asked: sources, known: mappings } = useKnownSources();
  const [plan, setPlan] = useState<readonly PlannedFetch[] | null>(null);
  const faults = draftFaults(draft);
  const shown = tried ? faults : {};
  const change = (patch: Partial<ComposerDraft>) => {
    setDraft((last) => ({ ...last, ...patch }));
    setPlan(null);
    setAsking(false);
  };
  const count = countOf(draft);

  const isComplete = Object.keys(faults).length === 0;
  /** From now on what is missing or wrong is said, and the first of it comes into sight. */
  const showFaults = () => {
    setTried(true);
    setTimeout(() => top.current?.querySelector(".field-fault")?.scrollIntoView({ block: "nearest" }));
  };
  const fail = (reason: unknown, title: string) => {
    setStarting(false);
    const lost = { code: "DISCONNECTED", message: "The connection to the host was lost.", details: {} };
    setError({ title, ...(isSilent(reason) ? lost : shapeOf(reason)) });
  };
  const run = async (isSure = false) => {
    if (isStream) return subscribeToComposed(app, draft);
    showFaults();
    if (archive === null || starting || archive.readOnly || !isComplete) return;
    if (count > MANY_REQUESTS && !isSure) {
      setAsking(true);
      return;
    }
    setAsking(false);
    setStarting(true);
    setError(null);
    try {
      const start = () => app.startJob(() => app.client.call("fetch.start", fetchParams(draft, archive.id)));
      await whenTrusted(app, start, { kind: "compose", draft });
      // It may be asking for trust by now.
      if (app.ui.getState().dialog.kind === "compose") close();
    } catch (reason) {
      fail(reason, "The fetch could not be started");
    }
  };
  const dryRun = async () => {
    showFaults();
    if (archive === null || !isComplete) return;
    setError(null);
    try {
      setPlan(await app.client.call("fetch.plan", fetchParams(draft, archive.id)));
    } catch (reason) {
      setPlan(null);
      fail(reason, "There is no dry run of this");
    }
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (!isPressed(event, "send")) return;
    event.preventDefault();
    void run();
  };

  const known = sources.find((other) => other.source === draft.source.trim());
  const kinds = known?.kinds ?? [];
  const pickKind = (name: string) => {
    const kind = kinds.find((other) => other.kind === name);
    if (kind !== undefined) setDraft((last) => filledFrom(last, kind));
    setPlan(null);
  };
  const changeParams = ({ paramsJson, face }: Pick<ComposerDraft, "paramsJson" | "face">) =>
    change({
      paramsJson,
      face,
      adapter: draft.adapter === "mapped" ? "mapped" : (proposedAdapter(paramsJson) ?? draft.adapter),
    });
  const mapping = mappings.find((other) => other.source === draft.source.trim())?.mapping ?? null;
  const settings = mapping?.settings ?? null;
  const adapter = draft.adapter === "mapped" ? (settings?.adapter ?? "") : draft.adapter;
  /** What is composed cannot be fetched, but subscribed to. */
  const isStream = streamWay(adapter, draft.paramsJson) === "only";
  // A source is asked as it is mapped, unless the person says otherwise; another name may have no mapping.
  useEffect(() => {
    setDraft((last) => {
      if (settings !== null) return answeredBy(last, "mapped", settings);
      return last.adapter === "mapped" ? answeredBy(last, proposedAdapter(last.paramsJson) ?? "http", null) : last;
    });
  }, [settings]);
  if (archive === null) return null;
  return (
    <Modal
      title="New fetch"
      size="large"
      focusFirst="input"
      onClose={close}
      onKeyDown={onKeyDown}
      footer={
        <>
          {!isStream && (
            <SwitchField
              label="Answer from the archive if it is there"
              checked={draft.cache !== "bypass" && draft.cache !== "never"}
              onChange={(reuse) => change({ cache: reuse ? "default" : "bypass" })}
            />
          )}
          <span className="view-bar-gap" />
          <SendEntry draft={draft} adapter={adapter} readOnly={archive.readOnly} />
          {!isStream && (
            <Button
              hint="Says hash, URL and whether the archive would answer; nothing goes out"
              onClick={() => void dryRun()}
            >
              Dry run
            </Button>
          )}
          <Button onClick={close}>Cancel</Button>
          <Button
            variant="primary"
            unavailable={starting || archive.readOnly}
            hint={archive.readOnly ? "The archive is read-only" : shortcut("send")}
            onClick={() => void run()}
          >
            {isStream ? "Subscribe…" : starting ? "Starting…" : count === 1 ? "Fetch" : `Fetch ${formatCount(count)}`}
          </Button>
        </>
      }
    >
      <div ref={top} className="form">
        {archive.readOnly && <ReadOnlyNotice archive={archive} />}
        {asking && (
          <ManyRequests
            count={count}
            source={draft.source.trim()}
            onSend={() => void run(true)}
            onBack={() => setAsking(false)}
          />
        )}
        {error !== null && (
          <Banner tone="bad" urgent title={error.title}>
            <p>
              <ArchivedText text={error.message} />
            </p>
            <p>{nextStep(error.code)}</p>
          </Banner>
        )}
        {draft.queue.length > 0 && <SessionRequests draft={draft} tried={tried} onChange={change} />}
        {shown.others !== undefined && <p className="field-fault">{shown.others}</p>}
        <div className="form-row">
          <SuggestField
            label="Source"
            value={draft.source}
            suggestions={[...new Set([...sources, ...mappings].map((other) => other.source))]}
            placeholder="Who it comes from"
            fault={shown.source}
            onChange={(source) => change({ source })}
          />
          <SuggestField
            label="Kind"
            value={draft.kind}
            suggestions={[...new Set(kinds.map((other) => other.kind))]}
            placeholder="What is asked"
            fault={shown.kind}
            onChange={(kind) => {
              if (isUntouched(draft, kinds) && kinds.some((other) => other.kind === kind)) pickKind(kind);
              else change({ kind });
            }}
            onPick={pickKind}
          />
        </div>
        <div className="form-row">
          <Segmented
            label="Adapter"
            value={draft.adapter}
            options={[
              ...(mapping === null
                ? []
                : [{ value: "mapped", label: `As mapped (${mapping.settings.adapter})` } as const]),
              { value: "http", label: "HTTP" },
              { value: "local-file", label: "Local file" },
            ]}
            onChange={(adapter) => change(answeredBy(draft, adapter, settings))}
          />
          <Segmented
            label="Method"
            value={draft.method}
            options={[
              { value: "GET", label: "GET" },
              { value: "POST", label: "POST" },
            ]}
            onChange={(method) => change({ method })}
          />
        </div>
        {mapping === null && draft.source.trim() !== "" && (
          <p className="field-note">
            This source is not mapped: it is asked as written here, without secrets, a rate or retries.{" "}
            <button
              type="button"
              className="link"
              onClick={() => app.ui.getState().set({ dialog: { kind: "sources", back: { kind: "compose", draft } } })}
            >
              Sources and secrets…
            </button>
          </p>
        )}
        <ParamsField
          label={PARAMS_LABELS[adapter] ?? "Params"}
          value={draft.paramsJson}
          face={draft.face}
          fault={shown.params}
          onChange={changeParams}
          onFace={(face) => {
            setDraft((last) => ({ ...last, face }));
            app.ui.getState().set({ paramsFace: face });
          }}
        />
        {isStream && (
          <p className="field-note">
            This is a stream: it is subscribed to, and every message is archived as it comes.
          </p>
        )}
        <JsonField
          label="Body (optional)"
          value={draft.bodyJson}
          fault={shown.body}
          height="76px"
          onChange={(bodyJson) => change({ bodyJson })}
        />
        <ComposerMore draft={draft} faults={shown} onChange={change} />
        <div>
          <Button
            icon={<Plus size={14} />}
            hint="Keeps this request for the session, and leaves it here to be changed into the next"
            onClick={() => {
              if (!isComplete) return showFaults();
              setTried(false);
              change(added(draft));
            }}
          >
            Add another request
          </Button>
        </div>
        {plan !== null && <PlannedList plan={plan} />}
      </div>
    </Modal>
  );
}

/** What the params of an adapter hold. */
const PARAMS_LABELS: Readonly<Record<string, string>> = {
  http: "Params (url, headers, …)",
  "local-file": "Params (path)",
};
