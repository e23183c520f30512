import { Toolbar } from "@base-ui/react/toolbar";
import { X } from "lucide-react";
import { type KeyboardEvent, type RefObject, useEffect } from "react";
import type { FilterTerm, RowFilter } from "../../../shared/contract.ts";
import { printTerm } from "../../../shared/filter-text.ts";
import { visibleText } from "../../format/visible-text.ts";
import { isPressed } from "../window/shortcuts.ts";
import { spokenTerm } from "./filter-words.ts";

export interface FilterChipsProps {
  readonly place: RefObject<HTMLDivElement | null>;
  readonly filter: RowFilter;
  /** The condition that is being written anew. */
  readonly editing: number | null;
  readonly onNegate: (index: number) => void;
  readonly onEdit: (index: number) => void;
  readonly onRemove: (index: number) => void;
  /** The keyboard goes on behind the last one. */
  readonly onLeave: () => void;
}

/** The conditions of the filter. One stop of the Tab key; arrows lead from part to part. */
export function FilterChips({ place, filter, editing, onNegate, onEdit, onRemove, onLeave }: FilterChipsProps) {
  // Where there is no scroll any more, an animation that followed it keeps its last state.
  // biome-ignore lint/correctness/useExhaustiveDependencies: with each condition that comes or goes
  useEffect(() => {
    const element = place.current;
    if (element === null) return;
    const observer = new ResizeObserver(() =>
      element.toggleAttribute("data-fits", element.scrollWidth <= element.clientWidth),
    );
    observer.observe(element);
    return () => observer.disconnect();
  }, [place, filter]);

  const onKeyDown = (event: KeyboardEvent) => {
    const isLast = event.target === [...(place.current?.querySelectorAll("button") ?? [])].at(-1);
    if (isPressed(event, "back") || (event.key === "ArrowRight" && isLast)) {
      event.preventDefault();
      onLeave();
    }
    const index =
      event.target instanceof Element ? event.target.closest("[data-term]")?.getAttribute("data-term") : null;
    if (index == null || !isPressed(event, "remove-condition")) return;
    event.preventDefault();
    onRemove(Number(index));
    onLeave();
  };
  return (
    <Toolbar.Root
      ref={place}
      className="chips"
      aria-label="Conditions of the filter"
      loopFocus={false}
      onKeyDown={onKeyDown}
    >
      {filter.map((term, index) => (
        <Chip
          key={printTerm(term)}
          term={term}
          index={index}
          edited={index === editing}
          onNegate={() => onNegate(index)}
          onEdit={() => onEdit(index)}
          onRemove={() => {
            onRemove(index);
            onLeave();
          }}
        />
      ))}
    </Toolbar.Root>
  );
}

interface ChipProps {
  readonly term: FilterTerm;
  readonly index: number;
  readonly edited: boolean;
  readonly onNegate: () => void;
  readonly onEdit: () => void;
  readonly onRemove: () => void;
}

function Chip({ term, index, edited, onNegate, onEdit, onRemove }: ChipProps) {
  const { name, verb, value } = spokenTerm(term);
  const text = visibleText(printTerm(term));
  return (
    <Toolbar.Group
      className={term.not ? "chip chip-not" : "chip"}
      aria-label={text}
      data-term={index}
      data-edited={edited || undefined}
    >
      <Toolbar.Button
        className="chip-verb"
        aria-pressed={term.not}
        title={
          term.not ? "Rows that fulfil this are left out. Click for only these." : "Click to leave these rows out."
        }
        onClick={onNegate}
      >
        {name !== "" && <span className="chip-name">{name}</span>} {verb}
        <span className="visually-hidden">leave out {visibleText(printTerm({ ...term, not: false }))}</span>
      </Toolbar.Button>
      <Toolbar.Button className="chip-value" title={text} onClick={onEdit}>
        <bdi className="truncate">{visibleText(value)}</bdi>
        <span className="visually-hidden">edit</span>
      </Toolbar.Button>
      <Toolbar.Button className="chip-remove" aria-label={`Remove ${text}`} onClick={onRemove}>
        <X size={12} aria-hidden />
      </Toolbar.Button>
    </Toolbar.Group>
  );
}
