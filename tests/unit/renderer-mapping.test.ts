import { describe, expect, it } from "vitest";
import { mappingDraft, withAdapter } from "../../src/renderer/features/sources/mapping-draft.ts";
import type { KnownSource } from "../../src/shared/contract.ts";

const asked = (proposed: KnownSource["proposed"]): KnownSource => ({
  source: "market",
  sessionCount: 2,
  mapping: null,
  proposed,
});
const settings = (text: string): unknown => JSON.parse(text);

describe("the mapping of a source that has none", () => {
  it("begins without a place where its params name one already, so that it can be saved as it stands", () => {
    const http = mappingDraft(asked("http"));
    expect(http).toMatchObject({ adapter: "http", source: "market", exists: false });
    expect(settings(http.settingsJson)).toEqual({ rate: "2/s", retry: 3 });
    expect(settings(mappingDraft(asked("local-file")).settingsJson)).toEqual({});
  });

  it("begins with a place to fill in otherwise", () => {
    expect(settings(mappingDraft(asked(null)).settingsJson)).toMatchObject({ baseUrl: "https://" });
    expect(settings(mappingDraft(null).settingsJson)).toMatchObject({ baseUrl: "https://" });
  });

  it("takes the settings of another adapter as long as none were written", () => {
    const proposed = mappingDraft(asked("http"));
    expect(settings(withAdapter(proposed, "command").settingsJson)).toMatchObject({ timeout: "60s" });
    const written = { ...proposed, settingsJson: '{"rate":"1/s"}' };
    expect(withAdapter(written, "command").settingsJson).toBe('{"rate":"1/s"}');
  });
});
