import { FileX } from "lucide-react";
import { type ReactNode, useState } from "react";
import type { MetadataView, PayloadFacts, RowDetail } from "../../../shared/contract.ts";
import { payloadUrl } from "../../../shared/payload-url.ts";
import { ArchivedText } from "../../components/archived-text.tsx";
import { Banner, EmptyState } from "../../components/banner.tsx";
import { useDetail } from "../../state/context.ts";
import { payloadContent } from "./content.ts";
import { ContentView } from "./content-view.tsx";
import { IntegrityBanner } from "./integrity-banner.tsx";
import "./preview.css";

/** The payload, shown as what it is. */
export function Preview({ detail }: { readonly detail: RowDetail }) {
  return (
    <WithPayload detail={detail}>
      {(payload, url) => (
        <PreviewContent key={payloadKey(payload)} payload={payload} url={url} metadata={detail.metadata} />
      )}
    </WithPayload>
  );
}

/** Changes when other bytes are to be read. */
export function payloadKey(payload: PayloadFacts): string {
  return `${payload.checksum}:${payload.state}:${payload.sizeBytes}`;
}

interface WithPayloadProps {
  readonly detail: RowDetail;
  readonly children: (payload: PayloadFacts, url: string) => ReactNode;
}

/** Says what is wrong with the payload, and shows it where there is something to show. */
export function WithPayload({ detail, children }: WithPayloadProps) {
  const archiveId = useDetail((state) => state.archiveId);
  const { payload, row } = detail;
  if (archiveId === null) return null;
  if (payload === null) return <NoPayload detail={detail} />;
  const readable = payload.state === "ok" || payload.state === "corrupt" || payload.state === "unchecked";
  return (
    <>
      {row.status === "reused" && (
        <Banner tone="note" title="Answered from the archive">
          <p>No new response was fetched; this is the payload of the response that answered.</p>
        </Banner>
      )}
      <IntegrityBanner key={payload.checksum} payload={payload} recorded={row.checksum} archiveId={archiveId} />
      {payload.typesDiffer && (
        <Banner tone="doubt" title="Declared and recognised type differ">
          <p>
            Declared as <ArchivedText text={payload.declaredType ?? "nothing"} className="mono" />, recognised by its
            bytes as <ArchivedText text={payload.sniffedType ?? "nothing"} className="mono" />. It is shown as what its
            bytes say.
          </p>
        </Banner>
      )}
      {readable ? (
        children(payload, payloadUrl(archiveId, payload.checksum))
      ) : (
        <EmptyState icon={<FileX size={24} aria-hidden />} title="No bytes to show">
          <p>Everything else about this response is under Metadata and Request.</p>
        </EmptyState>
      )}
    </>
  );
}

function NoPayload({ detail }: { readonly detail: RowDetail }) {
  const { row } = detail;
  if (row.failure !== null) {
    return (
      <>
        <Banner tone="bad" title="This request failed">
          <p>
            <ArchivedText text={row.failure.message} /> <ArchivedText text={row.failure.code} className="mono muted" />
          </p>
        </Banner>
        <EmptyState icon={<FileX size={24} aria-hidden />} title="No response was archived">
          <p>What was asked is under Request; re-fetch asks it again.</p>
        </EmptyState>
      </>
    );
  }
  if (row.ref.type === "response") {
    return (
      <>
        <Banner tone="doubt" title="The payload of this response cannot be addressed">
          <p>
            The row holds {row.checksum === null || row.checksum === "" ? "no checksum" : "a checksum that is none: "}
            {row.checksum !== null && <ArchivedText text={row.checksum} className="mono" />}
          </p>
        </Banner>
        <EmptyState icon={<FileX size={24} aria-hidden />} title="No bytes to show">
          <p>Everything else about this response is under Metadata and Request.</p>
        </EmptyState>
      </>
    );
  }
  return (
    <EmptyState icon={<FileX size={24} aria-hidden />} title="No response">
      <p>
        This request was recorded and has no response: it failed, or it was still running when the archive was read.
      </p>
    </EmptyState>
  );
}

interface PreviewContentProps {
  readonly payload: PayloadFacts;
  readonly url: string;
  readonly metadata: MetadataView;
}

function PreviewContent({ payload, url, metadata }: PreviewContentProps) {
  // The parent mounts another one for other bytes.
  const [content] = useState(() => payloadContent(payload, url, metadata));
  return <ContentView content={content} />;
}
