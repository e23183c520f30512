import { Compartment, EditorState } from "@codemirror/state";
import { EditorView } from "@codemirror/view";
import { useEffect, useId, useRef, useState } from "react";
import { jsonEditorSetup } from "./code-setup.ts";
import "./fields.css";

export interface JsonFieldProps {
  readonly label: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
  /** False where something else on the screen says what it is. */
  readonly isLabelled?: boolean;
  readonly fault?: string | undefined;
  /** CSS height of the editor. */
  readonly height: string;
}

/** A field for JSON text. Numbers and spaces stay as they are typed. */
export function JsonField({ label, isLabelled = true, value, onChange, fault, height }: JsonFieldProps) {
  const id = useId();
  const place = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView | null>(null);
  const changed = useRef(onChange);
  const first = useRef({ value, label });
  const [labelling] = useState(() => new Compartment());

  useEffect(() => {
    changed.current = onChange;
  }, [onChange]);

  useEffect(() => {
    if (place.current === null) return;
    const heard = EditorView.updateListener.of((update) => {
      if (update.docChanged) changed.current(update.state.doc.toString());
    });
    const editor = new EditorView({
      state: EditorState.create({
        doc: first.current.value,
        extensions: [jsonEditorSetup(), labelling.of(labelOf(first.current.label)), heard],
      }),
      parent: place.current,
    });
    view.current = editor;
    return () => editor.destroy();
  }, [labelling]);

  // Reconfigured, not rebuilt: the label changes while the person types, and takes neither focus nor history away.
  useEffect(() => {
    view.current?.dispatch({ effects: labelling.reconfigure(labelOf(label)) });
  }, [label, labelling]);

  // A value that came from elsewhere than the keyboard, such as a suggestion.
  useEffect(() => {
    const editor = view.current;
    if (editor === null || editor.state.doc.toString() === value) return;
    editor.dispatch({ changes: { from: 0, to: editor.state.doc.length, insert: value } });
  }, [value]);

  return (
    <div className="field">
      {isLabelled && (
        <span className="field-label" id={id}>
          {label}
        </span>
      )}
      <div ref={place} className="code-field" style={{ height }} />
      {fault !== undefined && <p className="field-fault">{fault}</p>}
    </div>
  );
}

function labelOf(label: string) {
  return EditorView.contentAttributes.of({ "aria-label": label });
}
