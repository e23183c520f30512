import { ChevronLeft, ChevronRight, Equal } from "lucide-react";
import { type ReactNode, useCallback, useState } from "react";
import { Banner, EmptyState } from "../../components/banner.tsx";
import { Button } from "../../components/button.tsx";
import { useTask } from "../../components/use-task.ts";
import { formatOffset } from "../../format/hex.ts";
import { formatBytes, formatBytesExactly, formatCounted } from "../../format/quantities.ts";
import { readRange } from "../../work/payload-bytes.ts";
import { runTask } from "../../work/run-task.ts";
import { type BytesDiff, LINE_BYTES } from "./bytes-diff.ts";
import { ChangeLines } from "./change-lines.tsx";
import { HEX_WINDOW } from "./compare-forms.ts";
import type { ComparedSides } from "./compared-pair.tsx";
import { ComparingState } from "./comparing-state.tsx";

interface Result {
  readonly left: Uint8Array;
  readonly right: Uint8Array;
  readonly diff: BytesDiff;
}

/** The lines of eight bytes in which two payloads differ, a part of some MiB at a time. */
export function BytesCompared({ pair, bar }: { readonly pair: ComparedSides; readonly bar: ReactNode }) {
  const [start, setStart] = useState(0);
  const { left, right } = pair;
  const sizes = [left.payload.sizeBytes ?? 0, right.payload.sizeBytes ?? 0] as const;
  const size = Math.max(...sizes);
  const work = useCallback(
    async (signal: AbortSignal): Promise<Result> => {
      const [before, after] = await Promise.all([
        readRange(left.url, start, HEX_WINDOW, signal),
        readRange(right.url, start, HEX_WINDOW, signal),
      ]);
      const found = await runTask("compare", { form: "hex", left: before, right: after }, signal);
      if (found.form !== "hex") throw new Error("The thread answered something else");
      return { left: before, right: after, diff: found.diff };
    },
    [left.url, right.url, start],
  );
  const comparing = useTask(work);
  const end = Math.min(size, start + HEX_WINDOW);
  const isPart = size > HEX_WINDOW;
  const diff = comparing.status === "ready" ? comparing.value.diff : null;
  return (
    <>
      <div className="view-bar">
        {bar}
        {diff !== null && (
          <span data-testid="compare-summary">
            {diff.differing === 0
              ? "no difference"
              : `${formatCounted(diff.differing, "byte")} in ${formatCounted(diff.ranges, "place")}`}
          </span>
        )}
      </div>
      {isPart && (
        <Banner
          tone="note"
          title={`${formatBytes(end - start)} of ${formatBytes(size)} compared here, not the whole`}
          actions={
            <>
              <Button
                aria-label="Previous part"
                icon={<ChevronLeft size={14} />}
                disabled={start === 0}
                onClick={() => setStart(Math.max(0, start - HEX_WINDOW))}
              />
              <Button
                aria-label="Next part"
                icon={<ChevronRight size={14} />}
                disabled={end >= size}
                onClick={() => setStart(start + HEX_WINDOW)}
              />
            </>
          }
        >
          <p>
            Bytes{" "}
            <span className="mono">
              {formatOffset(start)}–{formatOffset(end - 1)}
            </span>
            ; the arrows go to the other parts.
          </p>
        </Banner>
      )}
      {sizes[0] !== sizes[1] && (
        <Banner
          tone="note"
          title={`Of different length: ${formatBytesExactly(sizes[0])} and ${formatBytesExactly(sizes[1])}`}
        >
          <p>Bytes are compared place by place: what was inserted shifts all behind it.</p>
        </Banner>
      )}
      {diff !== null && diff.unlisted > 0 && (
        <Banner tone="note" title={`${formatCounted(diff.unlisted, "further line")} of this part not shown`} />
      )}
      <ComparingState comparing={comparing} />
      {comparing.status === "ready" &&
        (comparing.value.diff.differing === 0 ? (
          <EmptyState
            icon={<Equal size={24} aria-hidden />}
            title={isPart ? "No difference in this part" : "The same bytes"}
          />
        ) : (
          <Lines result={comparing.value} start={start} />
        ))}
    </>
  );
}

function Lines({ result, start }: { readonly result: Result; readonly start: number }) {
  const { left, right, diff } = result;
  return (
    <>
      <div className="byte-heads byte-line mono muted">
        <span>{" ".repeat(formatOffset(start).length)}</span>
        <span className="byte-group">older (−)</span>
        <span className="byte-group">newer (+)</span>
      </div>
      <ChangeLines
        label="Differences"
        className="byte-changes mono"
        count={diff.lines.length}
        lineHeight={20}
        line={(index) => {
          const at = diff.lines[index] ?? 0;
          const before = index === 0 ? -LINE_BYTES : (diff.lines[index - 1] ?? 0);
          return (
            <div className={at - before > LINE_BYTES && index > 0 ? "byte-line byte-line-apart" : "byte-line"}>
              <span className="muted">{formatOffset(start + at)}</span>
              <Bytes bytes={left} other={right} at={at} />
              <Bytes bytes={right} other={left} at={at} />
            </div>
          );
        }}
      />
    </>
  );
}

function Bytes({ bytes, other, at }: { readonly bytes: Uint8Array; readonly other: Uint8Array; readonly at: number }) {
  const isLeftOut = (place: number) => bytes[place] === undefined;
  return (
    <span className="byte-group">
      {Array.from({ length: LINE_BYTES }, (_none, n) => {
        const place = at + n;
        const text = isLeftOut(place) ? "  " : (bytes[place] ?? 0).toString(16).padStart(2, "0");
        const differs = bytes[place] !== other[place];
        return differs ? (
          <b key={place} className="byte-differs">
            {isLeftOut(place) ? "··" : text}
          </b>
        ) : (
          <span key={place}>{text}</span>
        );
      })}
    </span>
  );
}
