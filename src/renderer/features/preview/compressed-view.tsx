import { type ReactNode, useCallback, useState } from "react";
import { FormSwitch } from "../../components/form-switch.tsx";
import { runTask } from "../../work/run-task.ts";
import { type Content, STRUCTURE_WINDOW } from "./content.ts";
import { DecodedView } from "./decoded-view.tsx";
import { HexView } from "./hex-view.tsx";
import { Unfinished } from "./task-state.tsx";
import { useTask } from "./use-task.ts";

export interface CompressedViewProps {
  readonly content: Content;
  readonly format: "gzip" | "zstd";
  readonly bar: ReactNode;
  readonly show: (content: Content) => ReactNode;
}

const FORMS = [
  { value: "decoded", label: "Decoded" },
  { value: "bytes", label: "Bytes" },
] as const;

/** Compressed bytes: what they decode to, or themselves. */
export function CompressedView({ content, format, bar, show }: CompressedViewProps) {
  const [form, setForm] = useState<"decoded" | "bytes">("decoded");
  const bars = (
    <>
      <FormSwitch value={form} options={FORMS} onChange={setForm} />
      {bar}
    </>
  );
  if (form === "bytes") return <HexView source={content.source} bar={bars} />;
  return (
    <>
      <div className="view-bar">{bars}</div>
      <Decoded content={content} format={format} show={show} />
    </>
  );
}

function Decoded({ content, format, show }: Omit<CompressedViewProps, "bar">) {
  const { source } = content;
  const run = useCallback(
    (signal: AbortSignal) => runTask("decode", { source, format, limit: STRUCTURE_WINDOW }, signal),
    [source, format],
  );
  const task = useTask(run);
  if (task.status !== "ready") return <Unfinished task={task} content={content} />;
  return <DecodedView result={task.value} subject={`The ${format} data`} show={show} />;
}
