import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import {
  DataIoSession,
  environmentSecrets,
  type OpenedSource,
  openSource,
  planRequest,
  Redactor,
  type SourceSettings,
  Store,
  sha256Hex,
  trustSubject,
} from "../../src/index.ts";
import { temporaryFolder } from "../archives.ts";
import { rows, serve } from "../servers.ts";

/** With characters that URLs, JSON and forms write in other ways. */
const SECRET = 'sé"cret /+&=%#42';
const secrets = environmentSecrets({ DATAIO_SECRET_MY_TOKEN: SECRET, DATAIO_SECRET_SHORT: "abc" });

/** Every file of the archive that holds the text or one of its other forms. */
function filesWith(folder: string, needles: readonly string[]): string[] {
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((name) =>
    statSync(join(folder, name)).isFile(),
  );
  return files.filter((name) => {
    const text = readFileSync(join(folder, name)).toString("latin1");
    return needles.some((needle) => text.includes(Buffer.from(needle, "utf8").toString("latin1")));
  });
}
const FORMS = [
  SECRET,
  encodeURIComponent(SECRET),
  new URLSearchParams({ v: SECRET }).toString().slice(2),
  JSON.stringify(SECRET).slice(1, -1),
  Buffer.from(SECRET).toString("base64"),
];

async function asked(store: Store, opened: OpenedSource, params: object) {
  await using session = await DataIoSession.open({ store, ...opened });
  return await session.fetch(session.request({ kind: "k", paramsJson: JSON.stringify(params) }));
}

describe("a mapped source", () => {
  it("sends its secrets, and writes none of them down", async () => {
    const folder = temporaryFolder();
    const server = await serve((request, response, call) => {
      const url = new URL(request.url ?? "", "http://x");
      const given =
        url.searchParams.get("key") === SECRET && request.headers["x-token"] === Buffer.from(SECRET).toString("base64");
      if (call === 3) response.socket?.destroy();
      response
        .writeHead(given ? 200 : 401, {
          "set-cookie": ["a=1", "b=2"],
          "x-echo": encodeURIComponent(SECRET),
          "X-Session": "s3ss10n",
        })
        .end(given ? "yes" : "no");
    });
    using store = Store.create(folder);
    const settings: SourceSettings = {
      adapter: "http",
      baseUrl: server.url,
      query: { key: "${secret:my-token}" },
      headers: { "x-token": "${secret:encoded}" },
      redact: ["x-session"],
    };
    const opened = await openSource("demo", settings, {
      folder,
      secrets: (name) => (name === "encoded" ? Buffer.from(SECRET).toString("base64") : secrets(name)),
    });
    const response = await asked(store, opened, { url: "quote?a=1" });
    expect(response.status).toBe("ok");
    const [meta] = rows(store, "SELECT meta_json FROM response_meta");
    expect(JSON.parse(String(meta?.meta_json))).toMatchObject({
      url: `${server.url}quote?a=1&key=\${secret:my-token}`,
      headers: {
        "set-cookie": ["[redacted]", "[redacted]"],
        "x-echo": "${secret:my-token}",
        "x-session": "[redacted]",
      },
    });
    expect(planRequest({ kind: "k", params: { url: "quote?a=1" } }, {}, opened)).toEqual({
      hash: rows(store, "SELECT hash FROM requests")[0]?.hash,
      url: `${server.url}quote?a=1&key=\${secret:my-token}`,
    });

    // Failures name URLs and reasons.
    await asked(store, opened, { url: "/other" });
    const failed = await asked(store, opened, { url: "/broken" }).catch((error: unknown) => error);
    expect(failed).toMatchObject({ code: "NETWORK_FAILED" });
    expect(FORMS.some((form) => JSON.stringify(failed).includes(form))).toBe(false);
    await expect(asked(store, opened, { url: `/x?t=${encodeURIComponent(SECRET)}` })).rejects.toMatchObject({
      code: "PARAMS_INVALID",
    });
    expect(filesWith(folder, FORMS)).toEqual([]);
    // The search would find them.
    writeFileSync(join(folder, "proof.txt"), `before${encodeURIComponent(SECRET)}after`);
    expect(filesWith(folder, FORMS)).toEqual(["proof.txt"]);
    await opened.adapter.close?.();

    // Elsewhere than at the base they are not sent.
    const other = await serve((request, answer) =>
      answer.end(`${request.url} ${request.headers["x-token"] ?? "none"}`),
    );
    const again = await openSource(
      "demo",
      { ...settings, headers: { "x-token": "${secret:my-token}" } },
      { folder, secrets: () => "plain-text" },
    );
    const elsewhere = await asked(store, again, { url: `${other.url}x` });
    expect(await store.readPayload(elsewhere.checksum ?? "")).toEqual(Buffer.from("/x none"));
    await again.adapter.close?.();
  });

  it("refuses secrets that are not set or cannot be told from other texts", async () => {
    const settings: SourceSettings = {
      adapter: "http",
      baseUrl: "http://127.0.0.1:9/",
      headers: { x: "${secret:nowhere}" },
    };
    await expect(openSource("demo", settings, { folder: ".", secrets })).rejects.toMatchObject({
      code: "CONFIG_INVALID",
      details: { secret: "nowhere" },
    });
    expect(() => new Redactor({ secrets: { SHORT: "abc" } })).toThrow(/SHORT has fewer than 4/);
  });

  it("runs programs with secrets in their environment, whose errors are archived without them", async () => {
    const folder = temporaryFolder();
    using store = Store.create(folder);
    const script = "process.stderr.write('key ' + process.env.KEY); process.stdout.write('x'); process.exit(3)";
    const settings: SourceSettings = {
      adapter: "command",
      run: [process.execPath, "-e", script],
      env: { KEY: "${secret:my-token}" },
    };
    const opened = await openSource("demo", settings, { folder, secrets });
    const response = await asked(store, opened, {});
    expect(response.status).toBe("error");
    const [meta] = rows(store, "SELECT meta_json FROM response_meta");
    expect(JSON.parse(String(meta?.meta_json)).adapter_meta.stderr).toBe("key ${secret:my-token}");
    expect(filesWith(folder, FORMS)).toEqual([]);
  });

  it("loads a module, anew when it changed", async () => {
    const folder = temporaryFolder();
    using store = Store.create(folder);
    const file = join(folder, "house.mjs");
    const made = (word: string) =>
      writeFileSync(
        file,
        `export default (options, { AdapterResult }) => ({
          async fetch(request) {
            return new AdapterResult({ data: Buffer.from("${word} " + options.desk + " " + request.kind), contentType: "text/plain" });
          },
        });`,
      );
    const settings: SourceSettings = { adapter: "module", file: "./house.mjs", options: { desk: "fx" } };
    const payload = async () => {
      const opened = await openSource("demo", { ...settings, cache: "bypass" }, { folder, secrets });
      return (await store.readPayload((await asked(store, opened, {})).checksum ?? "")).toString();
    };
    made("one");
    expect(await payload()).toBe("one fx k");
    const first = await trustSubject(settings, folder);
    made("two");
    expect(await payload()).toBe("two fx k");
    expect((await trustSubject(settings, folder))?.digest).not.toBe(first?.digest);

    // A result of another copy of the library, or none but its fields; and params as plain values.
    writeFileSync(
      file,
      `export default (options, { toPlain }) => ({
        async fetch({ params }) {
          return { data: Buffer.from(String(toPlain(params).days * 2)), contentType: "text/plain" };
        },
      });`,
    );
    const plain = await openSource("demo", settings, { folder, secrets });
    const answer = await asked(store, plain, { days: 7 });
    expect((await store.readPayload(answer.checksum ?? "")).toString()).toBe("14");
    expect(await store.getResponseMetadata(answer.id)).toBe('{"content_type":"text/plain"}');

    writeFileSync(file, "export default () => new Promise(() => {});");
    await expect(openSource("demo", settings, { folder, secrets, loadMs: 20 })).rejects.toMatchObject({
      code: "ADAPTER_FAILED",
      message: expect.stringContaining("it made no adapter within 0.02 s"),
    });
    writeFileSync(file, "export default 3;");
    await expect(payload()).rejects.toMatchObject({ code: "CAPABILITY_MISSING" });
    writeFileSync(file, "throw new Error('no');");
    await expect(payload()).rejects.toMatchObject({ code: "ADAPTER_FAILED" });
    await expect(
      openSource("demo", { adapter: "module", file: "none.mjs" }, { folder, secrets }),
    ).rejects.toMatchObject({ code: "NOT_FOUND" });
  });
});

