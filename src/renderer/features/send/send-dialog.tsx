import { useState } from "react";
import { useApp, useUi } from "../../state/context.ts";
import type { SendDraft } from "./send-draft.ts";
import { SendForm } from "./send-form.tsx";
import { SendResult } from "./send-result.tsx";
import { SendReview } from "./send-review.tsx";
import "./send.css";

export interface SendDialogProps {
  readonly draft: SendDraft;
  readonly step: "write" | "review";
}

/** Writes what is to be sent, shows exactly what goes out, sends it once, and says what came of it. */
export function SendDialog({ draft, step }: SendDialogProps) {
  const app = useApp();
  const close = useUi((state) => state.closeDialog);
  const [jobId, setJobId] = useState<string | null>(null);
  const show = (next: SendDraft, at: SendDialogProps["step"]) =>
    app.ui.getState().set({ dialog: { kind: "send", draft: next, step: at } });
  if (jobId !== null) return <SendResult jobId={jobId} onClose={close} />;
  if (step === "write") return <SendForm draft={draft} onReview={(next) => show(next, "review")} onClose={close} />;
  return <SendReview draft={draft} onBack={() => show(draft, "write")} onSent={setJobId} onClose={close} />;
}
