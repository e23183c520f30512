/**
 * Event streams: whatever bytes come, in whatever pieces, the events are those of a second reader below, which was
 * written from section 9.2 of the HTML standard for a stream that is there as a whole.
 */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { SseParser } from "../../src/adapters/sse-events.ts";
import { canonicalJson } from "../../src/canonical-json.ts";
import { pause } from "../../src/rate-limit.ts";
import { guardPrototypes, outcomeOf, within } from "./outcome.ts";

guardPrototypes();

interface Stream {
  readonly events: { data: string; event: string | undefined; id: string | undefined; retry: number | undefined }[];
  readonly lastEventId: string;
  readonly retry: number | undefined;
}

/** Characters stand for bytes. */
function read(bytes: Buffer): Stream {
  const text = bytes.toString("latin1").replace(/^\u00ef\u00bb\u00bf/, "");
  const lines = text.split(/\r\n|\n|\r/);
  // Behind the last line end is no line, or half of one.
  lines.pop();
  const events: Stream["events"] = [];
  let lastEventId = "";
  let retry: number | undefined;
  let newRetry: number | undefined;
  let event = "";
  let data: string[] = [];
  let id: string | undefined;
  for (const line of lines) {
    if (line === "") {
      lastEventId = id ?? lastEventId;
      if (data.length > 0) {
        events.push({ data: data.join("\n"), event: event === "" ? undefined : event, id, retry: newRetry });
        newRetry = undefined;
      }
      event = "";
      data = [];
      id = undefined;
      continue;
    }
    const colon = line.indexOf(":");
    const field = colon === -1 ? line : line.slice(0, colon);
    const value = colon === -1 ? "" : line.slice(colon + 1).replace(/^ /, "");
    if (field === "data") data.push(value);
    else if (field === "event") event = value;
    else if (field === "id" && !value.includes("\0")) id = value;
    else if (field === "retry" && /^[0-9]+$/.test(value) && Number(value) <= Number.MAX_SAFE_INTEGER) {
      retry = Number(value);
      newRetry = retry;
    }
  }
  return { events, lastEventId, retry };
}

const piece = fc.oneof(
  fc.constantFrom(
    "data",
    "event",
    "id",
    "retry",
    ":",
    ": ",
    "\n",
    "\r",
    "\r\n",
    "\n\n",
    " ",
    "x",
    "7",
    "\0",
    "data: a\n",
  ),
  fc.constantFrom("\u00ef", "\u00bb", "\u00bf", "\u00ff", "id: 5\n", "retry: 10\n", "event: tick\r\n", "__proto__"),
  fc.constantFrom(
    "retry: 10\ndata: a\n\ndata: b\n\n",
    "data: \u00ff\u00c3\n\n",
    "event: \u00fc\n",
    "id: \u00c3\u00bc\r",
    "data:\u0080\r\n\r\n",
  ),
  fc.constantFrom("9".repeat(20), "9".repeat(400)),
);
const anyStream = fc.oneof(
  fc.array(piece, { maxLength: 30 }).map((pieces) => Buffer.from(pieces.join(""), "latin1")),
  fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.from(bytes)),
);

/** The events of a stream that comes cut at these lengths, in turn. */
function parsed(bytes: Buffer, lengths: readonly number[], maxBytes = 10_000): Stream {
  const parser = new SseParser(maxBytes);
  const events: Stream["events"] = [];
  let start = 0;
  for (let turn = 0; start < bytes.length; turn += 1) {
    const length = lengths[turn % lengths.length] ?? 1;
    for (const { data, event, id, retry } of parser.feed(bytes.subarray(start, start + length))) {
      events.push({ data: data.toString("latin1"), event, id, retry });
    }
    start += length;
  }
  return { events, lastEventId: parser.lastEventId, retry: parser.retry };
}

/** Event types and ids are given as text, unlike data. */
const asText = (bytes: string | undefined) =>
  bytes === undefined ? undefined : Buffer.from(bytes, "latin1").toString("utf8");

describe("an event stream", () => {
  it("holds the same events however it is cut, and those that the standard says", () => {
    fc.assert(
      fc.property(
        anyStream,
        fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 5 }),
        (bytes, cuts) => {
          const expected = read(bytes);
          const events = expected.events.map((one) => ({ ...one, event: asText(one.event), id: asText(one.id) }));
          expect(parsed(bytes, [bytes.length + 1])).toEqual({ ...expected, events });
          expect(parsed(bytes, cuts)).toEqual({ ...expected, events });
        },
      ),
      { numRuns: 1000 },
    );
  });

  it("says nothing that could not be archived as JSON", () => {
    const parser = new SseParser(10_000);
    const [event] = parser.feed(Buffer.from(`retry: ${"9".repeat(400)}\ndata: x\n\n`));
    expect(parser.retry).toBeUndefined();
    expect(JSON.parse(canonicalJson({ retry: event?.retry ?? null }))).toEqual({ retry: null });
  });

  it("does not make its reader come back at once by asking for more time than a timer has", async () => {
    for (const milliseconds of [2 ** 31, Number.MAX_SAFE_INTEGER, Number.POSITIVE_INFINITY]) {
      const waiting = outcomeOf(() => pause(milliseconds, AbortSignal.timeout(20)));
      expect(await waiting).toEqual({ state: "refused", code: "CANCELLED" });
    }
  });

  it("is refused as soon as an event is too large, and gives none that is", async () => {
    await fc.assert(
      fc.asyncProperty(anyStream, fc.integer({ min: 0, max: 12 }), async (bytes, maxBytes) => {
        const found = await outcomeOf(() => parsed(bytes, [3], maxBytes));
        if (found.state === "refused") expect(found.code).toBe("TOO_LARGE");
        else for (const { data } of found.value.events) expect(data.length).toBeLessThanOrEqual(maxBytes);
      }),
    );
  });

  it.each(["data", "data: x\n", "\r", "id: 1\n", ":", "\n\n", "event:x\r\n", "data:\r\r"])(
    "is read in a time that grows with its length, of %j alone",
    async (unit) => {
      const bytes = Buffer.from(unit.repeat(100_000 / unit.length));
      await within(3000, () => parsed(bytes, [1], bytes.length));
      await within(1000, () => parsed(bytes, [bytes.length], bytes.length));
    },
  );
});