describe("trust", () => {
  it("is asked for what runs and for secrets that are given away, and again when that changes", async () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, "fetch.py"), "print(1)");
    const command: SourceSettings = {
      adapter: "command",
      run: ["python3", "fetch.py", "a b"],
      env: { K: "${secret:T}" },
    };
    const subject = await trustSubject(command, folder);
    expect(subject?.lines).toEqual([
      { what: "program", text: 'python3 fetch.py "a b"' },
      { what: "folder", text: folder },
      { what: "environment", text: "K=${secret:T}" },
      { what: "secret", text: "T" },
      { what: "file", text: join(folder, "fetch.py") },
      { what: "content", text: `sha256 ${sha256Hex("print(1)")}` },
    ]);
    const module: SourceSettings = { adapter: "module", file: "a.mjs", options: { a: 1 } };
    expect((await trustSubject(module, folder))?.lines).toEqual([
      { what: "file", text: join(folder, "a.mjs") },
      { what: "content", text: "there is no such file" },
      { what: "options", text: '{"a":1}' },
    ]);
    const digest = async (settings: SourceSettings) => (await trustSubject(settings, folder))?.digest;
    expect(await digest({ ...command, rate: "1/s", retry: 2 })).toBe(subject?.digest);
    expect(await digest({ ...command, run: ["python3", "fetch.py", "a", "b"] })).not.toBe(subject?.digest);
    expect(await digest({ ...command, env: { K: "${secret:OTHER}" } })).not.toBe(subject?.digest);
    writeFileSync(join(folder, "fetch.py"), "print(2)");
    expect(await digest(command)).not.toBe(subject?.digest);

    expect(await trustSubject({ adapter: "http", baseUrl: "https://example.com/" }, folder)).toBeNull();
    expect(await trustSubject({ adapter: "local-file", root: "in" }, folder)).toBeNull();
    const sending: SourceSettings = { adapter: "http", baseUrl: "https://example.com/", headers: { x: "${secret:T}" } };
    expect((await trustSubject(sending, folder))?.lines).toEqual([
      { what: "secret", text: "T is sent to https://example.com/" },
    ]);
    expect(await digest({ ...sending, baseUrl: "https://example.org/" })).not.toBe(await digest(sending));
  });
});
