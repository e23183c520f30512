import { useEffect, useRef } from "react";
import { ArchivedText } from "../../components/archived-text.tsx";
import { Banner } from "../../components/banner.tsx";
import { Button } from "../../components/button.tsx";
import { formatCount } from "../../format/quantities.ts";

export interface ManyRequestsProps {
  readonly count: number;
  readonly source: string;
  readonly onSend: () => void;
  readonly onBack: () => void;
}

/** Asks before very many requests go out: a list or a range of dates is quickly written. */
export function ManyRequests({ count, source, onSend, onBack }: ManyRequestsProps) {
  const send = useRef<HTMLButtonElement>(null);
  useEffect(() => send.current?.focus(), []);
  return (
    <Banner
      tone="doubt"
      urgent
      title={`Fetch ${formatCount(count)} requests?`}
      actions={
        <>
          <Button onClick={onBack}>Not so many</Button>
          <Button ref={send} variant="primary" onClick={onSend}>
            Yes, fetch {formatCount(count)}
          </Button>
        </>
      }
    >
      <p>
        Each that the archive does not answer goes out to <ArchivedText text={source} />. You can cancel the job while
        it runs; what came before is kept.
      </p>
    </Banner>
  );
}
