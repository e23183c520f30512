import { Autocomplete } from "@base-ui/react/autocomplete";
import { ChevronDown } from "lucide-react";
import { useEffect, useId, useState } from "react";
import { visibleText } from "../format/visible-text.ts";
import "./fields.css";

export interface SuggestFieldProps {
  readonly label: string;
  readonly value: string;
  readonly suggestions: readonly string[];
  readonly placeholder?: string;
  readonly fault?: string | undefined;
  readonly onChange: (value: string) => void;
  /** One of the suggestions was taken. */
  readonly onPick?: (value: string) => void;
}

/** A text field that knows some answers and takes any other. */
export function SuggestField({ label, value, suggestions, placeholder, fault, onChange, onPick }: SuggestFieldProps) {
  const id = useId();
  const [open, setOpen] = useState(false);
  const typed = value.toLowerCase();
  // An empty list would be taken for an open one, and hide the dialog around it from screen readers.
  const matching = suggestions.some((suggestion) => suggestion.toLowerCase().includes(typed));
  // Nor does it wait to open by itself: suggestions that load late may find the person elsewhere by then.
  useEffect(() => {
    if (open && !matching) setOpen(false);
  }, [open, matching]);
  return (
    <div className="field">
      <label className="field-label" htmlFor={id}>
        {label}
      </label>
      <Autocomplete.Root
        items={[...suggestions]}
        value={value}
        openOnInputClick
        open={open && matching}
        onOpenChange={setOpen}
        onValueChange={(next, details) => {
          onChange(next);
          if (details.reason === "item-press") onPick?.(next);
        }}
      >
        <div className="suggest">
          <Autocomplete.Input
            id={id}
            className="input"
            placeholder={placeholder}
            spellCheck={false}
            aria-invalid={fault !== undefined || undefined}
            aria-describedby={fault === undefined ? undefined : `${id}-fault`}
          />
          {suggestions.length > 0 && (
            <Autocomplete.Trigger className="suggest-open" aria-label={`Known: ${label}`}>
              <ChevronDown size={14} />
            </Autocomplete.Trigger>
          )}
        </div>
        <Autocomplete.Portal>
          <Autocomplete.Positioner sideOffset={4} className="suggest-positioner">
            <Autocomplete.Popup className="menu suggest-list">
              <Autocomplete.List>
                {(item: string) => (
                  <Autocomplete.Item key={item} value={item} className="menu-item">
                    <bdi>{visibleText(item)}</bdi>
                  </Autocomplete.Item>
                )}
              </Autocomplete.List>
            </Autocomplete.Popup>
          </Autocomplete.Positioner>
        </Autocomplete.Portal>
      </Autocomplete.Root>
      {fault !== undefined && (
        <p className="field-fault" id={`${id}-fault`}>
          {fault}
        </p>
      )}
    </div>
  );
}
