import { CircleAlert, Info, ShieldAlert, TriangleAlert } from "lucide-react";
import type { ReactNode } from "react";
import "./banner.css";

export interface BannerProps {
  readonly tone: "note" | "doubt" | "bad";
  readonly title: ReactNode;
  readonly children?: ReactNode;
  readonly actions?: ReactNode;
  /** Announced at once by screen readers. */
  readonly urgent?: boolean;
}

/** A message that stays where it concerns something. */
export function Banner({ tone, title, children, actions, urgent = false }: BannerProps) {
  return (
    <div className={`banner banner-${tone}`} role={urgent ? "alert" : "status"}>
      <ToneIcon tone={tone} />
      <div className="banner-text">
        <p className="banner-title">{title}</p>
        {children}
      </div>
      {actions !== undefined && <div className="banner-actions">{actions}</div>}
    </div>
  );
}

function ToneIcon({ tone }: { readonly tone: BannerProps["tone"] }) {
  switch (tone) {
    case "note":
      return <Info size={16} aria-hidden />;
    case "doubt":
      return <TriangleAlert size={16} aria-hidden />;
    case "bad":
      return <ShieldAlert size={16} aria-hidden />;
  }
}

/** A failure where content was expected, with what can be done about it. */
export function FailureState({
  title,
  children,
  actions,
}: {
  readonly title: string;
  readonly children?: ReactNode;
  readonly actions?: ReactNode;
}) {
  return (
    <div className="empty-state" role="alert">
      <CircleAlert size={24} className="tone-bad" aria-hidden />
      <h2>{title}</h2>
      {children}
      {actions}
    </div>
  );
}

/** Why there is nothing to see here. */
export function EmptyState({
  icon,
  title,
  children,
  actions,
}: {
  readonly icon: ReactNode;
  readonly title: string;
  readonly children?: ReactNode;
  readonly actions?: ReactNode;
}) {
  return (
    <div className="empty-state">
      {icon}
      <h2>{title}</h2>
      {children}
      {actions}
    </div>
  );
}
