/** Transport metadata taken apart for display. Values keep their exact text; nothing is left out. */
import { type JsonPart, jsonItems, jsonMembers, layOutJson, stringValue } from "../../format/json-text.ts";

export interface MetadataFact {
  readonly name: string;
  /** One line, or laid-out JSON for objects and arrays. */
  readonly value: string;
}

export interface MetadataFacts {
  readonly facts: readonly MetadataFact[];
  /** One entry for each header value: a name that occurred twice stands twice. Null when there is no header object. */
  readonly headers: readonly MetadataFact[] | null;
}

/** Known keys of the sidecar, as they are spoken; others keep their own name. */
const NAMES: Readonly<Record<string, string>> = {
  content_type: "Content type",
  encoding: "Encoding",
  transport_status: "Transport status",
  url: "URL",
  elapsed_ms: "Elapsed (ms)",
  adapter_meta: "Adapter",
};

/** Null when the text is no JSON object. */
export function metadataFacts(text: string): MetadataFacts | null {
  const members = jsonMembers(text);
  if (members === null) return null;
  const facts: MetadataFact[] = [];
  let headers: MetadataFact[] | null = null;
  for (const member of members) {
    const found = member.key === "headers" ? headerFacts(member) : null;
    if (found !== null) headers = [...(headers ?? []), ...found];
    else facts.push({ name: nameOf(member.key), value: spokenValue(member) });
  }
  return { facts, headers };
}

function headerFacts(part: JsonPart): MetadataFact[] | null {
  const members = jsonMembers(part.text);
  return (
    members?.flatMap(({ key, ...value }) => {
      const items = value.kind === "array" ? jsonItems(value.text) : null;
      return (items ?? [value]).map((item) => ({ name: key, value: spokenValue(item) }));
    }) ?? null
  );
}

function nameOf(key: string): string {
  return (Object.hasOwn(NAMES, key) ? NAMES[key] : undefined) ?? key;
}

function spokenValue(part: JsonPart): string {
  if (part.kind === "string") return stringValue(part.text);
  if (part.kind === "literal") return part.text;
  const layout = layOutJson(part.text);
  return layout.ok ? layout.text : part.text;
}
