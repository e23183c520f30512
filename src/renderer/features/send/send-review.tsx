import { useCallback, useEffect, useRef, useState } from "react";
import type { ErrorShape, PlannedHeader, SendPlan } from "../../../shared/contract.ts";
import { ArchivedText } from "../../components/archived-text.tsx";
import { Banner } from "../../components/banner.tsx";
import { Button } from "../../components/button.tsx";
import { Modal } from "../../components/modal.tsx";
import { Skeleton } from "../../components/skeleton.tsx";
import { useLoaded } from "../../components/use-loaded.ts";
import { hexDump } from "../../format/hex.ts";
import { formatBytesExactly, formatDuration } from "../../format/quantities.ts";
import { visibleText } from "../../format/visible-text.ts";
import { useApp, useArchives } from "../../state/context.ts";
import { shapeOf } from "../../state/failures.ts";
import { nextStep } from "../archives/next-steps.ts";
import { type SendDraft, sendOrder } from "./send-draft.ts";

export interface SendReviewProps {
  readonly draft: SendDraft;
  readonly onBack: () => void;
  readonly onSent: (jobId: string) => void;
  readonly onClose: () => void;
}

/** Asks before anything goes out, and shows all of it. */
export function SendReview({ draft, onBack, onSent, onClose }: SendReviewProps) {
  const app = useApp();
  const archiveId = useArchives((state) => state.archive?.id ?? "");
  const load = useCallback(
    (signal: AbortSignal) => app.client.call("send.plan", sendOrder(draft, archiveId), { signal }),
    [app, draft, archiveId],
  );
  const planned = useLoaded(load);
  const plan = planned.status === "ready" ? planned.value : null;
  const [error, setError] = useState<ErrorShape | null>(null);
  const [starting, setStarting] = useState(false);
  /** Set before anything is drawn: a second click may come sooner. */
  const asked = useRef(false);

  const mustBeAllowed = planned.status === "failed" && planned.error.code === "TRUST_NEEDED";
  useEffect(() => {
    if (!mustBeAllowed) return;
    const { set } = app.ui.getState();
    const review = { kind: "send", draft, step: "review" } as const;
    const proceed = () => set({ dialog: review });
    set({ dialog: { kind: "trust", source: draft.source.trim(), proceed, back: { ...review, step: "write" } } });
  }, [app, draft, mustBeAllowed]);

  const send = async ({ ticket }: SendPlan) => {
    if (asked.current) return;
    asked.current = true;
    setStarting(true);
    setError(null);
    try {
      const job = await app.startJob(() => app.client.call("send.start", { ticket }));
      onSent(job.id);
    } catch (reason) {
      setError(shapeOf(reason));
      asked.current = false;
      setStarting(false);
    }
  };
  const failure = error ?? (planned.status === "failed" && !mustBeAllowed ? planned.error : null);
  return (
    <Modal
      title="Send this?"
      description={
        <>
          To <ArchivedText text={draft.source} className="strong" />, as{" "}
          <ArchivedText text={draft.kind} className="strong" />. It goes out once, and is never tried again by itself.
          The bytes and the answer are archived.
        </>
      }
      size="large"
      focusFirst=".modal-foot button"
      onClose={onClose}
      footer={
        <>
          <Button onClick={onBack} disabled={starting}>
            Edit
          </Button>
          <span className="view-bar-gap" />
          <Button onClick={onClose}>Cancel</Button>
          <Button
            variant="primary"
            unavailable={plan === null || starting}
            onClick={() => plan !== null && void send(plan)}
          >
            {starting ? "Sending…" : "Send once"}
          </Button>
        </>
      }
    >
      <div className="form">
        {failure !== null && <NotSent failure={failure} wasAsked={error !== null} />}
        {planned.status === "loading" && <Skeleton label="What would go out is being worked out" lines={6} />}
        {plan !== null && <Planned plan={plan} />}
      </div>
    </Modal>
  );
}

