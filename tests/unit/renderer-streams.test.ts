import { describe, expect, it } from "vitest";
import { EMPTY_DRAFT } from "../../src/renderer/features/fetch/draft.ts";
import {
  asMapped,
  EMPTY_SEND,
  fromComposer,
  fromSent,
  type SendDraft,
  sendFaults,
  sendOrder,
  withContentType,
} from "../../src/renderer/features/send/send-draft.ts";
import { spokenSend } from "../../src/renderer/features/send/spoken.ts";
import {
  MOST_LINES,
  rateOf,
  type Sample,
  shownLines,
  whenScrolled,
  withSample,
} from "../../src/renderer/features/streams/following.ts";
import { spokenFrame, spokenRate } from "../../src/renderer/features/streams/spoken.ts";
import {
  EMPTY_SUBSCRIPTION,
  ofSource,
  proposedStreamer,
  streamWay,
  subscriptionFaults,
} from "../../src/renderer/features/streams/subscription-draft.ts";
import { createStreamFrames } from "../../src/renderer/state/stream-frames.ts";
import type { Client } from "../../src/shared/client.ts";
import type { KnownSource, SourceSettings, StreamFrame } from "../../src/shared/contract.ts";

const mappedTo = (settings: SourceSettings): KnownSource["mapping"] => ({
  place: "archive",
  settings,
  trust: "not-needed",
  secrets: [],
  missingSecrets: [],
});

const frame = (place: number): StreamFrame => ({
  id: `f${place}`,
  status: "stream_message",
  sequence: place,
  createdAt: "2026-01-01T00:00:00+00:00",
  sizeBytes: 1,
  checksum: null,
  head: null,
  said: {},
});

describe("the view of a stream", () => {
  it("stands still when one scrolls up or says so, and follows again at its end only if nobody said so", () => {
    const up = { up: true, atEnd: false };
    const end = { up: false, atEnd: true };
    expect(whenScrolled(null, end, 9)).toBeNull();
    // A list that became shorter is at its end, however it got there.
    expect(whenScrolled(null, { up: true, atEnd: true }, 9)).toBeNull();
    const held = whenScrolled(null, up, 9);
    expect(held).toEqual({ at: 9, by: "scroll" });
    expect(whenScrolled(held, up, 12)).toBe(held);
    expect(whenScrolled(held, end, 12)).toBeNull();
    const said = { at: 9, by: "person" } as const;
    expect(whenScrolled(said, end, 12)).toBe(said);
  });

  it("has no more lines than a browser can lay out, and shifts rarely", () => {
    expect(shownLines(3)).toEqual({ base: 0, lines: 3 });
    expect(shownLines(MOST_LINES)).toEqual({ base: 0, lines: MOST_LINES });
    expect(shownLines(MOST_LINES + 1)).toEqual({ base: 100_000, lines: 400_001 });
    expect(shownLines(MOST_LINES + 100_000)).toEqual({ base: 100_000, lines: MOST_LINES });
  });

  it("tells the rate of the last seconds, and none from a moment", () => {
    let samples: readonly Sample[] = [];
    for (let at = 0; at <= 8_000; at += 100) samples = withSample(samples, { at, messages: at < 4_000 ? at : 4_000 });
    expect(samples[0]?.at).toBe(3_000);
    expect(rateOf(samples)).toBe(200);
    expect(
      rateOf([
        { at: 0, messages: 0 },
        { at: 100, messages: 50 },
      ]),
    ).toBeNull();
    expect([0, 0.4, 9.96, 166.7].map(spokenRate)).toEqual(["0/s", "0.4/s", "10.0/s", "167/s"]);
  });

  it("reads what is in sight, the last wish first, keeps a window of it, and says when it cannot", async () => {
    const asked: string[] = [];
    let fails = false;
    const call = (async (_method: string, params: { start: number; limit: number }) => {
      asked.push(`${params.start}+${params.limit}`);
      if (fails) throw new Error("gone");
      const length = Math.max(0, Math.min(params.limit, 5_000 - params.start));
      return Array.from({ length }, (_, index) => frame(params.start + index));
    }) as Client["call"];
    const store = createStreamFrames({ call }, { archiveId: "a", jobId: "j" });
    const first = store.getState().need(0, 20);
    const second = store.getState().need(4_000, 4_249);
    await Promise.all([first, second]);
    expect(asked).toEqual(["0+21", "4000+100", "4100+100", "4200+50"]);
    expect(store.getState().frames.get(4_249)?.id).toBe("f4249");
    await store.getState().need(4_000, 4_249);
    expect(asked).toHaveLength(4);
    for (let start = 0; start < 4_000; start += 100) await store.getState().need(start, start + 99);
    expect(store.getState().frames.size).toBeLessThanOrEqual(1_000);
    expect(store.getState().frames.has(3_999)).toBe(true);
    // Beyond what is archived yet there is nothing, and nobody asks on and on.
    const before = asked.length;
    await store.getState().need(4_990, 5_020);
    expect(asked).toHaveLength(before + 1);
    fails = true;
    await store.getState().need(100, 110);
    expect(store.getState().error?.message).toBe("gone");
    fails = false;
    await store.getState().need(100, 110);
    expect(store.getState().error).toBeNull();
  });

  it("says what openings and closings are", () => {
    const closed = (said: StreamFrame["said"]) => spokenFrame({ ...frame(0), status: "stream_closed", said });
    expect(spokenFrame({ ...frame(0), status: "stream_open", said: { url: "ws://x/" } })).toBe("opened ws://x/");
    expect(closed({ reason: "ended", close_code: 1000, close_reason: "bye" })).toBe("closed: ended (code 1000): bye");
    expect(closed({ reason: "lost", error: "reset", reconnect_in_ms: 3000 })).toBe(
      "closed: lost: reset; connects again in 3000 ms",
    );
  });
});

