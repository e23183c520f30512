import { PackageOpen } from "lucide-react";
import { assertNever } from "../../assert-never.ts";
import { ArchivedText } from "../../components/archived-text.tsx";
import { EmptyState } from "../../components/banner.tsx";
import { formatBytes, formatBytesExactly } from "../../format/quantities.ts";
import { sourceSize } from "../../work/sources.ts";
import type { Content } from "./content.ts";
import { DelimitedTable } from "./delimited-table.tsx";
import { HexView } from "./hex-view.tsx";
import { HtmlView } from "./html-view.tsx";
import { ImageView } from "./image-view.tsx";
import { JsonView } from "./json-view.tsx";
import { TextView } from "./text-view.tsx";

/** Bytes, shown as what they are. */
export function ContentView({ content }: { readonly content: Content }) {
  const bar = <TypeAndSize content={content} />;
  switch (content.kind) {
    case "empty":
      return <NothingInside />;
    case "json":
    case "ndjson":
      return <JsonView content={content} lines={content.kind === "ndjson"} bar={bar} />;
    case "text":
      return <TextView content={content} layout="none" language="text" bar={bar} />;
    case "xml":
      return <TextView content={content} layout="xml" language="xml" bar={bar} />;
    case "html":
      return <HtmlView content={content} bar={bar} />;
    case "table":
      return <DelimitedTable content={content} bar={bar} />;
    case "image":
      return <ImageView content={content} bar={bar} />;
    case "gzip":
    case "zstd":
    case "zip":
    case "parquet":
    case "pdf":
    case "binary":
      return <HexView source={content.source} bar={bar} />;
    default:
      return assertNever(content.kind);
  }
}

export function NothingInside() {
  return (
    <EmptyState icon={<PackageOpen size={24} aria-hidden />} title="The payload is empty">
      <p>It holds zero bytes. That is what was received.</p>
    </EmptyState>
  );
}

/** `application/json · 14.2 KiB` */
export function TypeAndSize({ content: { type, source } }: { readonly content: Content }) {
  const size = sourceSize(source);
  return (
    <span className="type-and-size">
      <ArchivedText text={type ?? "unknown type"} />
      <span title={formatBytesExactly(size)}> · {formatBytes(size)}</span>
    </span>
  );
}
