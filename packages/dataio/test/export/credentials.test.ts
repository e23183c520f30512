/** What of credentials leaves an archive, and in which form of export. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import {
  AdapterResult,
  ArchiveListing,
  type ExportTarget,
  exportArchive,
  type Fetcher,
  Store,
  withSession,
} from "../../src/index.ts";
import { withoutUserinfo } from "../../src/redaction.ts";
import { temporaryFolder } from "../archives.ts";

const SECRETS = ["se%20cret", "se cret", "hunter2", Buffer.from("anna:se cret").toString("base64"), "anna"];
const URL_WITH = "https://anna:se%20cret@example.com/a?mail=x@y.org";

/** One answer that was asked for with credentials in the address and in a header, as Python's adapters may record it. */
async function secretArchive(): Promise<string> {
  const root = join(temporaryFolder(), "archive");
  using store = Store.create(root, { durable: false });
  const adapter: Fetcher = {
    fetch: async () =>
      new AdapterResult({
        data: Buffer.from("{}"),
        transportStatus: 302,
        url: URL_WITH,
        headers: { location: URL_WITH, "x-note": `see ${URL_WITH} and b@c.org` },
      }),
  };
  await withSession({ store, source: "web", adapter }, async (session) => {
    const params = { url: URL_WITH, headers: { "X-Api-Key": "hunter2", "x-plain": "kept" }, n: 1.5 };
    await session.fetch(session.request({ kind: "page", params }));
    // Nested deeper than anything that is looked through value by value.
    const deep = JSON.parse(`${"[".repeat(20_000)}${"]".repeat(20_000)}`);
    await session.fetch(session.request({ kind: "deep", params: { url: URL_WITH, deep } }));
  });
  return root;
}

describe("credentials", () => {
  it("are not in what other programs read, and stay in what is the archive's own", async () => {
    const root = await secretArchive();
    const folder = temporaryFolder();
    const written = async (name: string, target: Pick<ExportTarget, "type">) => {
      const path = join(folder, name);
      const scope = { type: "archive" } as const;
      expect(await exportArchive(root, { scope, target: { ...target, path } as ExportTarget })).toMatchObject({
        exported: 2,
        problemCount: 0,
      });
      return path;
    };
    const har = readFileSync(await written("out.har", { type: "har" }), "utf8");
    const warc = gunzipSync(readFileSync(await written("out.warc.gz", { type: "warc" }))).toString("utf8");
    for (const text of [har, warc]) {
      for (const secret of SECRETS) expect(text).not.toContain(secret);
      expect(text).toContain("https://example.com/a?mail=x@y.org and b@c.org");
    }
    const page = JSON.parse(har).log.entries.find(
      (entry: { _dataio: { redacted?: boolean; request: { kind: string } } }) => entry._dataio.request.kind === "page",
    );
    expect(page.request.url).toBe("https://example.com/a?mail=x@y.org");
    expect(page.request.headers).toEqual([
      { name: "authorization", value: "[redacted]" },
      { name: "x-api-key", value: "[redacted]" },
      { name: "x-plain", value: "kept" },
    ]);
    expect(page._dataio).toMatchObject({ redacted: true });
    expect(JSON.parse(page._dataio.request.paramsJson)).toEqual({
      url: "https://example.com/a?mail=x@y.org",
      headers: { "X-Api-Key": "[redacted]", "x-plain": "kept" },
      n: 1.5,
    });
    expect(warc).toContain("\r\nauthorization: [redacted]\r\n");

    expect(readFileSync(await written("rows.ndjson", { type: "ndjson" }), "utf8")).toContain(URL_WITH);
    const asked = (where: string) => {
      using listing = new ArchiveListing(where);
      return [...listing.requests({})].map(({ id, hash, paramsJson }) => ({ id, hash, paramsJson }));
    };
    expect(asked(await written("subset", { type: "archive" }))).toEqual(asked(root));
  });

  it.each([
    ["https://a:b@h/p", "https://h/p"],
    ["https://token@h/p?q=1#f", "https://h/p?q=1#f"],
    ["https://a:p@ss@h/", "https://h/"],
    ["https:a:b@h/", "https://h/"],
    ["https:\\\\a:b c@h/", "https://h/"],
    ["ftp://a:b@h and ws://c@i", "ftp://h and ws://i"],
    ["https://h/@user", "https://h/@user"],
    ["https://h/?m=a@b", "https://h/?m=a@b"],
    ["write to a@b.org, or //c@d", "write to a@b.org, or //c@d"],
  ])("are taken out of %s", (text, clean) => {
    expect(withoutUserinfo(text)).toBe(clean);
  });
});
