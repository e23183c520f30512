import type { ReactNode } from "react";
import { CopyButton } from "./copy-button.tsx";
import "./facts.css";

/** Names and values, one pair a line. */
export function Facts({ children }: { readonly children: ReactNode }) {
  return <dl className="facts">{children}</dl>;
}

export interface FactProps {
  readonly name: ReactNode;
  readonly children: ReactNode;
  /** Offers this text to copy, under this label. */
  readonly copy?: { readonly text: string; readonly label: string } | undefined;
}

export function Fact({ name, children, copy }: FactProps) {
  return (
    <div className="fact">
      <dt>{name}</dt>
      <dd>
        <span className="fact-value">{children}</span>
        {copy !== undefined && <CopyButton {...copy} />}
      </dd>
    </div>
  );
}
