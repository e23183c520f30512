/** What is to be said about a text: that it is not all, that its charset is a guess, that it is not what it claims. */
import { ChevronLeft, ChevronRight } from "lucide-react";
import { Banner } from "../../components/banner.tsx";
import { Button } from "../../components/button.tsx";
import { CHARSETS, type DecodedText } from "../../format/decode.ts";
import { formatBytes } from "../../format/quantities.ts";
import { savePayload } from "../../state/commands.ts";
import { useApp, useUi } from "../../state/context.ts";
import { sourceSize } from "../../work/sources.ts";
import type { Content } from "./content.ts";

type Charset = Omit<DecodedText, "text">;

export interface CutNoticeProps {
  readonly content: Content;
  readonly start?: number;
  /** Bytes that are shown. */
  readonly length: number;
  /** Goes to another window; left out where only the beginning can be shown. */
  readonly onMove?: (start: number) => void;
  readonly window?: number;
}

/** Says that only a part is shown, and leads to the rest. */
export function CutNotice({ content, start = 0, length, onMove, window = length }: CutNoticeProps) {
  const app = useApp();
  const set = useUi((state) => state.set);
  const { payload, source } = content;
  const complete = source.kind === "url" || source.complete;
  const size = sourceSize(source);
  const whole = complete ? ` of ${formatBytes(size)}` : "";
  const title =
    start === 0
      ? `First ${spokenSize(length)}${whole} shown`
      : `${spokenSize(start)} to ${spokenSize(start + length)}${whole} shown`;
  return (
    <Banner
      tone="note"
      title={title}
      actions={
        <>
          {onMove !== undefined && (
            <>
              <Button
                aria-label="Previous part"
                icon={<ChevronLeft size={14} />}
                disabled={start === 0}
                onClick={() => onMove(Math.max(0, start - window))}
              />
              <Button
                aria-label="Next part"
                icon={<ChevronRight size={14} />}
                disabled={start + length >= size}
                onClick={() => onMove(start + window)}
              />
            </>
          )}
          {payload !== null && (
            <>
              <Button onClick={() => savePayload(app, payload)}>Save all</Button>
              <Button onClick={() => set({ inspectorTab: "raw", rawForm: "hex" })}>Hex</Button>
            </>
          )}
        </>
      }
    >
      <p>
        {payload === null
          ? "What was decoded is kept up to here; the rest was left alone."
          : "Saving gives all of it; the hex view goes to any place in it."}
      </p>
    </Banner>
  );
}

/** Windows are whole mebibytes, and are called so. */
function spokenSize(bytes: number): string {
  return formatBytes(bytes).replace(/\.0 MiB$/, " MiB");
}

/** Says that the bytes are not what the text shown makes them. */
export function CharsetNotice({ decoded }: { readonly decoded: Charset }) {
  const { charset, origin, invalid } = decoded;
  if (origin === "guessed") {
    return (
      <Banner tone="doubt" title="Not valid UTF-8">
        <p>Shown as {charset}, which is a guess; the charset can be chosen. Raw as hex shows the bytes as they are.</p>
      </Banner>
    );
  }
  if (!invalid) return null;
  return (
    <Banner tone="doubt" title={`Not valid ${charset === "utf-8" ? "UTF-8" : charset}`}>
      <p>Bytes that mean nothing in this charset are shown as � here. Raw as hex shows them as they are.</p>
    </Banner>
  );
}

const ORIGINS: Readonly<Record<Charset["origin"], string>> = {
  chosen: "chosen",
  mark: "by its byte order mark",
  valid: "its bytes are valid UTF-8",
  declared: "as it was declared",
  guessed: "a guess by its bytes",
};

export interface CharsetSelectProps {
  readonly decoded: Charset;
  readonly chosen: string | null;
  readonly onChoose: (charset: string | null) => void;
}

/** The charset that the text is read in. */
export function CharsetSelect({ decoded, chosen, onChoose }: CharsetSelectProps) {
  const { charset, origin } = decoded;
  const found = chosen === null ? charset : null;
  const others = chosen === null || CHARSETS.some((known) => known === chosen) ? CHARSETS : [chosen, ...CHARSETS];
  return (
    <select
      className="input view-select"
      aria-label="Charset"
      title={`Charset: ${charset}, ${ORIGINS[origin]}`}
      value={chosen ?? ""}
      onChange={(event) => onChoose(event.target.value === "" ? null : event.target.value)}
    >
      <option value="">{found ?? "Automatic"}</option>
      {others
        .filter((name) => name !== found)
        .map((name) => (
          <option key={name} value={name}>
            {name}
          </option>
        ))}
    </select>
  );
}
