/** Sources that a file maps, as the command asks them: trust, secrets, plans, and what is left of a secret: nothing. */
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { Store } from "../../src/store.ts";
import { temporaryFolder } from "../archives.ts";
import { rows, serve } from "../servers.ts";
import { type CommandResult, rowsOf } from "./command.ts";
import { runHere } from "./in-process.ts";

/** With characters that URLs, JSON and forms write in other ways. */
const SECRETS = { header: "h3ader-s3cret/+", query: "qu3ry s3cret&=ü", body: 'b0dy "s3cret"\\' };
const FORMS = Object.values(SECRETS).flatMap((secret) => [
  secret,
  encodeURIComponent(secret),
  new URLSearchParams({ v: secret }).toString().slice(2),
  JSON.stringify(secret).slice(1, -1),
  Buffer.from(secret).toString("base64"),
]);

interface Line {
  readonly line?: number;
  readonly action?: string;
  readonly url?: string;
  readonly state?: string;
  readonly response?: { readonly resolution: string };
  readonly error?: { readonly code: string };
}

/** Every file under the folder that holds a secret in one of its forms. */
function filesWithSecrets(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((name) => {
    if (!statSync(join(folder, name)).isFile()) return false;
    const text = readFileSync(join(folder, name)).toString("latin1");
    return FORMS.some((form) => text.includes(Buffer.from(form, "utf8").toString("latin1")));
  });
}

function rowsIn(archive: string, sql: string): unknown[] {
  using store = Store.open(archive);
  return rows(store, sql);
}

/** An archive with a mapping, and the command run about it by one person, of whom all that was said is kept. */
function desk(sources: object) {
  const home = temporaryFolder();
  const archive = join(home, "archive");
  Store.create(archive).close();
  writeFileSync(join(archive, "dataio.config.yaml"), JSON.stringify({ sources }));
  const said: string[] = [];
  const env = {
    DATAIO_ARCHIVE: archive,
    MXM_CONFIG_HOME: join(home, "config"),
    DATAIO_SECRET_HEADER: SECRETS.header,
    DATAIO_SECRET_QUERY: SECRETS.query,
    DATAIO_SECRET_BODY: SECRETS.body,
  };
  return {
    home,
    archive,
    said,
    async run(...args: string[]): Promise<CommandResult> {
      const result = await runHere(args, { env, cwd: home });
      said.push(result.stdout, result.stderr);
      return result;
    },
  };
}

