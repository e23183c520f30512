import { Trash2 } from "lucide-react";
import { type FormEvent, useId, useState } from "react";
import { printTerm } from "../../../shared/filter-text.ts";
import { ArchivedText } from "../../components/archived-text.tsx";
import { Button } from "../../components/button.tsx";
import { Modal } from "../../components/modal.tsx";
import { visibleText } from "../../format/visible-text.ts";
import { useApp, useRows, useSettings, useUi } from "../../state/context.ts";
import { deleteFilter, renameFilter, saveFilter } from "../../state/filter.ts";
import { NO_FILTER } from "../../state/rows.ts";
import "../../components/fields.css";
import "./filter-states.css";
import "./saved-filter-dialogs.css";

const LONGEST_NAME = 100;
const MOST_SAVED = 200;

/** Asks under which name the filter is to be kept. */
export function SaveFilterDialog() {
  const app = useApp();
  const id = useId();
  const close = useUi((state) => state.closeDialog);
  const filter = useRows((state) => state.listing?.filter ?? NO_FILTER);
  const saved = useSettings((state) => state.settings.savedFilters);
  const [name, setName] = useState("");
  const trimmed = name.trim();
  const isKnown = Object.hasOwn(saved, trimmed);
  const isFull = Object.keys(saved).length >= MOST_SAVED && !isKnown;
  const note = isKnown
    ? "This replaces the filter that has this name."
    : isFull
      ? `No more than ${MOST_SAVED} filters are kept; delete one first.`
      : null;
  const save = () => {
    if (trimmed === "" || isFull) return;
    saveFilter(app, trimmed, filter);
    close();
  };
  return (
    <Modal
      title="Save this filter"
      description={filter.map((term) => (
        <ArchivedText key={printTerm(term)} text={printTerm(term)} className="filter-term mono" />
      ))}
      focusFirst="input"
      onClose={close}
      footer={
        <>
          <Button onClick={close}>Cancel</Button>
          <Button variant="primary" unavailable={trimmed === "" || isFull} onClick={save}>
            {isKnown ? "Replace" : "Save"}
          </Button>
        </>
      }
    >
      <form
        className="field"
        onSubmit={(event: FormEvent) => {
          event.preventDefault();
          save();
        }}
      >
        <label className="field-label" htmlFor={id}>
          Name
        </label>
        <input
          id={id}
          className="input"
          value={name}
          maxLength={LONGEST_NAME}
          aria-describedby={note === null ? undefined : `${id}-note`}
          onChange={(event) => setName(event.target.value)}
        />
        {note !== null && (
          <p id={`${id}-note`} className="muted">
            {note}
          </p>
        )}
      </form>
    </Modal>
  );
}

/** Names of saved filters, to be changed, and the way to be rid of one. */
export function SavedFiltersDialog() {
  const close = useUi((state) => state.closeDialog);
  const saved = Object.entries(useSettings((state) => state.settings.savedFilters));
  return (
    <Modal
      title="Saved filters"
      size="medium"
      focusFirst={saved.length === 0 ? "footer button" : "input"}
      onClose={close}
      footer={<Button onClick={close}>Close</Button>}
    >
      {saved.length === 0 ? (
        <p className="muted">No filter is saved.</p>
      ) : (
        <ul className="saved-lines">
          {saved.map(([name, text]) => (
            <SavedLine key={name} name={name} text={text} taken={saved.map(([other]) => other)} />
          ))}
        </ul>
      )}
    </Modal>
  );
}

interface SavedLineProps {
  readonly name: string;
  readonly text: string;
  readonly taken: readonly string[];
}

function SavedLine({ name, text, taken }: SavedLineProps) {
  const app = useApp();
  const [typed, setTyped] = useState(name);
  const trimmed = typed.trim();
  const isTaken = trimmed !== name && taken.includes(trimmed);
  const rename = () => {
    if (trimmed === "" || isTaken) setTyped(name);
    else if (trimmed !== name) renameFilter(app, name, trimmed);
  };
  return (
    <li className="saved-line">
      <input
        className="input"
        aria-label={`Name of ${visibleText(name)}`}
        aria-invalid={isTaken || undefined}
        title={isTaken ? "Another filter has this name." : undefined}
        maxLength={LONGEST_NAME}
        value={typed}
        onChange={(event) => setTyped(event.target.value)}
        onBlur={rename}
        onKeyDown={(event) => {
          if (event.key === "Enter") rename();
        }}
      />
      <span className="mono muted truncate" title={visibleText(text)}>
        {visibleText(text)}
      </span>
      <Button
        variant="quiet"
        icon={<Trash2 size={14} />}
        aria-label={`Delete ${visibleText(name)}`}
        onClick={() => deleteFilter(app, name)}
      />
    </li>
  );
}
