/** Parquet by ranges: its footer, and of its first rows the columns that do not cost too much. */
import { decompress as decompressZstd } from "fzstd";
import {
  type AsyncBuffer,
  type Compressors,
  type FileMetaData,
  parquetMetadataAsync,
  parquetReadObjects,
  type SchemaElement,
} from "hyparquet";
import { decompressBrotli } from "hyparquet-compressors/src/brotli.js";
import { gunzip } from "hyparquet-compressors/src/gzip.js";
import { decompressLz4, decompressLz4Raw } from "hyparquet-compressors/src/lz4.js";
import { EXACT_PARSERS, readAs, valueText } from "../format/parquet-values.ts";
import { readSource, sourceSize } from "./sources.ts";
import type { ParquetRows, ParquetSummary, Source, TaskParams } from "./tasks.ts";

const FIRST_ROWS = 200;
const MOST_METADATA = 16 * 1024 * 1024;
/** What may be read and unpacked of column chunks for the first rows, in bytes. */
const MOST_PACKED = 16 * 1024 * 1024;
const MOST_UNPACKED = 96 * 1024 * 1024;
const MOST_LISTED = 5_000;

/** All of them write into an output of the promised size: a page cannot become more than it says. Snappy is built in. */
const COMPRESSORS: Compressors = {
  GZIP: (input, length) => gunzip(input, new Uint8Array(length)),
  BROTLI: decompressBrotli,
  ZSTD: (input, length) => decompressZstd(input, new Uint8Array(length)),
  LZ4: decompressLz4,
  LZ4_RAW: decompressLz4Raw,
};

export async function parquetTask({ source }: TaskParams<"parquet">): Promise<ParquetSummary> {
  const file = bufferOf(source);
  const metadata = await readMetadata(file);
  const summary = {
    rowCount: String(metadata.num_rows),
    createdBy: metadata.created_by ?? null,
    columns: columnsOf(metadata).slice(0, MOST_LISTED),
    columnCount: columnsOf(metadata).length,
    groups: groupsOf(metadata).slice(0, MOST_LISTED),
    groupCount: metadata.row_groups.length,
  };
  try {
    return { ...summary, rows: await firstRows(file, metadata), fault: null };
  } catch (error) {
    return { ...summary, rows: null, fault: error instanceof Error ? error.message : String(error) };
  }
}

function bufferOf(source: Source): AsyncBuffer {
  const byteLength = sourceSize(source);
  return {
    byteLength,
    async slice(start, end = byteLength) {
      const from = start < 0 ? Math.max(0, byteLength + start) : start;
      if (end - from > MOST_PACKED * 2) throw new Error("A part of it is larger than a preview reads");
      const bytes = await readSource(source, from, end - from);
      return bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength);
    },
  };
}

async function readMetadata(file: AsyncBuffer): Promise<FileMetaData> {
  const tail = await file.slice(Math.max(0, file.byteLength - 8));
  if (tail.byteLength === 8 && new DataView(tail).getUint32(0, true) > MOST_METADATA) {
    throw new Error("Its footer is broken, or larger than a preview reads");
  }
  return parquetMetadataAsync(file);
}

function columnsOf({ schema, row_groups: groups }: FileMetaData): ParquetSummary["columns"] {
  const sizes = new Map<string, { codec: string; packed: number; unpacked: number }>();
  for (const { columns } of groups) {
    for (const { meta_data: chunk } of columns) {
      if (chunk === undefined) continue;
      const name = chunk.path_in_schema.join(".");
      const { packed = 0, unpacked = 0 } = sizes.get(name) ?? {};
      sizes.set(name, {
        codec: chunk.codec,
        packed: packed + Number(chunk.total_compressed_size),
        unpacked: unpacked + Number(chunk.total_uncompressed_size),
      });
    }
  }
  return leaves(schema).map(({ path, element }) => ({
    name: path,
    type: element.type ?? "group",
    logical: logicalText(element),
    repetition: (element.repetition_type ?? "").toLowerCase(),
    ...(sizes.get(path) ?? { codec: "", packed: 0, unpacked: 0 }),
  }));
}

