/** What other people's formats demand of an export, checked by their rules and not by our reading. */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { Ajv } from "ajv";
import { expect, it } from "vitest";
import { WARCParser } from "warcio";
import { AdapterResult, exportArchive, type Fetcher, Store, withSession } from "../../src/index.ts";
import { referenceArchive, temporaryFolder } from "../archives.ts";
import { HAR_SCHEMA } from "./har-schema.ts";

const scope = { type: "archive" } as const;
const isHar = new Ajv({ allErrors: true }).compile(HAR_SCHEMA);

/** A body that is no text, one that was posted, a redirect, and an answer that has hardly any facts. */
async function webArchive(): Promise<string> {
  const root = join(temporaryFolder(), "archive");
  using store = Store.create(root, { durable: false });
  const adapter: Fetcher = {
    fetch: async ({ kind }) => {
      if (kind === "bare") return new AdapterResult({ data: Buffer.from("?"), url: "http://example.com/bare" });
      const isImage = kind === "image";
      return new AdapterResult({
        data: isImage ? Buffer.from([0xff, 0xd8, 0xff, 0, 1]) : Buffer.from('{"né":1}'),
        contentType: isImage ? "image/jpeg" : "application/json",
        transportStatus: isImage ? 200 : 302,
        url: `https://example.com/${kind}?a=1&a=2&q=%C3%A9`,
        elapsedMs: 12.5,
        headers: {
          "content-type": isImage ? "image/jpeg" : "application/json",
          location: "/next",
          "set-cookie": ["a=1", "b=2"],
        },
      });
    },
  };
  await withSession({ store, source: "web", adapter }, async (session) => {
    await session.fetch(session.request({ kind: "image", params: { url: "https://example.com/image" } }));
    await session.fetch(
      session.request({
        kind: "order",
        method: "POST",
        params: { url: "https://example.com/order", headers: { "content-type": "application/json" } },
        body: { text: "né" },
      }),
    );
    await session.fetch(session.request({ kind: "bare", params: { url: "http://example.com/bare" } }));
  });
  return root;
}

it("writes HARs as HAR 1.2 describes them", async () => {
  for (const root of [await webArchive(), referenceArchive("small"), referenceArchive("edge")]) {
    const path = join(temporaryFolder(), "out.har");
    const { exported } = await exportArchive(root, { scope, target: { type: "har", path } });
    const har: {
      log: { entries: { request: { postData?: { text: string } }; response: { content: { encoding?: string } } }[] };
    } = JSON.parse(readFileSync(path, "utf8"));
    expect(isHar(har) ? [] : isHar.errors).toEqual([]);
    const { entries } = har.log;
    expect(entries).toHaveLength(exported);
    if (exported !== 3) continue;
    expect(entries.flatMap(({ request }) => request.postData?.text ?? [])).toEqual(['{"text":"n\\u00e9"}']);
    expect(entries.filter(({ response }) => response.content.encoding === "base64")).toHaveLength(1);
    // And what is none is found.
    expect(isHar({ log: { ...har.log, entries: [{ ...entries[0], timings: {} }] } })).toBe(false);
  }
});

interface RawRecord {
  readonly headers: ReadonlyMap<string, string>;
  readonly block: Buffer;
}

/** The records of a WARC by its grammar alone: a version, fields, an empty line, a block of the length that they say. */
function rawRecords(bytes: Buffer): RawRecord[] {
  const records: RawRecord[] = [];
  for (let at = 0; at < bytes.length; ) {
    const end = bytes.indexOf("\r\n\r\n", at);
    const [version, ...lines] = bytes.toString("utf8", at, end).split("\r\n");
    expect(version).toBe("WARC/1.1");
    const headers = new Map(
      lines.map((line) => [line.slice(0, line.indexOf(":")).toLowerCase(), line.slice(line.indexOf(":") + 1).trim()]),
    );
    const start = end + 4;
    const size = Number(headers.get("content-length"));
    records.push({ headers, block: bytes.subarray(start, start + size) });
    expect(bytes.toString("latin1", start + size, start + size + 4)).toBe("\r\n\r\n");
    at = start + size + 4;
  }
  return records;
}

/** A digest as the header names it: hexadecimal, or base 32. */
function digestOf(algorithm: string, bytes: Buffer): string[] {
  const digest = createHash(algorithm.replace("-", "")).update(bytes).digest();
  const bits = [...digest].map((byte) => byte.toString(2).padStart(8, "0")).join("");
  const letters = (bits.match(/.{1,5}/g) ?? []).map(
    (five) => "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"[Number.parseInt(five.padEnd(5, "0"), 2)],
  );
  return [`${algorithm}:${digest.toString("hex")}`, `${algorithm}:${letters.join("")}`];
}

it.each(["out.warc", "out.warc.gz"])("writes WARCs with the digests of their blocks and payloads: %s", async (name) => {
  const path = join(temporaryFolder(), name);
  await exportArchive(await webArchive(), { scope, target: { type: "warc", path } });
  const stored = readFileSync(path);
  const records = rawRecords(name.endsWith(".gz") ? gunzipSync(stored) : stored);
  expect(records.length).toBeGreaterThan(8);
  let [blocks, payloads] = [0, 0];
  for (const { headers, block } of records) {
    const blockDigest = headers.get("warc-block-digest");
    if (blockDigest !== undefined) {
      blocks += 1;
      expect(digestOf(blockDigest.split(":")[0] ?? "", block)).toContain(blockDigest.replace(/=+$/, ""));
    }
    const payloadDigest = headers.get("warc-payload-digest");
    if (payloadDigest === undefined) continue;
    payloads += 1;
    const isMessage = /^application\/http/.test(headers.get("content-type") ?? "");
    const payload = isMessage ? block.subarray(block.indexOf("\r\n\r\n") + 4) : block;
    expect(digestOf(payloadDigest.split(":")[0] ?? "", payload)).toContain(payloadDigest.replace(/=+$/, ""));
  }
  // Of all but the first, which describes the file.
  expect(blocks).toBeGreaterThanOrEqual(records.length - 1);
  expect(payloads).toBeGreaterThanOrEqual(3);

  // Its own reader goes through the same records, and finds the same bytes.
  const ids: (string | null | undefined)[] = [];
  for await (const record of new WARCParser([stored])) {
    ids.push(record.warcHeader("WARC-Record-ID"));
    await record.readFully(false);
  }
  expect(ids).toEqual(records.map(({ headers }) => headers.get("warc-record-id")));
});
