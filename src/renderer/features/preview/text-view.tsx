import { type ReactNode, useCallback, useState } from "react";
import { Banner } from "../../components/banner.tsx";
import type { CodeLanguage } from "../../components/code-setup.ts";
import { CodeView } from "../../components/code-view.tsx";
import { useTask } from "../../components/use-task.ts";
import { runTask } from "../../work/run-task.ts";
import type { Layout, TextResult } from "../../work/tasks.ts";
import { spokenFault } from "../fetch/draft.ts";
import { type Content, TEXT_WINDOW } from "./content.ts";
import { Unfinished } from "./task-state.tsx";
import { CharsetNotice, CharsetSelect, CutNotice } from "./text-notices.tsx";

export interface TextViewProps {
  readonly content: Content;
  /** How it is laid out; `none` shows the text exactly as it is. */
  readonly layout: Layout;
  readonly language: CodeLanguage;
  readonly bar: ReactNode;
}

const NAMES: Readonly<Record<Layout, string>> = {
  html: "HTML",
  json: "JSON",
  ndjson: "NDJSON",
  none: "text",
  xml: "XML",
};

/** The payload as text: all of it, or one window after the other. */
export function TextView({ content, layout, language, bar }: TextViewProps) {
  const [chosen, setChosen] = useState<string | null>(null);
  const [start, setStart] = useState(0);
  // Later windows are read in the charset that the first was found to be in.
  const [pinned, setPinned] = useState<string | null>(null);
  const { source, declaredCharset } = content;
  const chosenCharset = chosen ?? (start > 0 ? pinned : null);
  const run = useCallback(
    (signal: AbortSignal) =>
      runTask("text.read", { source, start, length: TEXT_WINDOW, declaredCharset, chosenCharset, layout }, signal),
    [source, start, declaredCharset, chosenCharset, layout],
  );
  const task = useTask(run);
  if (task.status !== "ready") return <Unfinished task={task} content={content} />;
  const { decoded, cut, length } = task.value;
  const move = (to: number) => {
    if (start === 0) setPinned(decoded.charset);
    setStart(to);
  };
  return (
    <>
      {(cut || start > 0) && (
        <CutNotice
          content={content}
          start={start}
          length={length}
          window={TEXT_WINDOW}
          {...(layout === "none" ? { onMove: move } : {})}
        />
      )}
      <CharsetNotice decoded={decoded} />
      <LaidOut
        result={task.value}
        layout={layout}
        language={language}
        bar={
          <>
            {bar}
            <CharsetSelect decoded={decoded} chosen={chosen} onChoose={setChosen} />
          </>
        }
      />
    </>
  );
}

interface LaidOutProps {
  readonly result: TextResult;
  readonly layout: Layout;
  readonly language: CodeLanguage;
  readonly bar: ReactNode;
}

function LaidOut({ result: { text, fault }, layout, language, bar }: LaidOutProps) {
  return (
    <>
      {fault !== null && (
        <Banner tone="doubt" title={`Not valid ${NAMES[layout]}, shown as text`}>
          <p>{"line" in fault ? spokenFault(fault) : fault.reason}</p>
        </Banner>
      )}
      <CodeView
        text={text}
        language={fault === null || layout === "none" ? language : "text"}
        label={layout === "none" || layout === "html" ? "Payload" : "Formatted payload"}
        bar={bar}
      />
    </>
  );
}
