/** What every CodeMirror view of the app has in common. Colours come from the tokens, so themes switch by CSS alone. */
import { defaultKeymap, history, historyKeymap } from "@codemirror/commands";
import { json } from "@codemirror/lang-json";
import { xml } from "@codemirror/lang-xml";
import {
  bracketMatching,
  codeFolding,
  foldGutter,
  foldKeymap,
  HighlightStyle,
  syntaxHighlighting,
} from "@codemirror/language";
import { type Diagnostic, linter } from "@codemirror/lint";
import { highlightSelectionMatches, search, searchKeymap } from "@codemirror/search";
import { EditorState, type Extension } from "@codemirror/state";
import { drawSelection, EditorView, highlightSpecialChars, keymap, lineNumbers } from "@codemirror/view";
import { tags } from "@lezer/highlight";
import { findJsonFault } from "../format/json-tokens.ts";

const colours = HighlightStyle.define([
  { tag: [tags.propertyName, tags.tagName], color: "var(--code-key)" },
  { tag: [tags.string, tags.attributeValue], color: "var(--code-string)" },
  { tag: [tags.comment, tags.processingInstruction, tags.documentMeta], color: "var(--text-muted)" },
  { tag: [tags.number, tags.attributeName], color: "var(--code-number)" },
  { tag: [tags.bool, tags.null, tags.keyword], color: "var(--code-word)" },
]);

const look = EditorView.theme({
  "&": { height: "100%", fontSize: "12px", background: "transparent", color: "var(--text)" },
  "&.cm-focused": { outline: "none" },
  ".cm-scroller": { fontFamily: "var(--font-mono)", lineHeight: "1.5" },
  ".cm-content": { caretColor: "var(--text)", padding: "6px 0" },
  ".cm-cursor": { borderLeftColor: "var(--text)" },
  ".cm-gutters": { background: "transparent", border: "none", color: "var(--text-faint)" },
  ".cm-foldGutter .cm-gutterElement": { cursor: "pointer" },
  ".cm-foldPlaceholder": {
    background: "var(--surface-hover)",
    border: "1px solid var(--line-strong)",
    color: "var(--text-muted)",
    padding: "0 4px",
  },
  "& .cm-selectionBackground, &.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground": {
    background: "var(--surface-active)",
  },
  ".cm-selectionMatch": { background: "var(--surface-hover)" },
  ".cm-searchMatch": { background: "var(--code-match)" },
  ".cm-searchMatch-selected": { background: "var(--code-match-current)" },
  "&.cm-focused .cm-matchingBracket": { background: "var(--surface-active)" },
  ".cm-specialChar": { color: "var(--bad)" },
  ".cm-panels": { background: "var(--surface-sunken)", color: "var(--text)", zIndex: "1" },
  ".cm-panels-top": { borderBottom: "1px solid var(--line)" },
  ".cm-panel.cm-search": {
    display: "flex",
    flexWrap: "wrap",
    alignItems: "center",
    gap: "4px 8px",
    padding: "6px 28px 6px 8px",
    fontFamily: "var(--font)",
  },
  ".cm-panel.cm-search :is(input, button, label)": { margin: "0", fontSize: "12px" },
  ".cm-panel.cm-search .cm-textfield": { flex: "1 1 120px", minWidth: "0" },
  ".cm-panel.cm-search label": { display: "inline-flex", alignItems: "center", gap: "4px" },
  ".cm-panel.cm-search [name=close]": { color: "var(--text-muted)", top: "6px", right: "8px", fontSize: "16px" },
  ".cm-textfield": {
    border: "1px solid var(--line-control)",
    borderRadius: "var(--radius)",
    background: "var(--surface)",
    color: "var(--text)",
    padding: "3px 6px",
  },
  ".cm-button": {
    backgroundImage: "none",
    background: "var(--surface-raised)",
    border: "1px solid var(--line-strong)",
    borderRadius: "var(--radius)",
    color: "var(--text)",
    padding: "2px 8px",
  },
  ".cm-tooltip": {
    background: "var(--surface-raised)",
    border: "1px solid var(--line)",
    borderRadius: "var(--radius)",
    color: "var(--text)",
  },
});

/** The words of the search panel, spelled like those of the app. */
const PHRASES = {
  next: "Next",
  previous: "Previous",
  all: "All",
  "match case": "Match case",
  regexp: "Regexp",
  "by word": "Whole words",
  go: "Go",
};

/** CodeMirror marks controls by itself; these make text read in another order than it is stored. */
const REORDERING = /[\u061c\u202a-\u202e\u2066-\u2069]/g;

const shared: Extension = [
  look,
  syntaxHighlighting(colours),
  highlightSpecialChars({ addSpecialChars: REORDERING }),
  drawSelection(),
  bracketMatching(),
];

/** `xml` serves HTML as well: it colours what there is and demands nothing. */
export type CodeLanguage = "json" | "text" | "xml";

/** A text to look at: folding, search and selection, and no way to change it. */
export function viewerSetup(language: CodeLanguage, label: string): Extension {
  return [
    shared,
    lineNumbers(),
    search({ top: true }),
    EditorState.phrases.of(PHRASES),
    highlightSelectionMatches(),
    keymap.of([...searchKeymap, ...foldKeymap, ...defaultKeymap]),
    EditorState.readOnly.of(true),
    EditorView.contentAttributes.of({ "aria-label": label, "aria-readonly": "true" }),
    language === "text" ? [] : [language === "json" ? json() : xml(), codeFolding(), foldGutter()],
  ];
}

/** A JSON text to write, held against the grammar while it is written. */
export function jsonEditorSetup(): Extension {
  return [
    shared,
    json(),
    history(),
    // Ctrl+Enter belongs to the dialog around the editor.
    keymap.of([...defaultKeymap.filter(({ key }) => key !== "Mod-Enter"), ...historyKeymap]),
    linter(faultsOf, { delay: 400 }),
    EditorView.lineWrapping,
  ];
}

function faultsOf(view: EditorView): Diagnostic[] {
  const text = view.state.doc.toString();
  const fault = text.trim() === "" ? null : findJsonFault(text);
  if (fault === null) return [];
  const from = Math.min(fault.offset, text.length);
  return [{ from, to: Math.min(from + 1, text.length), severity: "error", message: fault.reason }];
}
