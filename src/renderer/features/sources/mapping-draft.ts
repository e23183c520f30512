/** A mapping while it is written: its adapter, and its settings as JSON text. */
import type { KnownSource, SourcePlace, SourceSettings } from "../../../shared/contract.ts";

export type AdapterName = SourceSettings["adapter"];

export interface MappingDraft {
  /** Null while a new one is written. */
  readonly of: string | null;
  readonly source: string;
  readonly place: SourcePlace;
  /** True where the file has it already. */
  readonly exists: boolean;
  readonly adapter: AdapterName;
  readonly settingsJson: string;
}

export const ADAPTERS: readonly { readonly value: AdapterName; readonly label: string }[] = [
  { value: "http", label: "HTTP" },
  { value: "local-file", label: "Local file" },
  { value: "command", label: "Command" },
  { value: "module", label: "Module" },
  { value: "websocket", label: "WebSocket" },
  { value: "sse", label: "SSE" },
];

/** What one begins with. */
const TEMPLATES: Readonly<Record<AdapterName, object>> = {
  http: { baseUrl: "https://", rate: "2/s", retry: 3 },
  "local-file": { root: "./in" },
  command: { run: ["python3", "-m", "my_fetcher"], timeout: "60s" },
  module: { file: "./adapters/mine.mjs" },
  websocket: { baseUrl: "wss://" },
  sse: { baseUrl: "https://" },
};

/** The same where the params of a source say already where each request goes: without a place. */
const PLACELESS: Partial<typeof TEMPLATES> = { http: { rate: "2/s", retry: 3 }, "local-file": {} };

/** The settings that an adapter begins with, as text. */
export function template(adapter: AdapterName): string {
  return JSON.stringify(TEMPLATES[adapter], null, 2);
}

function proposal(adapter: AdapterName): string {
  return JSON.stringify(PLACELESS[adapter] ?? TEMPLATES[adapter], null, 2);
}

/** A draft of the mapping of a source, or of a new one. */
export function mappingDraft(known: KnownSource | null): MappingDraft {
  const mapping = known?.mapping ?? null;
  if (mapping === null) {
    const proposed = known?.proposed ?? null;
    const adapter = proposed ?? "http";
    const source = known?.source ?? "";
    return {
      of: known?.source ?? null,
      source,
      place: "archive",
      exists: false,
      adapter,
      settingsJson: proposed === null ? template(adapter) : proposal(adapter),
    };
  }
  const { adapter, ...settings } = mapping.settings;
  const settingsJson = JSON.stringify(settings, null, 2);
  return {
    of: known?.source ?? null,
    source: known?.source ?? "",
    place: mapping.place,
    exists: true,
    adapter,
    settingsJson,
  };
}

/** The draft with another adapter, and with its settings where nothing was written yet. */
export function withAdapter(draft: MappingDraft, adapter: AdapterName): MappingDraft {
  const untouched = [template(draft.adapter), proposal(draft.adapter)].includes(draft.settingsJson);
  return { ...draft, adapter, settingsJson: untouched ? template(adapter) : draft.settingsJson };
}
