import "./progress-bar.css";

/** How far something is; `total` null when nobody knows. */
export function ProgressBar({
  done,
  total,
  label,
}: {
  readonly done: number;
  readonly total: number | null;
  readonly label: string;
}) {
  const known = total !== null && total > 0;
  return (
    <div
      className={known ? "progress" : "progress progress-unknown"}
      role="progressbar"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={known ? total : undefined}
      aria-valuenow={known ? done : undefined}
    >
      <div className="progress-done" style={known ? { width: `${Math.min(100, (done / total) * 100)}%` } : undefined} />
    </div>
  );
}
