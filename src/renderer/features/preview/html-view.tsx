import { type ReactNode, useState } from "react";
import { Button } from "../../components/button.tsx";
import { CodeView } from "../../components/code-view.tsx";
import "./html-view.css";

export interface HtmlViewProps {
  readonly text: string;
  readonly bar: ReactNode;
}

/**
 * An archived page may do nothing but look: no scripts, no requests, no forms, no plugins. It is drawn in a frame without
 * any permission and without an origin, under the app's own policy (which is inherited) and under this one.
 */
const POLICY =
  "default-src 'none'; style-src 'unsafe-inline'; img-src data:; font-src data:; base-uri 'none'; form-action 'none'";
const PREAMBLE = [
  "<!doctype html>",
  `<meta http-equiv="content-security-policy" content="${POLICY}">`,
  // A link would open another window, which the frame may not: so it does nothing, and the page stays in sight.
  '<base target="_blank">',
].join("");

/** An HTML page as its source, and on demand as it looks. */
export function HtmlView({ text, bar }: HtmlViewProps) {
  const [rendered, setRendered] = useState(false);
  const bars = (
    <>
      <fieldset className="form-switch" aria-label="Shown as">
        <Button variant="quiet" aria-pressed={!rendered} onClick={() => setRendered(false)}>
          Source
        </Button>
        <Button variant="quiet" aria-pressed={rendered} onClick={() => setRendered(true)}>
          Rendered
        </Button>
      </fieldset>
      {bar}
    </>
  );
  if (!rendered) return <CodeView text={text} language="text" label="Payload" bar={bars} />;
  return (
    <div className="html-view">
      <div className="view-bar">
        {bars}
        <span className="muted">Without scripts and network</span>
      </div>
      <iframe className="html-page" title="The page, inert" sandbox="" srcDoc={PREAMBLE + text} />
    </div>
  );
}
