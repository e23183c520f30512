import { type KeyboardEvent, useEffect, useState } from "react";
import type { ErrorShape } from "../../../shared/contract.ts";
import { ArchivedText } from "../../components/archived-text.tsx";
import { Banner } from "../../components/banner.tsx";
import { Button } from "../../components/button.tsx";
import { JsonField } from "../../components/json-field.tsx";
import { Modal } from "../../components/modal.tsx";
import { Segmented } from "../../components/segmented.tsx";
import { SuggestField } from "../../components/suggest-field.tsx";
import { useApp, useArchives, useUi } from "../../state/context.ts";
import { shapeOf } from "../../state/failures.ts";
import { showJobPage } from "../../state/job-pages.ts";
import { nextStep } from "../archives/next-steps.ts";
import { sourceNames, useKnownSources } from "../sources/use-known-sources.ts";
import { isPressed, shortcut } from "../window/shortcuts.ts";
import { ofSource, STREAMERS, type SubscriptionDraft, subscriptionFaults } from "./subscription-draft.ts";
import "./streams.css";

/** Says what to subscribe to, and begins; the stream then stands in the place of the rows. */
export function SubscribeDialog({ draft: first }: { readonly draft: SubscriptionDraft }) {
  const app = useApp();
  const archiveId = useArchives((state) => state.archive?.id ?? "");
  const close = useUi((state) => state.closeDialog);
  const sources = useKnownSources();
  const [draft, setDraft] = useState(first);
  const [tried, setTried] = useState(false);
  const [starting, setStarting] = useState(false);
  const [error, setError] = useState<ErrorShape | null>(null);
  const faults = subscriptionFaults(draft);
  const shown = tried ? faults : {};
  const change = (patch: Partial<SubscriptionDraft>) => setDraft((last) => ({ ...last, ...patch }));

  const source = draft.source.trim();
  const mapping = sources.known.find((other) => other.source === source)?.mapping ?? null;
  const summary = sources.asked.find((other) => other.source === source);
  // A source is subscribed to as it is mapped, unless the person says otherwise; another name may have no mapping.
  useEffect(() => {
    if (sources.isRead) setDraft((last) => ofSource(last, mapping, summary));
  }, [sources.isRead, mapping, summary]);
  const isMapped = mapping !== null && STREAMERS.has(mapping.settings.adapter);

  const run = async () => {
    setTried(true);
    if (starting || Object.keys(faults).length > 0) return;
    setStarting(true);
    setError(null);
    const { adapter, kind, paramsJson } = draft;
    const order = { archiveId, source, adapter, kind: kind.trim(), paramsJson };
    const start = async () => {
      const job = await app.startJob(() => app.client.call("stream.start", order));
      close();
      showJobPage(app, job);
    };
    try {
      await start();
    } catch (reason) {
      setStarting(false);
      const shape = shapeOf(reason);
      if (shape.code !== "TRUST_NEEDED") return setError(shape);
      const proceed = () => void app.attempt("The subscription could not be made", start);
      app.ui.getState().set({ dialog: { kind: "trust", source, proceed, back: { kind: "subscribe", draft } } });
    }
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (!isPressed(event, "send")) return;
    event.preventDefault();
    void run();
  };
  return (
    <Modal
      title="Subscribe"
      description="Every message is archived as it comes, until the source ends the stream or you stop it. A closed window does not."
      size="large"
      focusFirst="input"
      onClose={close}
      onKeyDown={onKeyDown}
      footer={
        <>
          <Button onClick={close}>Cancel</Button>
          <Button variant="primary" unavailable={starting} hint={shortcut("send")} onClick={() => void run()}>
            {starting ? "Subscribing…" : "Subscribe"}
          </Button>
        </>
      }
    >
      <div className="form">
        {error !== null && (
          <Banner tone="bad" urgent title="The subscription could not be made">
            <p>
              <ArchivedText text={error.message} />
            </p>
            <p>{nextStep(error.code)}</p>
          </Banner>
        )}
        <div className="form-row">
          <SuggestField
            label="Source"
            value={draft.source}
            suggestions={sourceNames(sources)}
            placeholder="Who it comes from"
            fault={shown.source}
            onChange={(name) => change({ source: name })}
          />
          <SuggestField
            label="Kind"
            value={draft.kind}
            suggestions={[...new Set((summary?.kinds ?? []).map((other) => other.kind))]}
            placeholder="What the messages are"
            fault={shown.kind}
            onChange={(kind) => change({ kind })}
          />
        </div>
        <Segmented
          label="Adapter"
          value={draft.adapter}
          options={[
            ...(isMapped ? [{ value: "mapped", label: `As mapped (${mapping.settings.adapter})` } as const] : []),
            { value: "websocket", label: "WebSocket" },
            { value: "sse", label: "Server-sent events" },
          ]}
          onChange={(adapter) => change({ adapter })}
        />
        <JsonField
          label={paramsLabel(draft.adapter === "mapped" ? (mapping?.settings.adapter ?? "") : draft.adapter)}
          value={draft.paramsJson}
          fault={shown.params}
          height="132px"
          onChange={(paramsJson) => change({ paramsJson })}
        />
      </div>
    </Modal>
  );
}

/** What the params of an adapter hold. */
function paramsLabel(adapter: string): string {
  if (adapter === "websocket") return "Params (url, subscribe: what to send once it is open, protocols, headers, …)";
  return adapter === "sse" ? "Params (url, lastEventId, headers, …)" : "Params";
}
