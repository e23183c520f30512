import { LoaderCircle } from "lucide-react";
import { useCallback, useState } from "react";
import type { PayloadCheck, PayloadFacts } from "../../../shared/contract.ts";
import { ArchivedText } from "../../components/archived-text.tsx";
import { Banner } from "../../components/banner.tsx";
import { Button } from "../../components/button.tsx";
import { useLoaded } from "../../components/use-loaded.ts";
import { formatBytesExactly } from "../../format/quantities.ts";
import { useApp } from "../../state/context.ts";

export interface IntegrityBannerProps {
  readonly payload: PayloadFacts;
  /** The checksum as the row has it. */
  readonly recorded: string | null;
  readonly archiveId: string;
}

/** What is wrong, or not known yet, about the payload's bytes; nothing when they are verified. */
export function IntegrityBanner({ payload, recorded, archiveId }: IntegrityBannerProps) {
  const [checking, setChecking] = useState(false);
  switch (payload.state) {
    case "ok":
    case "none":
      return null;
    case "corrupt":
      return <Corrupt payload={payload} actual={payload.actualChecksum} size={payload.sizeBytes} />;
    case "missing":
      return <Missing payload={payload} />;
    case "unaddressable":
      return (
        <Banner tone="doubt" title="The payload of this response cannot be addressed">
          <p>
            The row’s checksum is not 64 hex digits: <ArchivedText text={recorded ?? "no value"} className="mono" />
          </p>
        </Banner>
      );
    case "unchecked":
      if (checking) return <Checking payload={payload} archiveId={archiveId} onStop={() => setChecking(false)} />;
      return (
        <Banner
          tone="note"
          title="Not verified yet"
          actions={<Button onClick={() => setChecking(true)}>Verify now</Button>}
        >
          <p>This payload is too large to be hashed for a list. Its bytes may or may not match their checksum.</p>
        </Banner>
      );
  }
}

interface CheckingProps {
  readonly payload: PayloadFacts;
  readonly archiveId: string;
  readonly onStop: () => void;
}

/** Hashes the whole payload on the host; leaving the row cancels it. */
function Checking({ payload, archiveId, onStop }: CheckingProps) {
  const { client, rows } = useApp();
  const { checksum } = payload;
  const check = useCallback(
    async (signal: AbortSignal): Promise<PayloadCheck> => {
      const found = await client.call("payloads.check", { archiveId, checksum }, { signal });
      rows.getState().learn(checksum, found.state);
      return found;
    },
    [client, rows, archiveId, checksum],
  );
  const checked = useLoaded(check);
  if (checked.status === "loading") {
    return (
      <Banner
        tone="note"
        title={
          <span className="sign">
            <LoaderCircle size={14} className="spin" aria-hidden />
            Verifying every byte…
          </span>
        }
        actions={<Button onClick={onStop}>Cancel</Button>}
      />
    );
  }
  if (checked.status === "failed") {
    return (
      <Banner tone="bad" urgent title="It could not be verified" actions={<Button onClick={onStop}>Close</Button>}>
        <p>
          <ArchivedText text={checked.error.message} />
        </p>
      </Banner>
    );
  }
  const { state, actualChecksum, sizeBytes } = checked.value;
  switch (state) {
    case "ok":
      return (
        <Banner tone="note" title="Verified just now">
          <p>Every byte was read, and they match their checksum.</p>
        </Banner>
      );
    case "corrupt":
      return <Corrupt payload={payload} actual={actualChecksum} size={sizeBytes} />;
    case "missing":
      return <Missing payload={payload} />;
  }
}

interface CorruptProps {
  readonly payload: PayloadFacts;
  readonly actual: string | null;
  readonly size: number | null;
}

function Corrupt({ payload, actual, size }: CorruptProps) {
  return (
    <Banner tone="bad" urgent title="This payload is corrupt: its bytes do not match its checksum">
      <dl className="checksums">
        <dt>Expected</dt>
        <dd className="mono">{payload.checksum}</dd>
        <dt>Actual</dt>
        <dd className="mono">{actual ?? "not known"}</dd>
        <dt>Size</dt>
        <dd>{sizes(size, payload.recordedSizeBytes)}</dd>
      </dl>
      <p>Nothing is repaired or hidden: what is on disk is shown. Fetching the same bytes again heals the file.</p>
    </Banner>
  );
}

function Missing({ payload }: { readonly payload: PayloadFacts }) {
  return (
    <Banner tone="bad" urgent title="The payload is missing: there is no file with this checksum">
      <dl className="checksums">
        <dt>Expected</dt>
        <dd className="mono">{payload.checksum}</dd>
        {payload.recordedSizeBytes !== null && (
          <>
            <dt>Recorded size</dt>
            <dd>{formatBytesExactly(payload.recordedSizeBytes)}</dd>
          </>
        )}
      </dl>
      <p>The row and its metadata are intact. Fetching the same bytes again, or restoring the file, brings it back.</p>
    </Banner>
  );
}

function sizes(actual: number | null, recorded: number | null): string {
  const onDisk = actual === null ? "not known" : `${formatBytesExactly(actual)} on disk`;
  if (recorded === null || recorded === actual) return onDisk;
  return `${onDisk}, ${formatBytesExactly(recorded)} recorded`;
}