describe("a mapped source", () => {
  it("is asked by its name alone once it is allowed, and writes its secrets nowhere", async () => {
    const seen: string[] = [];
    const server = await serve((request, response) => {
      const chunks: Buffer[] = [];
      request.on("data", (chunk: Buffer) => chunks.push(chunk));
      request.on("end", () => {
        const url = new URL(request.url ?? "", "http://x");
        const body: unknown = chunks.length === 0 ? null : JSON.parse(Buffer.concat(chunks).toString());
        seen.push(JSON.stringify([request.headers["x-token"], url.searchParams.get("key"), body]));
        // Servers tell what they were given in headers, in redirects and in the reasons of their refusals.
        const echo = { "x-you-sent": encodeURIComponent(SECRETS.query), "set-cookie": `t=${SECRETS.header}` };
        if (url.pathname === "/moved") response.writeHead(307, { location: `/there${url.search}`, ...echo }).end();
        else if (url.pathname === "/gone") request.socket.destroy();
        else response.writeHead(url.pathname === "/missing" ? 404 : 200, echo).end(`answer to ${url.pathname}`);
      });
    });
    const market = {
      adapter: "http",
      baseUrl: server.url,
      headers: { "x-token": "${secret:header}" },
      query: { key: "${secret:query}" },
      body: { auth: { token: "${secret:body}" }, page: 1 },
      retry: 1,
      cache: "revalidate",
      ttl: "6h",
    };
    const { run, home, archive, said } = desk({ market, open: { adapter: "http", baseUrl: server.url } });
    const file = join(home, "requests.ndjson");
    const line = (method: string, url: string, body?: object) =>
      JSON.stringify({ kind: "k", method, params: { url }, body });
    writeFileSync(
      file,
      `${line("GET", "a")}\n\n${line("POST", "moved", { page: 2 })}\n${line("GET", "missing")}\n${line("GET", "gone")}\n`,
    );
    const ask = ["fetch", "--source", "market", "--file", file, "--ndjson"];

    // Thought of, without trust and without a secret.
    const plan = await run(...ask, "--dry-run");
    expect([plan.code, rowsOf<Line>(plan).map(({ line: at, action }) => [at, action])]).toEqual([
      0,
      [
        [1, "ask"],
        [3, "ask"],
        [4, "ask"],
        [5, "ask"],
      ],
    ]);
    expect(rowsOf<Line>(plan)[0]?.url).toBe(`${server.url}a?key=\${secret:query}`);
    const refused = await run(...ask);
    expect([refused.code, JSON.parse(refused.stderr).error.code]).toEqual([2, "TRUST_NEEDED"]);
    expect((await run("trust", "market")).stdout).toMatch(
      /^secret +header is sent to http.*\nsecret +query .*\nsecret +body .*\nNobody has allowed this/,
    );
    expect((await run("trust", "nobody")).code).toBe(3);
    expect(JSON.parse((await run("trust", "market", "--yes", "--json")).stdout)).toMatchObject({ trust: "given" });
    expect(seen).toEqual([]);

    const fetched = await run(...ask);
    expect(fetched.code).toBe(1);
    expect(fetched.stderr).toMatch(/^dataio: 2 of 4 failed, the first \(line 4\): /);
    expect(rowsOf<Line>(fetched).map((row) => [row.line, row.response?.resolution ?? row.error?.code])).toEqual([
      [1, "acquired"],
      [3, "acquired"],
      [4, "failed"],
      [5, "NETWORK_FAILED"],
    ]);
    const [header, query, body] = [SECRETS.header, SECRETS.query, SECRETS.body];
    expect(seen).toContain(JSON.stringify([header, query, null]));
    // Those of the request are not replaced.
    expect(seen).toContain(JSON.stringify([header, query, { auth: { token: body }, page: 2 }]));
    expect(rowsIn(archive, "SELECT body_json FROM requests WHERE method = 'POST'")).toEqual([
      { body_json: '{"page":2}' },
    ]);
    // As mapped, unless the command says otherwise.
    expect(rowsIn(archive, "SELECT DISTINCT json_extract(policy_json, '$.cache') AS mode FROM resolutions")).toEqual([
      { mode: "revalidate" },
    ]);
    const again = await run(
      "fetch",
      "--source",
      "market",
      "--kind",
      "k",
      "--params",
      '{"url": "a"}',
      "--cache",
      "default",
      "--ndjson",
    );
    expect(rowsOf<Line>(again)[0]?.response?.resolution).toBe("reused");
    expect(rowsOf<Line>(await run(...ask, "--dry-run")).map(({ action }) => action)).toEqual([
      "reuse",
      "reuse",
      "ask",
      "ask",
    ]);
    const sent = await run(
      "send",
      "--source",
      "market",
      "--kind",
      "s",
      "--params",
      '{"url": "s"}',
      "--data",
      '{"q":1}',
      "--ndjson",
    );
    expect([sent.code, seen.at(-1)]).toEqual([0, JSON.stringify([header, query, { q: 1 }])]);

    // What would write a secret down is refused, wherever it stands.
    for (const params of [{ url: `a?t=${encodeURIComponent(query)}` }, { url: "a", headers: { t: header } }]) {
      const revealing = await run("fetch", "--source", "market", "--kind", "k", "--params", JSON.stringify(params));
      expect([revealing.code, revealing.stderr.includes("would write the secret")]).toEqual([2, true]);
    }
    const revealing = await run(
      ...["fetch", "--source", "market", "--kind", "k", "--method", "POST", "--params", '{"url": "a"}', "--body"],
      JSON.stringify({ t: body }),
    );
    expect(revealing.code).toBe(2);
    expect(
      (await run("send", "--source", "market", "--kind", "s", "--params", '{"url": "s"}', "--data", header)).code,
    ).toBe(2);

    const listed = rowsOf<object>(await run("sources", "--ndjson"));
    expect(listed).toMatchObject([
      { source: "market", adapter: "http", trust: "given", secrets: ["header", "query", "body"], missingSecrets: [] },
      { source: "open", adapter: "http", trust: "not-needed", sessionCount: 0 },
    ]);
    // None of them packed: it could not be looked through.
    const exports: Readonly<Record<string, readonly string[]>> = {
      "all.har": [],
      "all.warc": [],
      "all.zip": ["--store"],
      "rows.ndjson": [],
      "rows.csv": [],
      folder: [],
      part: ["--as", "archive"],
    };
    mkdirSync(join(home, "out"));
    for (const [target, options] of Object.entries(exports)) {
      expect((await run("export", "--all", "--to", join(home, "out", target), ...options)).code, target).toBe(0);
    }
    expect(readdirSync(join(home, "out"))).toHaveLength(7);
    expect(filesWithSecrets(home)).toEqual([]);
    expect(said.filter((text) => FORMS.some((form) => text.includes(form)))).toEqual([]);
    // The search would find them.
    for (const form of FORMS) {
      writeFileSync(join(home, "proof.txt"), `before${form}after`);
      expect(filesWithSecrets(home)).toEqual(["proof.txt"]);
    }
  });

  it("keeps the members of its bodies from other servers that it is led to", async () => {
    const elsewhere: string[] = [];
    const other = await serve((request, response) => {
      request.on("data", (chunk: Buffer) => elsewhere.push(chunk.toString()));
      request.on("end", () => response.end("there"));
    });
    const server = await serve((request, response) => {
      request.resume();
      response.writeHead(308, { location: `${other.url}x` }).end();
    });
    const { run } = desk({ m: { adapter: "http", baseUrl: server.url, body: { token: "${secret:body}" } } });
    await run("trust", "m", "--yes");
    const ask = ["fetch", "--source", "m", "--kind", "k", "--method", "POST"];
    expect((await run(...ask, "--params", '{"url": "a"}', "--body", '{"n": 1.0}')).code).toBe(0);
    expect((await run(...ask, "--params", `{"url": "${other.url}y"}`, "--body", '{"n": 2.0}')).code).toBe(0);
    expect(elsewhere).toEqual(['{"n":1.0}', '{"n":2.0}']);
  });

  it("runs programs and modules as they were allowed, and not when they changed", async () => {
    const { run, archive, home } = desk({
      vendor: { adapter: "command", run: [process.execPath, "vendor.cjs"], env: { KEY: "${secret:header}" } },
      house: { adapter: "module", file: "./house.mjs" },
      broken: { adapter: "command", run: [process.execPath, "-e", ""], env: { KEY: "${secret:nowhere}" } },
    });
    const script = `process.stderr.write("key " + process.env.KEY); process.stdout.write("printed")`;
    writeFileSync(join(archive, "vendor.cjs"), script);
    writeFileSync(
      join(archive, "house.mjs"),
      `export default { fetch: async ({ kind }) => Buffer.from("house " + kind) };`,
    );
    const ask = (source: string) => run("fetch", "--source", source, "--kind", "k", "--cache", "bypass");
    for (const source of ["vendor", "house"]) {
      expect((await ask(source)).stderr).toMatch(
        /nobody has allowed that for this archive; look at it with dataio trust \w+, /,
      );
      await run("trust", source, "--yes");
      expect((await ask(source)).code, source).toBe(0);
    }
    writeFileSync(join(archive, "vendor.cjs"), `${script} // changed`);
    expect((await ask("vendor")).code).toBe(2);
    await run("trust", "broken", "--yes");
    const unset = await ask("broken");
    expect([unset.code, unset.stderr]).toEqual([2, expect.stringContaining("DATAIO_SECRET_NOWHERE")]);
    expect((await run("sources")).stdout).toMatch(/broken +command +given +nowhere \(not set\)/);
    expect(filesWithSecrets(home)).toEqual([]);
    // What a person allowed stands in no archive, and is not guessed where it cannot be read.
    writeFileSync(join(home, "config/mxm-dataio/trusted.json"), "[]");
    expect((await ask("house")).stderr).toContain("trusted.json is no list of what is trusted");
  });

  it("is named where nothing says who answers, and cannot be half of what it is", async () => {
    const { run, archive, home } = desk({ market: { adapter: "http", baseUrl: "http://127.0.0.1:9/" } });
    const nobody = await run("fetch", "--source", "x", "--kind", "k", "--params", '{"day": "2026-03-01"}');
    expect(nobody.code).toBe(2);
    expect(nobody.stderr).toBe(
      `dataio: nothing says who answers for "x": map it in ${join(archive, "dataio.config.yaml")}, as in sources: ` +
        `{ "x": { adapter: http, baseUrl: "https://example.com/" } }, or name an --adapter\n`,
    );
    const coded = await run("stream", "--source", "x", "--kind", "k", "--json");
    expect(coded.code).toBe(2);
    const half = await run("fetch", "--source", "market", "--kind", "k", "--header", "A: b");
    expect([half.code, half.stderr]).toEqual([2, expect.stringContaining("which --header cannot change")]);
    expect((await run("stream", "--source", "market", "--kind", "k")).code).toBe(2);
    // Another file, and one that cannot be understood.
    const other = join(home, "other", "mine.yaml");
    mkdirSync(dirname(other));
    writeFileSync(join(home, "other", "in.csv"), "a,b\n");
    writeFileSync(other, "sources: { x: { adapter: local-file, root: . } }\n");
    const named = ["fetch", "--source", "x", "--kind", "k", "--params", '{"path": "in.csv"}', "--sources"];
    expect((await run(...named, other)).code).toBe(0);
    expect((await run(...named, join(home, "none.yaml"))).code).toBe(2);
    writeFileSync(join(archive, "dataio.config.yaml"), "sources: { x: { adapter: telnet } }\n");
    const invalid = await run("fetch", "--source", "x", "--kind", "k");
    expect([invalid.code, invalid.stderr]).toEqual([
      2,
      expect.stringMatching(/dataio\.config\.yaml:1:\d+: sources\.x\.adapter/),
    ]);
    // A path is read from this machine where nothing maps its source.
    writeFileSync(join(archive, "dataio.config.yaml"), "");
    expect((await run("fetch", "--source", "x", "--kind", "k", "--params", '{"path": "other/in.csv"}')).code).toBe(0);
  });
});
