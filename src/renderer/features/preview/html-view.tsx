import { type ReactNode, useCallback, useState } from "react";
import { FormSwitch } from "../../components/form-switch.tsx";
import { useTask } from "../../components/use-task.ts";
import { runTask } from "../../work/run-task.ts";
import { type Content, TEXT_WINDOW } from "./content.ts";
import { Unfinished } from "./task-state.tsx";
import { CharsetNotice, CharsetSelect, CutNotice } from "./text-notices.tsx";
import { TextView } from "./text-view.tsx";
import "./html-view.css";

export interface HtmlViewProps {
  readonly content: Content;
  readonly bar: ReactNode;
}

/**
 * An archived page may do nothing but look: no scripts, no requests, no forms, no plugins. It is drawn in a frame without
 * any permission and without an origin, under the app's own policy (which is inherited) and under this one.
 */
const POLICY =
  "default-src 'none'; style-src 'unsafe-inline'; img-src data:; font-src data:; base-uri 'none'; form-action 'none'";
const PREAMBLE = [
  "<!doctype html>",
  `<meta http-equiv="content-security-policy" content="${POLICY}">`,
  // A link would open another window, which the frame may not: so it does nothing, and the page stays in sight.
  '<base target="_blank">',
].join("");

const FORMS = [
  { value: "source", label: "Source" },
  { value: "rendered", label: "Rendered" },
] as const;

/** An HTML page as its source, and on demand as it looks. */
export function HtmlView({ content, bar }: HtmlViewProps) {
  const [form, setForm] = useState<"source" | "rendered">("source");
  const bars = (
    <>
      <FormSwitch value={form} options={FORMS} onChange={setForm} />
      {bar}
    </>
  );
  if (form === "rendered") return <RenderedPage content={content} bar={bars} />;
  return <TextView content={content} layout="html" language="xml" bar={bars} />;
}

function RenderedPage({ content, bar }: HtmlViewProps) {
  const [chosenCharset, setChosen] = useState<string | null>(null);
  const { source, declaredCharset } = content;
  const run = useCallback(
    (signal: AbortSignal) => {
      const params = { source, start: 0, length: TEXT_WINDOW, declaredCharset, chosenCharset, layout: "none" } as const;
      return runTask("text.read", params, signal);
    },
    [source, declaredCharset, chosenCharset],
  );
  const task = useTask(run);
  if (task.status !== "ready") return <Unfinished task={task} content={content} />;
  const { decoded, cut, length, text } = task.value;
  return (
    <>
      {cut && <CutNotice content={content} length={length} />}
      <CharsetNotice decoded={decoded} />
      <div className="html-view">
        <div className="view-bar">
          {bar}
          <CharsetSelect decoded={decoded} chosen={chosenCharset} onChoose={setChosen} />
          <span className="muted">Without scripts and network</span>
        </div>
        <iframe className="html-page" title="The page, inert" sandbox="" srcDoc={PREAMBLE + text} />
      </div>
    </>
  );
}
