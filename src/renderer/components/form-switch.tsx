import { Button } from "./button.tsx";
import "./form-switch.css";

export interface FormSwitchProps<T extends string> {
  readonly label?: string;
  readonly value: T;
  readonly options: readonly {
    readonly value: T;
    readonly label: string;
    /** Why it cannot be chosen now. */
    readonly obstacle?: string;
  }[];
  readonly onChange: (value: T) => void;
}

/** Chooses in which form something is shown, from the bar above it. */
export function FormSwitch<T extends string>({ label = "Shown as", value, options, onChange }: FormSwitchProps<T>) {
  return (
    <fieldset className="form-switch" aria-label={label}>
      {options.map((option) => (
        <Button
          key={option.value}
          variant="quiet"
          aria-pressed={option.value === value}
          unavailable={option.obstacle !== undefined}
          {...(option.obstacle === undefined ? {} : { hint: option.obstacle })}
          onClick={() => onChange(option.value)}
        >
          {option.label}
        </Button>
      ))}
    </fieldset>
  );
}
