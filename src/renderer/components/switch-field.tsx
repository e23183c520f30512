import { Switch } from "@base-ui/react/switch";
import { useId } from "react";
import "./fields.css";

export interface SwitchFieldProps {
  readonly label: string;
  readonly checked: boolean;
  readonly onChange: (on: boolean) => void;
}

/** Something that is on or off, in words. */
export function SwitchField({ label, checked, onChange }: SwitchFieldProps) {
  const id = useId();
  return (
    <span className="switch-field">
      <Switch.Root className="switch" checked={checked} onCheckedChange={onChange} aria-labelledby={id}>
        <Switch.Thumb className="switch-thumb" />
      </Switch.Root>
      <span id={id}>{label}</span>
    </span>
  );
}
