import type { ComponentProps, ReactNode } from "react";
import { Hint } from "./hint.tsx";
import "./button.css";

export interface ButtonProps extends Omit<ComponentProps<"button">, "type"> {
  readonly variant?: "plain" | "primary" | "quiet";
  readonly icon?: ReactNode;
  /** Shown on hover and focus: the shortcut, or why the button does nothing now. */
  readonly hint?: ReactNode;
  /** Off, but still reachable, so that the hint can say why. */
  readonly unavailable?: boolean;
}

/** A push button. */
export function Button({
  variant = "plain",
  icon,
  hint,
  unavailable = false,
  className,
  children,
  onClick,
  ...rest
}: ButtonProps) {
  const button = (
    <button
      {...rest}
      type="button"
      aria-disabled={unavailable || undefined}
      onClick={unavailable ? undefined : onClick}
      className={`button button-${variant} ${children === undefined ? "button-icon" : ""} ${className ?? ""}`}
    >
      {icon}
      {children}
    </button>
  );
  return hint === undefined ? button : <Hint text={hint}>{button}</Hint>;
}
