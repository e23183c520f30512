import { type ReactNode, useCallback, useState } from "react";
import type { JsonForm } from "../../../shared/contract.ts";
import { Banner } from "../../components/banner.tsx";
import { FormSwitch } from "../../components/form-switch.tsx";
import { useTask } from "../../components/use-task.ts";
import { formatCount, formatCounted } from "../../format/quantities.ts";
import { changeSettings } from "../../state/commands.ts";
import { useApp, useSettings } from "../../state/context.ts";
import { runTask } from "../../work/run-task.ts";
import { sourceSize } from "../../work/sources.ts";
import type { TextParams } from "../../work/tasks.ts";
import { spokenFault } from "../fetch/draft.ts";
import { type Content, STRUCTURE_WINDOW } from "./content.ts";
import { JsonTreeView } from "./json-tree-view.tsx";
import { Unfinished } from "./task-state.tsx";
import { CharsetNotice, CharsetSelect, CutNotice } from "./text-notices.tsx";
import { TextView } from "./text-view.tsx";

export interface JsonViewProps {
  readonly content: Content;
  /** One value a line. */
  readonly lines: boolean;
  readonly bar: ReactNode;
}

const FORMS = [
  { value: "tree", label: "Tree" },
  { value: "text", label: "Text" },
] as const;

/**
 * JSON as a tree, or laid out as text: as the person chose the last time. What is too large for a whole tree begins as text,
 * where any part of it can be read; what is chosen there holds for it alone.
 */
export function JsonView({ content, lines, bar }: JsonViewProps) {
  const app = useApp();
  const kind = lines ? "ndjson" : "json";
  const kept = useSettings((state) => state.settings.jsonForms[kind]);
  const isHuge = sourceSize(content.source) > STRUCTURE_WINDOW;
  const [chosen, setChosen] = useState<JsonForm>("text");
  const form = isHuge ? chosen : kept;
  const choose = (next: JsonForm) => {
    const { jsonForms } = app.settings.getState().settings;
    if (isHuge) setChosen(next);
    else changeSettings(app, { jsonForms: { ...jsonForms, [kind]: next } });
  };
  const bars = (
    <>
      <FormSwitch value={form} options={FORMS} onChange={choose} />
      {bar}
    </>
  );
  if (form === "tree") return <Tree content={content} lines={lines} bar={bars} plainBar={bar} />;
  return <TextView content={content} layout={kind} language="json" bar={bars} />;
}

interface TreeProps extends JsonViewProps {
  /** Without the choice of a form, where there is none. */
  readonly plainBar: ReactNode;
}

function Tree({ content, lines, bar, plainBar }: TreeProps) {
  const [chosen, setChosen] = useState<string | null>(null);
  const params = useTextParams(content, chosen);
  const run = useCallback((signal: AbortSignal) => runTask("json.tree", { ...params, lines }, signal), [params, lines]);
  const query = useCallback(
    (path: string, signal: AbortSignal) => runTask("json.query", { ...params, lines, path }, signal),
    [params, lines],
  );
  const task = useTask(run);
  if (task.status !== "ready") return <Unfinished task={task} content={content} />;
  const { decoded, cut, length, tree, fault } = task.value;
  if (tree === null) {
    return (
      <>
        {fault !== null && (
          <Banner tone="doubt" title="Not valid JSON, shown as text">
            <p>{spokenFault(fault)}</p>
          </Banner>
        )}
        <TextView content={content} layout="none" language="text" bar={plainBar} />
      </>
    );
  }
  return (
    <>
      {cut && <CutNotice content={content} length={length} />}
      {tree.full && (
        <Banner tone="note" title={`The first ${formatCount(tree.count)} values are shown`}>
          <p>The tree ends there; the text goes on.</p>
        </Banner>
      )}
      {tree.broken.size > 0 && (
        <Banner
          tone="doubt"
          title={`${formatCount(tree.broken.size)} of ${formatCounted(tree.size[0] ?? 0, "line")} ${tree.broken.size === 1 ? "is" : "are"} not valid JSON`}
        >
          <p>They stand in the tree as they are.</p>
        </Banner>
      )}
      <CharsetNotice decoded={decoded} />
      <JsonTreeView
        tree={tree}
        query={query}
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

/** What is read of the content, the same object as long as it is the same. */
function useTextParams({ source, declaredCharset }: Content, chosenCharset: string | null): TextParams {
  const make = () => ({ source, start: 0, length: STRUCTURE_WINDOW, declaredCharset, chosenCharset });
  const [params, setParams] = useState<TextParams>(make);
  if (params.source !== source || params.chosenCharset !== chosenCharset) setParams(make);
  return params;
}
