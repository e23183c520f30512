import { History } from "lucide-react";
import { ArchivedText } from "../../components/archived-text.tsx";
import { Button } from "../../components/button.tsx";
import { formatTime } from "../../format/times.ts";
import { backToNow } from "../../state/as-of.ts";
import { useApp, useRows, useTimeZone } from "../../state/context.ts";
import "./as-of.css";

/** Says that the window is as of a moment, as long as it is. */
export function AsOfBar() {
  const app = useApp();
  const zone = useTimeZone();
  const asOf = useRows((state) => state.listing?.asOf ?? null);
  if (asOf === null) return null;
  return (
    <section className="as-of-bar" aria-label="As of a moment">
      <History size={14} aria-hidden />
      <p className="as-of-text">
        <strong>
          As of <ArchivedText text={formatTime(asOf, zone)} /> {zone === "utc" ? "UTC" : "local time"}
        </strong>{" "}
        <span className="as-of-note">
          Lists show what a pipeline would have been served then. What comes in now does not show here.
        </span>
      </p>
      <Button onClick={() => app.ui.getState().set({ dialog: { kind: "as-of" } })}>Change…</Button>
      <Button variant="primary" onClick={() => backToNow(app)}>
        Back to now
      </Button>
    </section>
  );
}
