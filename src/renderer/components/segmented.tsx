import { useId } from "react";
import "./fields.css";

export interface SegmentedProps<T extends string> {
  readonly label: string;
  /** The label is for screen readers alone. */
  readonly isBare?: boolean;
  readonly value: T;
  readonly options: readonly { readonly value: T; readonly label: string }[];
  readonly onChange: (value: T) => void;
}

/** One of a few choices, all in sight. */
export function Segmented<T extends string>({ label, isBare = false, value, options, onChange }: SegmentedProps<T>) {
  const name = useId();
  return (
    <fieldset className={isBare ? "field-bare" : "field"}>
      <legend className={isBare ? "visually-hidden" : "field-label"}>{label}</legend>
      <div className="segmented">
        {options.map((option) => (
          <label key={option.value} className="segment">
            <input type="radio" name={name} checked={option.value === value} onChange={() => onChange(option.value)} />
            <span>{option.label}</span>
          </label>
        ))}
      </div>
    </fieldset>
  );
}