function NotSent({ failure, wasAsked }: { readonly failure: ErrorShape; readonly wasAsked: boolean }) {
  if (failure.code === "DISCONNECTED" && wasAsked) {
    return (
      <Banner tone="doubt" urgent title="The connection to the host was lost before it answered">
        <p>Whether it was sent is not known. Asking again does not send it twice: the host keeps what it has sent.</p>
      </Banner>
    );
  }
  return (
    <Banner tone="bad" urgent title="Nothing was sent">
      <p>
        <ArchivedText text={failure.message} />
      </p>
      <p>{nextStep(failure.code)}</p>
    </Banner>
  );
}

function Planned({ plan }: { readonly plan: SendPlan }) {
  const { http, lines, archivedCredentials, sizeBytes, checksum, adapter } = plan;
  return (
    <>
      {archivedCredentials.length > 0 && (
        <Banner tone="doubt" title="Params name credentials">
          <p>
            <ArchivedText text={archivedCredentials.join(", ")} className="mono" /> would be archived with the request,
            for what params say is. Refer to a secret in the settings of the source instead.
          </p>
        </Banner>
      )}
      {http !== null && (
        <>
          <p className="send-line mono">
            <strong>{http.method}</strong> <ArchivedText text={http.url} />
          </p>
          <dl className="send-headers" aria-label="Headers">
            {withPlaces(http.headers).map(([place, header]) => (
              <div key={place}>
                <dt className="mono muted">
                  <ArchivedText text={header.name} />
                </dt>
                <dd className="mono">
                  {header.value === null ? (
                    <em className="muted">hidden: a credential</em>
                  ) : (
                    <ArchivedText text={header.value} />
                  )}
                </dd>
              </div>
            ))}
          </dl>
          <p className="muted">
            It has {formatDuration(http.timeoutMs)} to be answered. Should the answer be a redirect (307, 308), the same
            bytes go on to where it points.
          </p>
        </>
      )}
      {http === null && (
        <dl className="send-headers" aria-label="What runs">
          <div>
            <dt className="muted">Given to</dt>
            <dd>a {adapter}, with the params and these bytes</dd>
          </div>
          {lines.map(({ what, text }) => (
            <div key={`${what} ${text}`}>
              <dt className="muted">{what}</dt>
              <dd className="mono">
                <ArchivedText text={text} />
              </dd>
            </div>
          ))}
        </dl>
      )}
      <section className="send-bytes" aria-label="Bytes">
        <p>
          <strong>{formatBytesExactly(sizeBytes)}</strong>{" "}
          <span className="muted">
            SHA-256 <span className="mono">{checksum}</span>
          </span>
        </p>
        {sizeBytes > 0 && <Bytes plan={plan} />}
      </section>
    </>
  );
}

function Bytes({ plan: { head, isCut } }: { readonly plan: SendPlan }) {
  const text = head.form === "text" ? head.text.split("\n").map(visibleText).join("\n") : dumped(head.text);
  return (
    <>
      <section
        className="send-head mono"
        aria-label={head.form === "text" ? "Bytes as text" : "Bytes in hexadecimal"}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls can be scrolled with keys
        tabIndex={0}
      >
        <pre>{text}</pre>
      </section>
      {isCut && <p className="muted">These are the first of them; all are sent.</p>}
    </>
  );
}

function dumped(digits: string): string {
  const bytes = Uint8Array.from(digits.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
  const { offsets, bytes: columns, ascii } = hexDump(bytes, 0, 16);
  const [lines, signs] = [columns.split("\n"), ascii.split("\n")];
  return offsets
    .split("\n")
    .map((offset, line) => `${offset}  ${(lines[line] ?? "").padEnd(48)}  ${signs[line] ?? ""}`)
    .join("\n");
}

/** A field may come twice with the same value; its place tells it apart. */
function withPlaces(headers: readonly PlannedHeader[]) {
  return headers.map((header, place) => [place, header] as const);
}
