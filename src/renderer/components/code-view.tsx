import { closeSearchPanel, openSearchPanel, searchPanelOpen } from "@codemirror/search";
import { Compartment, EditorState } from "@codemirror/state";
import { EditorView } from "@codemirror/view";
import { Search, WrapText } from "lucide-react";
import { type ReactNode, useEffect, useRef, useState } from "react";
import { Button } from "./button.tsx";
import { type CodeLanguage, viewerSetup } from "./code-setup.ts";
import "./code-view.css";

export interface CodeViewProps {
  readonly text: string;
  readonly language: CodeLanguage;
  /** What the text is, for screen readers. */
  readonly label: string;
  /** Further things for the bar above the text. */
  readonly bar?: ReactNode;
  /** No bar at all: for short texts among others. Keys still search. */
  readonly barless?: boolean;
}

/** A read-only text with line numbers, search, a wrap switch and, for JSON, folding. */
export function CodeView({ text, language, label, bar, barless = false }: CodeViewProps) {
  const place = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView | null>(null);
  const [wrapping] = useState(() => new Compartment());
  const [wrapped, setWrapped] = useState(true);
  const startWrapped = useRef(wrapped);

  useEffect(() => {
    if (place.current === null) return;
    const setup = [viewerSetup(language, label), wrapping.of(startWrapped.current ? EditorView.lineWrapping : [])];
    const editor = new EditorView({
      state: EditorState.create({ doc: text, extensions: setup }),
      parent: place.current,
    });
    view.current = editor;
    return () => {
      view.current = null;
      editor.destroy();
    };
  }, [text, language, label, wrapping]);

  const toggleWrap = () => {
    startWrapped.current = !wrapped;
    setWrapped(!wrapped);
    view.current?.dispatch({ effects: wrapping.reconfigure(wrapped ? [] : EditorView.lineWrapping) });
  };

  const toggleSearch = () => {
    const editor = view.current;
    if (editor === null) return;
    if (searchPanelOpen(editor.state)) closeSearchPanel(editor);
    else openSearchPanel(editor);
  };

  return (
    <div className="code-view">
      {!barless && (
        <div className="view-bar">
          {bar}
          <span className="view-bar-gap" />
          <Button
            variant="quiet"
            aria-label="Wrap lines"
            aria-pressed={wrapped}
            hint="Wrap lines"
            icon={<WrapText size={14} />}
            onClick={toggleWrap}
          />
          <Button variant="quiet" aria-label="Find" hint="Find" icon={<Search size={14} />} onClick={toggleSearch} />
        </div>
      )}
      <div ref={place} className="code-view-text" />
    </div>
  );
}

/** Does once what takes longer the first time: styles, the grammar, code that is not compiled yet. */
export function warmCodeView(): void {
  const doc = '{\n  "a": 1\n}';
  new EditorView({ state: EditorState.create({ doc, extensions: viewerSetup("json", "") }) }).destroy();
}
