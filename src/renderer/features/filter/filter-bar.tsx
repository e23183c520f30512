import { Autocomplete } from "@base-ui/react/autocomplete";
import { CircleAlert, ListFilter, X } from "lucide-react";
import { type ClipboardEvent, type KeyboardEvent, useEffect, useId, useMemo, useRef, useState } from "react";
import type { RowFilter } from "../../../shared/contract.ts";
import { printTerm } from "../../../shared/filter-text.ts";
import { Button } from "../../components/button.tsx";
import { visibleText } from "../../format/visible-text.ts";
import { useApp, useRows, useSessions, useUi } from "../../state/context.ts";
import { clearFilter, filterBy } from "../../state/filter.ts";
import { isSameFilter, negated, withoutTerm, withTerms } from "../../state/filter-terms.ts";
import { findId, goToFound, goToId, idIn } from "../../state/finding.ts";
import { NO_FILTER } from "../../state/rows.ts";
import { isPressed, spokenShortcuts } from "../window/shortcuts.ts";
import { lastTokenStart, type Taken, takeAll, takeCompleted, typedText } from "./draft.ts";
import { FilterChips } from "./filter-chips.tsx";
import { SavedFiltersMenu } from "./saved-filters-menu.tsx";
import { type Suggestion, suggestionsFor } from "./suggestions.ts";
import { useFacets } from "./use-facets.ts";
import "../../components/menu.css";
import "./filter-bar.css";

/** Free text narrows the rows once typing has paused so long, in milliseconds. */
const PAUSE_MS = 250;
const LONGEST = 10_000;