/** The elements that hold values, with their dotted paths. The schema is a tree written as a list, parents first. */
function leaves(schema: readonly SchemaElement[]): { readonly path: string; readonly element: SchemaElement }[] {
  const found: { path: string; element: SchemaElement }[] = [];
  const around: { readonly path: string; left: number }[] = [];
  for (const element of schema.slice(1)) {
    while (around.at(-1)?.left === 0) around.pop();
    const parent = around.at(-1);
    if (parent !== undefined) parent.left -= 1;
    const path = parent === undefined ? element.name : `${parent.path}.${element.name}`;
    if (element.num_children === undefined) found.push({ path, element });
    else around.push({ path, left: element.num_children });
  }
  return found;
}

function logicalText({ logical_type: logical, converted_type: converted, scale, precision }: SchemaElement): string {
  if (logical?.type === "DECIMAL") return `decimal(${logical.precision}, ${logical.scale})`;
  if (converted === "DECIMAL") return `decimal(${precision ?? "?"}, ${scale ?? 0})`;
  if (logical?.type === "TIMESTAMP" || logical?.type === "TIME") {
    return `${logical.type.toLowerCase()}(${logical.unit.toLowerCase()}${logical.isAdjustedToUTC ? ", UTC" : ""})`;
  }
  if (logical?.type === "INTEGER") return `${logical.isSigned ? "int" : "uint"}${logical.bitWidth}`;
  return (logical?.type ?? converted ?? "").toLowerCase().replace("utf8", "string");
}

function groupsOf({ row_groups: groups }: FileMetaData): ParquetSummary["groups"] {
  return groups.map(({ num_rows, total_byte_size, columns }) => ({
    rows: String(num_rows),
    unpacked: Number(total_byte_size),
    packed: columns.reduce((sum, { meta_data: chunk }) => sum + Number(chunk?.total_compressed_size ?? 0), 0),
  }));
}

async function firstRows(file: AsyncBuffer, metadata: FileMetaData): Promise<ParquetRows> {
  const all = topColumns(metadata.schema);
  const columns = affordable(metadata, all);
  // Only columns of single values: what is inside of nested ones keeps the reader's own conversion.
  const flat = new Set(all.filter((element) => element.num_children === undefined));
  const schema = metadata.schema.map((element) => (flat.has(element) ? readAs(element) : element));
  const objects = await parquetReadObjects({
    file,
    metadata: { ...metadata, schema },
    columns: columns.map((element) => element.name),
    rowStart: 0,
    rowEnd: Math.min(FIRST_ROWS, Number(metadata.num_rows)),
    compressors: COMPRESSORS,
    parsers: EXACT_PARSERS,
    utf8: false,
    useOffsetIndex: true,
  });
  return {
    names: columns.map((element) => element.name),
    records: objects.map((row) => columns.map((element) => valueText(row[element.name], element))),
    leftOut: all.length - columns.length,
  };
}

/** The columns as a table has them: the children of the root. */
function topColumns(schema: readonly SchemaElement[]): SchemaElement[] {
  const top: SchemaElement[] = [];
  let inside = 0;
  for (const element of schema.slice(1)) {
    if (inside === 0) top.push(element);
    else inside -= 1;
    inside += element.num_children ?? 0;
  }
  return top;
}

/** As many of the first columns as can be read for the first rows without reading too much. */
function affordable(metadata: FileMetaData, columns: readonly SchemaElement[]): SchemaElement[] {
  const costs = new Map<string, { packed: number; unpacked: number }>();
  let rows = 0;
  for (const group of metadata.row_groups) {
    if (rows >= FIRST_ROWS) break;
    rows += Number(group.num_rows);
    for (const { meta_data: chunk } of group.columns) {
      const name = chunk?.path_in_schema[0];
      if (chunk === undefined || name === undefined) continue;
      const { packed = 0, unpacked = 0 } = costs.get(name) ?? {};
      costs.set(name, {
        packed: packed + Number(chunk.total_compressed_size),
        unpacked: unpacked + Number(chunk.total_uncompressed_size),
      });
    }
  }
  let packed = 0;
  let unpacked = 0;
  return columns.filter(({ name }) => {
    const cost = costs.get(name) ?? { packed: 0, unpacked: 0 };
    if (packed + cost.packed > MOST_PACKED || unpacked + cost.unpacked > MOST_UNPACKED) return false;
    packed += cost.packed;
    unpacked += cost.unpacked;
    return true;
  });
}
