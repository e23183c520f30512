import "./skeleton.css";

/** Widths of the bars in percent, so that they look like texts and not like a pattern. */
const WIDTHS = [82, 65, 77, 58, 71, 80, 62, 75, 55, 68, 79, 60];

export interface SkeletonProps {
  /** For screen readers: what is being loaded. */
  readonly label: string;
  readonly lines?: number;
  /** `rows` as high as those of the table, `sessions` with two bars each, `text` for everything else. */
  readonly form?: "rows" | "sessions" | "text";
}

/** Stands where content is being loaded, in the shape that it will have. Comes only when that takes its time. */
export function Skeleton({ label, lines = WIDTHS.length, form = "text" }: SkeletonProps) {
  const bars = Array.from({ length: lines }, (_, line) => [line, WIDTHS[line % WIDTHS.length] ?? 60] as const);
  return (
    <div className={`skeleton skeleton-${form}`} role="status">
      <span className="visually-hidden">{label}</span>
      {bars.map(([line, width]) => (
        <div key={line} className="skeleton-line" aria-hidden>
          <span className="skeleton-bar" style={{ width: `${width}%` }} />
          {form === "sessions" && <span className="skeleton-bar" style={{ width: `${width - 30}%` }} />}
        </div>
      ))}
    </div>
  );
}