/** Where one says which rows to see: conditions that hold, and a field for the next one. */
export function FilterBar() {
  const app = useApp();
  const id = useId();
  const input = app.places.filter;
  const chips = useRef<HTMLDivElement>(null);
  const filter = useRows((state) => state.listing?.filter ?? NO_FILTER);
  const draft = useUi((state) => state.filterDraft);
  const setDraft = (filterDraft: string) => app.ui.getState().set({ filterDraft });
  const [problem, setProblem] = useState<string | null>(null);
  /** Where the condition stands that is being written anew. */
  const [editing, setEditing] = useState<number | null>(null);
  const [hasFocus, setHasFocus] = useState(false);
  const [isOpen, setIsOpen] = useState(false);
  /** The last key completed a condition: nothing is to be suggested yet. */
  const hasTaken = useRef(false);
  const highlighted = useRef<Suggestion | undefined>(undefined);

  const { facets } = useFacets(hasFocus);
  const sessions = useSessions((state) => state.items);
  const today = new Date().toISOString().slice(0, 10);
  const suggestions = useMemo(
    () => suggestionsFor(draft, { facets, sessions, today }),
    [draft, facets, sessions, today],
  );

  useEffect(() => {
    const typed = editing === null ? typedText(draft) : NO_FILTER;
    const before = app.rows.getState().listing?.typed ?? NO_FILTER;
    if (isSameFilter(typed, before)) return;
    const timer = setTimeout(
      () => void filterBy(app, app.rows.getState().listing?.filter ?? NO_FILTER, typed),
      PAUSE_MS,
    );
    return () => clearTimeout(timer);
  }, [app, draft, editing]);

  // The conditions are other ones now; which of them was being written is not known any more.
  // biome-ignore lint/correctness/useExhaustiveDependencies: whenever they change
  useEffect(() => setEditing(null), [filter]);

  // Of many conditions the newest is in sight.
  // biome-ignore lint/correctness/useExhaustiveDependencies: whenever one is added
  useEffect(() => {
    chips.current?.scrollTo({ left: chips.current.scrollWidth });
  }, [filter.length]);

  const take = ({ terms, rest, problem: found }: Taken) => {
    setDraft(rest);
    setProblem(found);
    setIsOpen(false);
    if (terms.length === 0) return;
    setEditing(null);
    void filterBy(app, withTerms(filter, terms, editing ?? filter.length), typedText(rest));
  };

  const onType = (text: string) => {
    setProblem(null);
    const taken = takeCompleted(text);
    hasTaken.current = taken.terms.length > 0 || taken.problem !== null;
    if (hasTaken.current) take(taken);
    else setDraft(taken.rest);
  };

  const pick = ({ text, isWhole }: Suggestion) => {
    hasTaken.current = false;
    const before = draft.slice(0, lastTokenStart(draft));
    if (isWhole) take(takeAll(before + text));
    else setDraft(before + text);
    // The list of values is what one wants next.
    setIsOpen(!isWhole);
    input.current?.focus();
  };

  const finish = async () => {
    const wanted = idIn(draft);
    if (wanted === null) {
      if (editing !== null && draft.trim() === "") change(withoutTerm(filter, editing));
      else take(takeAll(draft));
      return;
    }
    const [found] = await findId(app, wanted);
    if (found === undefined) take(takeAll(draft));
    else {
      setDraft("");
      await goToFound(app, found);
    }
  };

  const change = (next: RowFilter) => void filterBy(app, next);
  const goToField = () => input.current?.focus();
  const edit = (index: number) => {
    const term = filter[index];
    if (term === undefined) return;
    setEditing(index);
    setProblem(null);
    setDraft(printTerm(term));
    setIsOpen(true);
    goToField();
  };

  const onKeyDown = (event: KeyboardEvent<HTMLInputElement> & { preventBaseUIHandler?: () => void }) => {
    if (event.nativeEvent.isComposing) return;
    const { selectionStart, selectionEnd } = event.currentTarget;
    const atStart = selectionStart === 0 && selectionEnd === 0;
    if (isPressed(event, "back") && !(isOpen && suggestions.length > 0)) {
      event.preventDefault();
      event.preventBaseUIHandler?.();
      if (editing !== null) {
        setEditing(null);
        setDraft("");
      } else if (app.places.grid.current === null) event.currentTarget.blur();
      else app.places.grid.current.focus();
    } else if (event.key === "Enter" && !(isOpen && highlighted.current !== undefined)) {
      event.preventDefault();
      setIsOpen(false);
      void app.attempt("The id could not be looked for", finish);
    } else if (event.key === "Backspace" && draft === "" && filter.length > 0 && editing === null) {
      event.preventDefault();
      change(withoutTerm(filter, filter.length - 1));
    } else if (event.key === "ArrowLeft" && atStart && filter.length > 0) {
      event.preventDefault();
      [...(chips.current?.querySelectorAll<HTMLElement>(".chip-value") ?? [])].at(-1)?.focus();
    }
  };

  const onPaste = (event: ClipboardEvent) => {
    const pasted = idIn(event.clipboardData.getData("text/plain"));
    // Behind a key it is a value.
    if (pasted === null || draft !== "") return;
    event.preventDefault();
    goToId(app, pasted);
  };

  return (
    <search className="filter-bar" aria-label="Rows" data-fault={problem !== null || undefined}>
      <ListFilter size={14} className="tone-muted filter-sign" aria-hidden />
      {filter.length > 0 && (
        <FilterChips
          place={chips}
          filter={filter}
          editing={editing}
          onNegate={(index) => change(filter.map((term, at) => (at === index ? negated(term) : term)))}
          onEdit={edit}
          onRemove={(index) => change(withoutTerm(filter, index))}
          onLeave={goToField}
        />
      )}
      <Autocomplete.Root
        items={suggestions}
        mode="none"
        value={draft}
        open={isOpen && suggestions.length > 0}
        openOnInputClick
        onOpenChange={(next) => setIsOpen(next && !hasTaken.current)}
        onItemHighlighted={(item: Suggestion | undefined) => {
          highlighted.current = item;
        }}
        itemToStringValue={(item: Suggestion) => item.text}
        onValueChange={(text, { reason }) => {
          if (reason === "input-change" || reason === "input-clear") onType(text);
        }}
      >
        <Autocomplete.Input
          ref={input}
          className="filter-input"
          aria-label="Search and filter"
          aria-describedby={problem === null ? undefined : `${id}-problem`}
          aria-invalid={problem !== null || undefined}
          placeholder={filter.length === 0 ? "Filter: kind:…, size:>1mb, text, or an id" : "and …"}
          title={`Conditions, free text, or an id, hash or checksum to go to (${spokenShortcuts("filter").join(" or ")})`}
          maxLength={LONGEST}
          spellCheck={false}
          onClick={() => {
            hasTaken.current = false;
          }}
          onFocus={() => setHasFocus(true)}
          onBlur={() => setHasFocus(false)}
          onKeyDown={onKeyDown}
          onPaste={onPaste}
        />
        <Autocomplete.Portal>
          <Autocomplete.Positioner sideOffset={8} align="start" className="suggest-positioner">
            <Autocomplete.Popup className="menu filter-suggestions" aria-label="Suggestions">
              <Autocomplete.List>
                {(item: Suggestion) => (
                  <Autocomplete.Item key={item.text} value={item} className="menu-item" onClick={() => pick(item)}>
                    <bdi className="truncate">{visibleText(item.text)}</bdi>
                    <span className="menu-shortcut truncate">{visibleText(item.note)}</span>
                  </Autocomplete.Item>
                )}
              </Autocomplete.List>
            </Autocomplete.Popup>
          </Autocomplete.Positioner>
        </Autocomplete.Portal>
      </Autocomplete.Root>
      {problem !== null && (
        <p className="filter-problem" id={`${id}-problem`} role="alert">
          <CircleAlert size={13} aria-hidden /> {problem}
        </p>
      )}
      {(filter.length > 0 || draft !== "") && (
        <Button
          variant="quiet"
          icon={<X size={14} />}
          aria-label="Clear the filter"
          hint="Clear the filter"
          onClick={() => {
            setProblem(null);
            clearFilter(app);
            goToField();
          }}
        />
      )}
      <SavedFiltersMenu />
    </search>
  );
}
