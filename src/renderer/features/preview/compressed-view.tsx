import { Download } from "lucide-react";
import { type ReactNode, useCallback, useState } from "react";
import { Button } from "../../components/button.tsx";
import { FormSwitch } from "../../components/form-switch.tsx";
import { useTask } from "../../components/use-task.ts";
import { savePayload } from "../../state/commands.ts";
import { useApp } from "../../state/context.ts";
import { runTask } from "../../work/run-task.ts";
import { type Content, STRUCTURE_WINDOW } from "./content.ts";
import { decodedForm } from "./decoded-form.ts";
import { DecodedView } from "./decoded-view.tsx";
import { HexView } from "./hex-view.tsx";
import { Unfinished } from "./task-state.tsx";

export interface CompressedViewProps {
  readonly content: Content;
  readonly format: "gzip" | "zstd";
  readonly bar: ReactNode;
  readonly show: (content: Content) => ReactNode;
}

const FORMS = [
  { value: "decoded", label: "Decoded" },
  { value: "raw", label: "Raw" },
  { value: "packed", label: "Packed" },
] as const;

/** Compressed bytes: what they decode to, that as it is, or themselves. */
export function CompressedView({ content, format, bar, show }: CompressedViewProps) {
  const app = useApp();
  const { payload } = content;
  const [form, setForm] = useState<(typeof FORMS)[number]["value"]>("decoded");
  const bars = (
    <>
      <FormSwitch value={form} options={FORMS} onChange={setForm} />
      {bar}
      {payload !== null && (
        <Button
          variant="quiet"
          icon={<Download size={13} />}
          hint="Saves all that it decodes to, in whole or not at all"
          onClick={() => savePayload(app, payload, decodedForm(payload.suggestedName, format))}
        >
          Save decoded
        </Button>
      )}
    </>
  );
  if (form === "packed") return <HexView source={content.source} bar={bars} />;
  return (
    <>
      <div className="view-bar">{bars}</div>
      <Decoded content={content} format={format} raw={form === "raw"} show={show} />
    </>
  );
}

interface DecodedProps extends Omit<CompressedViewProps, "bar"> {
  readonly raw: boolean;
}

function Decoded({ content, format, raw, show }: DecodedProps) {
  const { source } = content;
  const run = useCallback(
    (signal: AbortSignal) => runTask("decode", { source, format, limit: STRUCTURE_WINDOW }, signal),
    [source, format],
  );
  const task = useTask(run);
  if (task.status !== "ready") return <Unfinished task={task} content={content} />;
  return <DecodedView result={task.value} subject={`The ${format} data`} raw={raw} show={show} />;
}
