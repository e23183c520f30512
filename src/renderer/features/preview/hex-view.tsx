import { ChevronLeft, ChevronRight } from "lucide-react";
import { type ReactNode, type RefObject, useCallback, useEffect, useMemo, useRef, useState } from "react";
import { ArchivedText } from "../../components/archived-text.tsx";
import { FailureState } from "../../components/banner.tsx";
import { Button } from "../../components/button.tsx";
import { useLoaded } from "../../components/use-loaded.ts";
import { formatOffset, hexDump, parseOffset } from "../../format/hex.ts";
import { formatBytes } from "../../format/quantities.ts";
import { HEX_PAGE } from "../../work/payload-bytes.ts";
import { readSource, sourceSize } from "../../work/sources.ts";
import type { Source } from "../../work/tasks.ts";

export interface HexViewProps {
  readonly source: Source;
  readonly bar: ReactNode;
}

const LINE_HEIGHT = 18;
/** Narrower than this, a line holds eight bytes instead of sixteen. */
const WIDE = 620;

/** Bytes with their offsets, one page of 64 KiB at a time. */
export function HexView({ source, bar }: HexViewProps) {
  const size = sourceSize(source);
  const [start, setStart] = useState(0);
  const [wanted, setWanted] = useState<number | null>(null);
  const [typed, setTyped] = useState("");
  const place = useRef<HTMLDivElement>(null);
  const width = useBytesPerLine(place);

  const load = useCallback((signal: AbortSignal) => readSource(source, start, HEX_PAGE, signal), [source, start]);
  const loaded = useLoaded(load);
  const bytes = loaded.status === "ready" ? loaded.value : null;
  const dump = useMemo(() => (bytes === null ? null : hexDump(bytes, start, width)), [bytes, start, width]);

  useEffect(() => {
    if (dump === null || place.current === null) return;
    place.current.scrollTop = wanted === null ? 0 : Math.floor((wanted - start) / width) * LINE_HEIGHT;
  }, [dump, wanted, start, width]);

  const goTo = (page: number) => {
    setWanted(null);
    setStart(page);
  };
  const target = parseOffset(typed);
  const goToTyped = () => {
    if (target === null || target >= size) return;
    setStart(target - (target % HEX_PAGE));
    setWanted(target);
  };
  const end = Math.min(size, start + HEX_PAGE);

  return (
    <div className="hex">
      <div className="view-bar">
        {bar}
        <span className="view-bar-gap" />
        {size > HEX_PAGE && (
          <>
            <span className="mono">
              {formatOffset(start)}–{formatOffset(Math.max(0, end - 1))} of {formatBytes(size)}
            </span>
            <Button
              variant="quiet"
              aria-label="Previous 64 KiB"
              icon={<ChevronLeft size={14} />}
              disabled={start === 0}
              onClick={() => goTo(Math.max(0, start - HEX_PAGE))}
            />
            <Button
              variant="quiet"
              aria-label="Next 64 KiB"
              icon={<ChevronRight size={14} />}
              disabled={end >= size}
              onClick={() => goTo(start + HEX_PAGE)}
            />
          </>
        )}
        <input
          className="input hex-offset mono"
          aria-label="Go to offset"
          placeholder="offset, 0x…"
          value={typed}
          aria-invalid={(typed !== "" && (target === null || target >= size)) || undefined}
          onChange={(event) => setTyped(event.target.value)}
          onKeyDown={(event) => event.key === "Enter" && goToTyped()}
        />
      </div>
      {loaded.status === "failed" ? (
        <FailureState title="The payload could not be read">
          <p>
            <ArchivedText text={loaded.error.message} />
          </p>
        </FailureState>
      ) : (
        <section ref={place} className="hex-dump mono" aria-label="Bytes in hexadecimal">
          {dump !== null && (
            <>
              <pre className="hex-offsets">{dump.offsets}</pre>
              <pre>{dump.bytes}</pre>
              <pre className="hex-ascii">{dump.ascii}</pre>
            </>
          )}
        </section>
      )}
    </div>
  );
}

function useBytesPerLine(place: RefObject<HTMLElement | null>): 8 | 16 {
  const [width, setWidth] = useState<8 | 16>(16);
  useEffect(() => {
    const element = place.current;
    if (element === null) return;
    const observer = new ResizeObserver(() => setWidth(element.clientWidth < WIDE ? 8 : 16));
    observer.observe(element);
    return () => observer.disconnect();
  }, [place]);
  return width;
}
