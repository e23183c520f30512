import { type ReactNode, useState } from "react";
import { ArchivedText } from "../../components/archived-text.tsx";
import { Banner } from "../../components/banner.tsx";
import { formatBytes } from "../../format/quantities.ts";
import type { DecodedResult } from "../../work/tasks.ts";
import type { Content } from "./content.ts";
import { isTextKind } from "./preview-kind.ts";

export interface DecodedViewProps {
  readonly result: DecodedResult;
  /** What could not be decoded, when it could not: `The gzip data`. */
  readonly subject: string;
  /** As text or bytes, whatever it is. */
  readonly raw: boolean;
  /** Shows the content inside as what it is. */
  readonly show: (content: Content) => ReactNode;
}

/** What came out of a payload that was packed: as far as it could be decoded. */
export function DecodedView({ result, subject, raw, show }: DecodedViewProps) {
  const { bytes, complete, fault, kind, type } = result;
  // The same object as long as it is the same result: views read their content once.
  const [content] = useState<Content>(() => ({
    source: { kind: "bytes", bytes, complete: complete || fault !== null },
    kind,
    type,
    declaredCharset: null,
    payload: null,
  }));
  return (
    <>
      {fault !== null && (
        <Banner tone="doubt" title={`${subject} is broken`}>
          <p>
            {bytes.length === 0
              ? "Nothing of it could be decoded: "
              : `Shown is what was decoded before the fault, ${formatBytes(bytes.length)}: `}
            <ArchivedText text={fault} />
          </p>
        </Banner>
      )}
      {(fault === null || bytes.length > 0) && show(raw ? { ...content, kind: rawKind(content) } : content)}
    </>
  );
}

function rawKind({ kind }: Content): Content["kind"] {
  if (kind === "empty") return kind;
  return isTextKind(kind) ? "text" : "binary";
}
