import { FileQuestionMark } from "lucide-react";
import { useState } from "react";
import type { MetadataView, RowDetail } from "../../../shared/contract.ts";
import { ArchivedText } from "../../components/archived-text.tsx";
import { Banner, EmptyState } from "../../components/banner.tsx";
import { Button } from "../../components/button.tsx";
import { CodeView } from "../../components/code-view.tsx";
import { Fact, Facts } from "../../components/facts.tsx";
import { ValueMenu } from "../../components/value-menu.tsx";
import { layOutJson } from "../../format/json-text.ts";
import { formatTime, type TimeZone } from "../../format/times.ts";
import { visibleText } from "../../format/visible-text.ts";
import { useTimeZone } from "../../state/context.ts";
import { type MetadataFact, metadataFacts } from "./metadata-facts.ts";

/** Transport facts, and whose they are. */
export function MetadataTab({ detail }: { readonly detail: RowDetail }) {
  const zone = useTimeZone();
  const [raw, setRaw] = useState(false);
  const { metadata } = detail;
  switch (metadata.origin) {
    case "none":
      return (
        <EmptyState icon={<FileQuestionMark size={24} aria-hidden />} title="No metadata">
          <p>Nothing was recorded about the transport of this {detail.response === null ? "request" : "response"}.</p>
        </EmptyState>
      );
    case "invalid":
      return (
        <>
          <Banner tone="doubt" title="The metadata file is no JSON object">
            <p>
              <ArchivedText text={metadata.reason} />
            </p>
          </Banner>
          {metadata.text !== null && (
            <CodeView text={metadata.text} language="text" label="Metadata as it is on disk" />
          )}
        </>
      );
    case "response":
    case "sidecar":
      return (
        <>
          <div className="view-bar">
            <span data-testid="metadata-origin">
              <ArchivedText text={spokenOrigin(metadata, zone)} />
            </span>
            <span className="view-bar-gap" />
            <Button variant="quiet" aria-pressed={raw} onClick={() => setRaw(!raw)}>
              Raw JSON
            </Button>
          </div>
          {raw ? <RawMetadata text={metadata.text} /> : <MetadataTable text={metadata.text} />}
        </>
      );
  }
}

function spokenOrigin(metadata: Exclude<MetadataView, { origin: "none" | "invalid" }>, zone: TimeZone): string {
  if (metadata.origin === "response") return "This response’s own metadata";
  if (metadata.owner === null) return "Shared sidecar; which response wrote it is not known";
  if (metadata.owner.isThisResponse) return "Sidecar, written by this response";
  return `Shared sidecar, written by the response of ${formatTime(metadata.owner.time, zone)}`;
}

function RawMetadata({ text }: { readonly text: string }) {
  const layout = layOutJson(text);
  return <CodeView text={layout.ok ? layout.text : text} language="json" label="Metadata as JSON" />;
}

function MetadataTable({ text }: { readonly text: string }) {
  const taken = metadataFacts(text);
  if (taken === null) return <RawMetadata text={text} />;
  const { facts, headers } = taken;
  return (
    <div className="tab-scroll">
      {facts.length === 0 && headers === null && <p className="muted">The metadata is an empty object.</p>}
      <section className="inspector-section">
        <Facts>
          {keyed(facts).map(([key, fact]) => (
            <Fact key={key} name={<ArchivedText text={fact.name} />} value={fact.value}>
              {fact.value.includes("\n") ? (
                <pre className="metadata-json mono">{fact.value.split("\n").map(visibleText).join("\n")}</pre>
              ) : (
                <ArchivedText text={fact.value} className="mono" />
              )}
            </Fact>
          ))}
        </Facts>
      </section>
      {headers !== null && (
        <section className="inspector-section">
          <h3 className="section-head">Headers</h3>
          <ValueMenu>
            <table className="header-table">
              <thead className="visually-hidden">
                <tr>
                  <th scope="col">Name</th>
                  <th scope="col">Value</th>
                </tr>
              </thead>
              <tbody>
                {keyed(headers).map(([key, header]) => (
                  <tr key={key} data-copy={header.value} data-name={header.name}>
                    <th scope="row">
                      <ArchivedText text={header.name} className="mono" />
                    </th>
                    <td>
                      <ArchivedText text={header.value} className="mono" />
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
          </ValueMenu>
        </section>
      )}
    </div>
  );
}

/** Names may repeat, so their place makes the key. */
function keyed(facts: readonly MetadataFact[]): (readonly [string, MetadataFact])[] {
  return facts.map((fact, index) => [`${index}:${fact.name}`, fact] as const);
}