describe("a subscription", () => {
  it("is offered for what can be composed: instead of a fetch, beside it, or not at all", () => {
    const ways = (adapter: string, ...params: object[]) =>
      params.map((each) => streamWay(adapter, JSON.stringify(each)));
    const events = { url: "https://x/", headers: { Accept: ["text/event-stream"] } };
    const page = { url: "https://x/", headers: { accept: "text/html" }, note: "text/event-stream" };
    expect(ways("http", { url: "wss://x/" }, { url: "WS://x/" }, events, page)).toEqual(["only", "only", "also", null]);
    expect(["websocket", "sse", "module", "command", ""].map((adapter) => streamWay(adapter, "{}"))).toEqual([
      "only",
      "only",
      "also",
      null,
      null,
    ]);
    expect(ways("local-file", { url: "wss://x/" })).toEqual([null]);
    expect(streamWay("http", "{")).toBeNull();
  });

  it("is to what its source is mapped to, with what it was last subscribed to by", () => {
    const websocket = mappedTo({ adapter: "websocket", baseUrl: "wss://x/" });
    const kinds = [{ kind: "trades", method: "SUBSCRIBE", latestParamsJson: '{"a": 30.0}', latestBodyJson: null }];
    const summary = { source: "feed", sessionCount: 1, kinds };
    expect(ofSource(EMPTY_SUBSCRIPTION, websocket, undefined)).toMatchObject({ adapter: "mapped", paramsJson: "{}" });
    expect(ofSource(EMPTY_SUBSCRIPTION, websocket, summary)).toMatchObject({
      kind: "trades",
      paramsJson: '{"a": 30.0}',
    });
    const own = {
      ...EMPTY_SUBSCRIPTION,
      adapter: "mapped",
      kind: "own",
      paramsJson: '{"url": "https://x/e"}',
    } as const;
    expect(ofSource(own, websocket, summary)).toEqual(own);
    expect(ofSource(own, mappedTo({ adapter: "http" }), summary)).toEqual({ ...own, adapter: "sse" });
    expect(["ws://x", "WSS://x", "http://x", "x"].map((url) => proposedStreamer(JSON.stringify({ url })))).toEqual([
      "websocket",
      "websocket",
      "sse",
      null,
    ]);
    expect(subscriptionFaults({ ...EMPTY_SUBSCRIPTION, paramsJson: "{" })).toEqual({
      source: expect.any(String),
      kind: expect.any(String),
      params: expect.stringContaining("Line 1"),
    });
  });
});

describe("a send", () => {
  it("is checked, keeps its numbers, and can be made of a row or of what was composed", () => {
    const draft: SendDraft = {
      ...EMPTY_SEND,
      source: " b ",
      kind: " o ",
      payload: { type: "json", text: '{"q":30.0}' },
    };
    expect(sendFaults(draft)).toEqual({});
    expect(sendOrder(draft, "a")).toMatchObject({ archiveId: "a", source: "b", kind: "o", payload: draft.payload });
    const faulty = (payload: SendDraft["payload"]) => sendFaults({ ...draft, payload }).payload;
    expect(faulty({ type: "json", text: "" })).toBeUndefined();
    expect(faulty({ type: "json", text: "{" })).toContain("Line 1");
    expect(["", "00", " 0 0 ff\n", "0", "0g"].map((text) => faulty({ type: "hex", text }) === undefined)).toEqual([
      true,
      true,
      true,
      false,
      false,
    ]);
    const composed = { ...EMPTY_DRAFT, source: "b", kind: "o", adapter: "mapped", bodyJson: "[1.10]" } as const;
    expect(fromComposer(composed)).toMatchObject({ adapter: "mapped", payload: { type: "json", text: "[1.10]" } });
    expect(asMapped(draft, mappedTo({ adapter: "sse" })).adapter).toBe("http");
    expect(asMapped(draft, mappedTo({ adapter: "command", run: ["x"] })).adapter).toBe("mapped");

    const request = { kind: "o", paramsJson: null, bodyJson: null };
    const sent = (bytes: Uint8Array | null) => fromSent("b", request, "c0", bytes).payload;
    expect(sent(Buffer.from("grün"))).toEqual({ type: "text", text: "grün" });
    expect(sent(Uint8Array.of(255, 0))).toEqual({ type: "hex", text: "ff 00" });
    expect(sent(null)).toEqual({ type: "archived", checksum: "c0" });
    expect(fromSent("b", { ...request, bodyJson: "1.0" }, "c0", null).payload).toEqual({ type: "json", text: "1.0" });
  });

  it("is told as far as it is known", () => {
    const error = { code: "TIMEOUT", message: "late", details: {} };
    const failed = (sent: "no" | "yes" | "unknown") => spokenSend({ status: "failed", error, sent, row: null });
    expect(new Set([failed("no"), failed("yes"), failed("unknown"), spokenSend(null)]).size).toBe(4);
    const row = { type: "response", id: "r" } as const;
    expect(spokenSend({ status: "refused", row, sizeBytes: 4, durationMs: 12 })).toBe(
      "Sent once, and refused by the source · 12 ms · 4 B",
    );
  });
});

describe("a content type for what is sent", () => {
  it("is added to the headers, every number as it was written", () => {
    expect(withContentType('{"n": 1.10, "headers": {"x": 2.0}, "url": "a"}', "text/csv")).toBe(
      '{"n": 1.10, "url": "a", "headers": {"x": 2.0, "content-type": "text/csv"}}',
    );
  });

  it.each(['{"headers": {"Content-Type": "a/b"}}', "[]", "{", '{"headers": 1}'])("is not added to %s", (params) => {
    expect(withContentType(params, "text/csv")).toBeNull();
  });
});
