/**
 * `dataio.config.yaml`, beside an archive or among a person's settings: which adapter answers for which source. It is
 * edited by people and by the app; what the app changes leaves comments and the order of keys alone.
 */
import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { type Document, isMap, isNode, LineCounter, parseDocument, type YAMLMap } from "yaml";
import type { z } from "zod";
import { PendingFile } from "../atomic-file.ts";
import { DataioError, fromSystemError, systemCode } from "../errors.ts";
import { type SourceSettings, type SourcesConfig, sourcesConfig } from "./source-settings.ts";

/** The name of the file in an archive's folder. */
export const SOURCES_FILE = "dataio.config.yaml";

const MAX_FILE_BYTES = 1024 * 1024;

/** Where the file of an archive is, or would be. */
export function sourcesFileOf(folder: string): string {
  return join(folder, SOURCES_FILE);
}

/**
 * The sources that a file maps; undefined when there is no file.
 * @throws CONFIG_INVALID with `file`, and `line`, `column` and `key` as far as they apply; ACCESS_DENIED, IO_FAILED
 */
export async function readSources(file: string): Promise<SourcesConfig | undefined> {
  const text = await textOf(file);
  return text === undefined ? undefined : parsed(text, file).config;
}

/**
 * Maps a source in the file, which is made where there is none; null takes the mapping away. Nothing is written unless
 * the whole file is well-formed then.
 * @throws CONFIG_INVALID, ACCESS_DENIED, NO_SPACE, IO_FAILED
 */
export async function saveSource(file: string, source: string, settings: SourceSettings | null): Promise<void> {
  const before = (await textOf(file)) ?? "";
  const { document } = parsed(before, file);
  if (!isMap(document.contents)) document.contents = document.createNode({});
  if (!isMap(document.get("sources", true))) document.set("sources", document.createNode({}));
  if (settings === null) document.deleteIn(["sources", source]);
  else {
    const old: unknown = document.getIn(["sources", source], true);
    if (isMap(old)) mergeInto(document, old, settings);
    else document.setIn(["sources", source], document.createNode(settings));
  }
  // Folding would break long texts, such as headers, over lines.
  const text = document.toString({ lineWidth: 0 });
  parsed(text, file);
  const pending = await PendingFile.create(dirname(file), { label: SOURCES_FILE });
  try {
    await pending.write(Buffer.from(text, "utf8"));
    await pending.replace(file);
  } finally {
    pending.discard();
  }
}

/** One mapping by itself, as the app gets it from a window. @throws CONFIG_INVALID */
export function checkedSource(source: string, settings: unknown): SourceSettings {
  const checked = sourcesConfig.safeParse({ sources: { [source]: settings } });
  const found = checked.success ? checked.data.sources[source] : undefined;
  if (found !== undefined) return found;
  const [issue] = checked.error?.issues ?? [];
  const key = (issue?.path.slice(2) ?? []).join(".");
  throw new DataioError("CONFIG_INVALID", `${key === "" ? "The mapping" : key}: ${spoken(issue)}`, {
    details: { source, key },
  });
}

function parsed(text: string, file: string): { document: Document; config: SourcesConfig } {
  const lines = new LineCounter();
  const document = parseDocument(text, {
    stringKeys: true,
    logLevel: "error",
    lineCounter: lines,
    prettyErrors: false,
  });
  const [problem] = [...document.errors, ...document.warnings];
  if (problem !== undefined)
    throw invalid(file, lines.linePos(problem.pos[0]), "", problem.message.split("\n")[0] ?? "");
  let value: unknown;
  try {
    value = document.toJS({ maxAliasCount: 100 });
  } catch (error) {
    throw invalid(file, undefined, "", error instanceof Error ? error.message : String(error));
  }
  // `sources:` with nothing behind it, as is left when the last one is taken away by hand.
  if (document.has("sources") && document.get("sources") == null) value = {};
  const checked = sourcesConfig.safeParse(value ?? {});
  if (checked.success) return { document, config: checked.data };
  const [issue] = checked.error.issues;
  const path = issue?.path ?? [];
  throw invalid(file, placeOf(document, path, lines), path.join("."), spoken(issue));
}

/** Where a key stands, or the nearest one around it that the file has. */
function placeOf(document: Document, path: readonly PropertyKey[], lines: LineCounter) {
  for (let length = path.length; length > 0; length -= 1) {
    const node: unknown = document.getIn(path.slice(0, length), true);
    if (isNode(node) && node.range != null) return lines.linePos(node.range[0]);
  }
  return undefined;
}

function spoken(issue: z.core.$ZodIssue | undefined): string {
  if (issue?.code === "invalid_union" && issue.path.at(-1) === "adapter") {
    return "must be http, local-file, command, websocket, sse or module";
  }
  if (issue?.code === "unrecognized_keys") return `there is no ${issue.keys.map((key) => `"${key}"`).join(", ")} here`;
  return issue?.message ?? "is not what it should be";
}

function invalid(
  file: string,
  place: { readonly line: number; readonly col: number } | undefined,
  key: string,
  problem: string,
): DataioError {
  const at = place === undefined ? file : `${file}:${place.line}:${place.col}`;
  const details = { file, key, ...(place === undefined ? {} : { line: place.line, column: place.col }) };
  return new DataioError("CONFIG_INVALID", `${at}: ${key === "" ? "" : `${key}: `}${problem}`, { details });
}

/** Makes a map say what `value` says, touching only what differs: everything else keeps its comments and its form. */
function mergeInto(document: Document, map: YAMLMap, value: object): void {
  const wanted = new Map<string, unknown>(Object.entries(value));
  for (const { key } of [...map.items]) if (!wanted.has(String(key))) map.delete(key);
  for (const [key, member] of wanted) {
    const node: unknown = map.get(key, true);
    if (isMap(node) && typeof member === "object" && member !== null && !Array.isArray(member)) {
      mergeInto(document, node, member);
    } else if (!isNode(node) || JSON.stringify(node.toJS(document)) !== JSON.stringify(member)) {
      map.set(key, document.createNode(member));
    }
  }
}

async function textOf(file: string): Promise<string | undefined> {
  try {
    const data = await readFile(file);
    if (data.length > MAX_FILE_BYTES) throw invalid(file, undefined, "", `has more than ${MAX_FILE_BYTES} bytes`);
    return new TextDecoder("utf-8", { fatal: true }).decode(data);
  } catch (error) {
    if (systemCode(error) === "ENOENT" || systemCode(error) === "ENOTDIR") return undefined;
    if (error instanceof TypeError) throw invalid(file, undefined, "", "is no UTF-8 text");
    throw fromSystemError(error, `Cannot read ${file}`);
  }
}
