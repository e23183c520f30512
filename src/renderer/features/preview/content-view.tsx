import { PackageOpen } from "lucide-react";
import { assertNever } from "../../assert-never.ts";
import { ArchivedText } from "../../components/archived-text.tsx";
import { EmptyState } from "../../components/banner.tsx";
import { formatBytes, formatBytesExactly } from "../../format/quantities.ts";
import { sourceSize } from "../../work/sources.ts";
import { CompressedView } from "./compressed-view.tsx";
import type { Content } from "./content.ts";
import { DelimitedTable } from "./delimited-table.tsx";
import { HexView } from "./hex-view.tsx";
import { HtmlView } from "./html-view.tsx";
import { ImageView } from "./image-view.tsx";
import { JsonView } from "./json-view.tsx";
import { ParquetView } from "./parquet-view.tsx";
import { PdfView } from "./pdf-view.tsx";
import { TextView } from "./text-view.tsx";
import { ZipView } from "./zip-view.tsx";

export interface ContentViewProps {
  readonly content: Content;
  /** How many packings it was taken out of. */
  readonly depth?: number;
}

/** Packings within packings are opened so far; below, they are bytes. */
const MOST_DEPTH = 3;

/** Bytes, shown as what they are. */
export function ContentView({ content, depth = 0 }: ContentViewProps) {
  const bar = <TypeAndSize content={content} />;
  const show = (inner: Content) => <ContentView content={inner} depth={depth + 1} />;
  if (depth > MOST_DEPTH) return <HexView source={content.source} bar={bar} />;
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
      return <CompressedView content={content} format={content.kind} bar={bar} show={show} />;
    case "zip":
      return <ZipView content={content} bar={bar} show={show} />;
    case "parquet":
      return <ParquetView content={content} bar={bar} />;
    case "pdf":
      return <PdfView content={content} bar={bar} />;
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
