/** Text: decoded, laid out, taken apart into a table. */
import { assertNever } from "../assert-never.ts";
import { type DecodedText, decodeText } from "../format/decode.ts";
import { parseDelimited } from "../format/delimited.ts";
import { layOutJson, layOutJsonLines } from "../format/json-text.ts";
import { isCut, readSource } from "./sources.ts";
import type { Layout, TableResult, TaskParams, TextParams, TextResult } from "./tasks.ts";

export interface ReadText {
  readonly decoded: DecodedText;
  readonly cut: boolean;
  readonly length: number;
}

/** Reads bytes as text. */
export async function readText(params: TextParams): Promise<ReadText> {
  const { source, start, length, declaredCharset, chosenCharset } = params;
  const bytes = await readSource(source, start, length);
  const cut = isCut(source, start + bytes.length);
  const whole = start === 0 || chosenCharset !== "utf-8" ? bytes : bytes.subarray(restOfCharacter(bytes));
  const decoded = decodeText(whole, { cut, declared: declaredCharset, chosen: chosenCharset });
  return { decoded, cut, length: bytes.length };
}

/** How many bytes at the beginning belong to a UTF-8 character that began before. */
function restOfCharacter(bytes: Uint8Array): number {
  let at = 0;
  while (at < 3 && ((bytes[at] ?? 0) & 0xc0) === 0x80) at += 1;
  return at;
}

export async function textTask(params: TaskParams<"text.read">): Promise<TextResult> {
  const { decoded, cut, length } = await readText(params);
  const { text, ...rest } = decoded;
  return { ...(await layOut(text, cut, params.layout)), decoded: rest, cut, length };
}

export async function tableTask(params: TaskParams<"text.table">): Promise<TableResult> {
  const { decoded, cut, length } = await readText(params);
  const { text, ...rest } = decoded;
  return { table: parseDelimited(text, cut, params.delimiter), decoded: rest, cut, length };
}

async function layOut(text: string, cut: boolean, layout: Layout): Promise<Pick<TextResult, "text" | "fault">> {
  switch (layout) {
    case "none":
      return { text, fault: null };
    case "html":
      return (await import("./markup.ts")).layOutHtml(text);
    case "xml":
      return (await import("./markup.ts")).layOutXml(text, cut);
    case "json": {
      const laid = layOutJson(text, cut);
      return laid.ok ? { text: laid.text, fault: null } : { text, fault: laid.fault };
    }
    case "ndjson":
      return { text: layOutJsonLines(text, cut), fault: null };
    default:
      return assertNever(layout);
  }
}
