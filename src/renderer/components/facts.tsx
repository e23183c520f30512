import type { ReactNode } from "react";
import { CopyButton } from "./copy-button.tsx";
import { ValueMenu } from "./value-menu.tsx";
import "./facts.css";

/** Names and values, one pair a line. */
export function Facts({ children }: { readonly children: ReactNode }) {
  return (
    <ValueMenu>
      <dl className="facts">{children}</dl>
    </ValueMenu>
  );
}

export interface FactProps {
  readonly name: ReactNode;
  readonly children: ReactNode;
  /** Offers this text to copy, under this label. */
  readonly copy?: { readonly text: string; readonly label: string } | undefined;
  /** What its menu copies, where no button does. */
  readonly value?: string | undefined;
}

const HASH = /^[0-9a-f]{64}$/;

export function Fact({ name, children, copy, value = copy?.text }: FactProps) {
  return (
    <div className="fact" data-copy={value} data-name={typeof name === "string" ? name : undefined}>
      <dt>{name}</dt>
      <dd>
        <span className={HASH.test(copy?.text ?? "") ? "fact-value fact-hash" : "fact-value"}>{children}</span>
        {copy !== undefined && <CopyButton {...copy} />}
      </dd>
    </div>
  );
}
