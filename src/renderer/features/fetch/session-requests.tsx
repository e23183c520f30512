import { ArrowDown, ArrowUp, Copy, TriangleAlert, X } from "lucide-react";
import { useEffect, useRef } from "react";
import { ArchivedText } from "../../components/archived-text.tsx";
import { Button } from "../../components/button.tsx";
import { formatCount } from "../../format/quantities.ts";
import { type ComposerDraft, isFaulty, labelOf } from "./draft.ts";
import { duplicated, moved, removed, requestsOf, timesOf, written } from "./request-list.ts";

export interface SessionRequestsProps {
  readonly draft: ComposerDraft;
  /** Whether what is wrong with requests is shown. */
  readonly tried: boolean;
  readonly onChange: (draft: ComposerDraft) => void;
}

/** The requests of the session: one of them is written below, and any can be taken up, copied, moved or left out. */
export function SessionRequests({ draft, tried, onChange }: SessionRequestsProps) {
  const list = useRef<HTMLOListElement>(null);
  const requests = requestsOf(draft);
  // The list comes into sight when there is more than one, and with it the one that is written.
  useEffect(() => {
    const item = list.current?.querySelector<HTMLElement>(`[data-request="${draft.id}"]`);
    void item?.scrollIntoView({ block: "nearest" });
  }, [draft.id]);
  /** Keeps the keyboard on the request, wherever it is by then. */
  const change = (next: ComposerDraft, place: number, action: string) => {
    onChange(next);
    requestAnimationFrame(() => {
      const item = list.current?.children[Math.min(place, (list.current?.children.length ?? 0) - 1)];
      item?.querySelector<HTMLElement>(`[data-action="${action}"]`)?.focus();
    });
  };
  return (
    <ol ref={list} className="session-requests" aria-label="Requests of this session">
      {requests.map((request, place) => {
        const [number, times] = [place + 1, timesOf(request)];
        return (
          <li key={request.id} data-request={request.id} className={place === draft.place ? "is-current" : ""}>
            <button
              type="button"
              className="session-request"
              data-action="write"
              aria-current={place === draft.place}
              onClick={() => onChange(written(draft, place))}
            >
              <span className="muted">{number}</span>
              {tried && isFaulty(request) && (
                <TriangleAlert size={14} className="tone-bad" role="img" aria-label="cannot be sent as it is" />
              )}
              <span className="session-request-kind">
                {request.kind.trim() === "" ? <i>no kind</i> : <ArchivedText text={request.kind} />}
              </span>
              <ArchivedText text={labelOf(request.paramsJson).slice(0, 300)} className="mono muted" />
              {times > 1 && <span className="session-request-times">× {formatCount(times)}</span>}
            </button>
            <Button
              variant="quiet"
              icon={<ArrowUp size={14} />}
              data-action="up"
              aria-label={`Move request ${number} up`}
              unavailable={place === 0}
              onClick={() => change(moved(draft, place, -1), place - 1, "up")}
            />
            <Button
              variant="quiet"
              icon={<ArrowDown size={14} />}
              data-action="down"
              aria-label={`Move request ${number} down`}
              unavailable={place === requests.length - 1}
              onClick={() => change(moved(draft, place, 1), place + 1, "down")}
            />
            <Button
              variant="quiet"
              icon={<Copy size={14} />}
              aria-label={`Copy request ${number}`}
              onClick={() => change(duplicated(draft, place), place + 1, "write")}
            />
            <Button
              variant="quiet"
              icon={<X size={14} />}
              aria-label={`Remove request ${number}`}
              onClick={() => change(removed(draft, place), place, "write")}
            />
          </li>
        );
      })}
    </ol>
  );
}
