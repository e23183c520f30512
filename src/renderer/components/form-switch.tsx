import { Button } from "./button.tsx";

export interface FormSwitchProps<T extends string> {
  readonly value: T;
  readonly options: readonly { readonly value: T; readonly label: string }[];
  readonly onChange: (value: T) => void;
}

/** Chooses in which form something is shown, from the bar above it. */
export function FormSwitch<T extends string>({ value, options, onChange }: FormSwitchProps<T>) {
  return (
    <fieldset className="form-switch" aria-label="Shown as">
      {options.map((option) => (
        <Button
          key={option.value}
          variant="quiet"
          aria-pressed={option.value === value}
          onClick={() => onChange(option.value)}
        >
          {option.label}
        </Button>
      ))}
    </fieldset>
  );
}
