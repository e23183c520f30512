import { type ReactNode, useCallback, useMemo } from "react";
import type { PayloadFacts } from "../../../shared/contract.ts";
import { ArchivedText } from "../../components/archived-text.tsx";
import { Banner, FailureState } from "../../components/banner.tsx";
import { Button } from "../../components/button.tsx";
import { CodeView } from "../../components/code-view.tsx";
import { useLoaded } from "../../components/use-loaded.ts";
import { decodeUtf8 } from "../../format/decode.ts";
import { layOutJson } from "../../format/json-text.ts";
import { formatBytes } from "../../format/quantities.ts";
import { savePayload } from "../../state/commands.ts";
import { useApp, useUi } from "../../state/context.ts";
import { spokenFault } from "../fetch/draft.ts";
import { DelimitedTable } from "./delimited-table.tsx";
import { HtmlView } from "./html-view.tsx";
import { readRange, TEXT_WINDOW } from "./payload-bytes.ts";

export interface TextWindowProps {
  readonly payload: PayloadFacts;
  readonly url: string;
  /** `json` lays it out anew; `raw-json` colours it and leaves it as it is; `table` shows its fields, `html` offers to render it. */
  readonly as: "html" | "json" | "raw-json" | "table" | "text";
  readonly bar: ReactNode;
}

/** The payload as text: all of it, or as much as fits the window. */
export function TextWindow({ payload, url, as, bar }: TextWindowProps) {
  const load = useCallback((signal: AbortSignal) => readRange(url, 0, TEXT_WINDOW, signal), [url]);
  const loaded = useLoaded(load);
  if (loaded.status === "loading") return <div className="preview-loading" role="status" aria-label="Loading" />;
  if (loaded.status === "failed") {
    return (
      <FailureState title="The payload could not be read">
        <p>
          <ArchivedText text={loaded.error.message} />
        </p>
      </FailureState>
    );
  }
  return <LoadedText payload={payload} bytes={loaded.value} as={as} bar={bar} />;
}

interface LoadedTextProps extends Omit<TextWindowProps, "url"> {
  readonly bytes: Uint8Array;
}

function LoadedText({ payload, bytes, as, bar }: LoadedTextProps) {
  const size = payload.sizeBytes ?? bytes.length;
  const cut = bytes.length < size;
  const decoded = useMemo(() => decodeUtf8(bytes, cut), [bytes, cut]);
  const layout = useMemo(() => (as === "json" ? layOutJson(decoded.text, cut) : null), [as, decoded, cut]);
  const text = layout?.ok ? layout.text : decoded.text;
  const language = as === "raw-json" || layout?.ok ? "json" : "text";
  return (
    <>
      {cut && <CutNotice payload={payload} size={size} />}
      {decoded.invalid && (
        <Banner tone="doubt" title="Not valid UTF-8">
          <p>Bytes that are no UTF-8 are shown as � here. The hex view shows them as they are.</p>
        </Banner>
      )}
      {layout?.ok === false && (
        <Banner tone="doubt" title="Not valid JSON, shown as text">
          <p>{spokenFault(layout.fault)}</p>
        </Banner>
      )}
      {as === "table" ? (
        <DelimitedTable text={text} cut={cut} bar={bar} />
      ) : as === "html" ? (
        <HtmlView text={text} bar={bar} />
      ) : (
        <CodeView text={text} language={language} label={as === "json" ? "Formatted payload" : "Payload"} bar={bar} />
      )}
    </>
  );
}

function CutNotice({ payload, size }: { readonly payload: PayloadFacts; readonly size: number }) {
  const app = useApp();
  const set = useUi((state) => state.set);
  return (
    <Banner
      tone="note"
      title={`First 1 MiB of ${formatBytes(size)} shown`}
      actions={
        <>
          <Button onClick={() => savePayload(app, payload)}>Save all</Button>
          <Button onClick={() => set({ inspectorTab: "raw", rawForm: "hex" })}>Hex</Button>
        </>
      }
    >
      <p>Saving gives all of it; the hex view goes to any place in it.</p>
    </Banner>
  );
}
