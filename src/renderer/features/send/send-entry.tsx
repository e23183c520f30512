import { Button } from "../../components/button.tsx";
import { useApp } from "../../state/context.ts";
import { subscribeToComposed } from "../../state/streams.ts";
import type { ComposerDraft } from "../fetch/draft.ts";
import { streamWay } from "../streams/subscription-draft.ts";
import { fromComposer, SENDERS, sendFaults } from "./send-draft.ts";

export interface SendEntryProps {
  readonly draft: ComposerDraft;
  /** The adapter that would answer. */
  readonly adapter: string;
  readonly readOnly: boolean;
}

/** What else can be done with a composed request than what it is made for. */
export function SendEntry({ draft, adapter, readOnly }: SendEntryProps) {
  const app = useApp();
  const way = streamWay(adapter, draft.paramsJson);
  const send = () => {
    const sent = fromComposer(draft);
    const step = Object.keys(sendFaults(sent)).length === 0 ? "review" : "write";
    app.ui.getState().set({ dialog: { kind: "send", draft: sent, step } });
  };
  return (
    <>
      {SENDERS.has(adapter) && way !== "only" && (
        <Button
          unavailable={readOnly}
          hint={readOnly ? "The archive is read-only" : "Shows what would go out, and sends it once when you say so"}
          onClick={send}
        >
          Send…
        </Button>
      )}
      {way === "also" && (
        <Button
          unavailable={readOnly}
          hint={readOnly ? "The archive is read-only" : "Archives every message as it comes"}
          onClick={() => subscribeToComposed(app, draft)}
        >
          Subscribe…
        </Button>
      )}
    </>
  );
}
