/** Mapped sources as a renderer meets them: files, secrets, trust, plans and runs, with real servers and programs. */
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { TrustFile } from "@mxm/dataio";
import { expect, it, onTestFinished } from "vitest";
import { temporaryFolder } from "../../packages/dataio/test/archives.ts";
import { createBackend, type HostAbilities } from "../../src/backend/backend.ts";
import type {
  CallParams,
  ErrorShape,
  FetchItem,
  Job,
  MethodName,
  OpenArchive,
  Result,
} from "../../src/shared/contract.ts";
import { serveLoopback } from "../helpers/loopback.ts";
import { ROOT } from "../helpers/root.ts";

const SECRET = "s3cr3t/+ü value";
const FORMS = [SECRET, encodeURIComponent(SECRET), Buffer.from(SECRET).toString("base64")];

async function start(options: { dataDirectory?: string; trustFile?: string; host?: HostAbilities } = {}) {
  const logged: string[] = [];
  const dataDirectory = options.dataDirectory ?? temporaryFolder();
  const trustFile = options.trustFile ?? join(temporaryFolder(), "trusted.json");
  const backend = await createBackend({
    host: options.host ?? { kind: "web" },
    dataDirectory,
    trustFile,
    cacheDirectory: temporaryFolder(),
    rendererDirectory: ROOT,
    sampleDirectory: join(ROOT, "packages/dataio/sample-data"),
    readerWorker: pathToFileURL(join(ROOT, "src/backend/workers/reader-worker.ts")),
    readOnly: false,
    initialArchive: null,
    version: "1.2.3",
    log: (message, cause) => void logged.push(`${message} ${cause instanceof Error ? cause.stack : String(cause)}`),
  });
  onTestFinished(() => backend.close());
  const dispatch = (method: string, params: unknown) => backend.dispatch(method, params, new AbortController().signal);
  const call = async <M extends MethodName>(method: M, params: CallParams<M>): Promise<Result<M>> => {
    const outcome = await dispatch(method, params);
    if (!outcome.ok) throw new Error(`${method}: ${outcome.error.code} ${outcome.error.message}`);
    return outcome.value as Result<M>;
  };
  const archive: OpenArchive = await call("archives.create", { path: join(temporaryFolder(), "desk") });
  const job = async (id: string): Promise<Job | undefined> =>
    (await call("jobs.list", {})).find((one) => one.id === id);
  const states = async (jobId: string): Promise<readonly FetchItem["state"][]> => {
    const { items } = await call("fetch.items", { jobId, since: 0, limit: 5_000 });
    return items.toSorted((one, other) => one.place - other.place).map(({ item }) => item.state);
  };
  return {
    call,
    job,
    states,
    logged,
    dataDirectory,
    archive,
    archiveId: archive.id,
    config: join(archive.path, "dataio.config.yaml"),
    async refused<M extends MethodName>(method: M, params: CallParams<M>): Promise<ErrorShape> {
      const outcome = await dispatch(method, params);
      if (outcome.ok) throw new Error(`${method} was not refused`);
      return outcome.error;
    },
    async ended({ id }: Job): Promise<readonly FetchItem["state"][]> {
      await expect.poll(async () => (await job(id))?.endedAt ?? null, { timeout: 20_000 }).not.toBeNull();
      return (await job(id))?.detail.kind === "fetch" ? states(id) : [];
    },
  };
}

function filesWith(folder: string, needles: readonly string[]): string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((name) => {
    if (!statSync(join(folder, name)).isFile()) return false;
    const text = readFileSync(join(folder, name)).toString("latin1");
    return needles.some((needle) => text.includes(Buffer.from(needle).toString("latin1")));
  });
}

const requestsFor = (...urls: string[]) =>
  urls.map((url) => ({ kind: "quote", method: "GET" as const, paramsJson: JSON.stringify({ url }), bodyJson: null }));

it("maps a source, plans without a secret, asks for trust, fetches, and writes the secret nowhere", async () => {
  let keys = 0;
  const origin = await serveLoopback((request, response) => {
    if (request.url?.includes("key=") === true) keys += 1;
    response.writeHead(200, { "set-cookie": "id=1", "x-you-sent": encodeURIComponent(SECRET) }).end(`answer ${keys}`);
  });
  const url = `${origin}/`;
  const app = await start();
  const { archiveId } = app;
  const settings = { adapter: "http", baseUrl: url, query: { key: "${secret:DESK}" }, rate: "50/s", retry: 1 };
  const wrong = await app.refused("sources.save", {
    archiveId,
    place: "archive",
    source: "market",
    settings: { ...settings, rate: "fast" },
  });
  expect(wrong).toMatchObject({ code: "CONFIG_INVALID", details: { key: "rate" } });
  const saved = await app.call("sources.save", { archiveId, place: "archive", source: "market", settings });
  expect(saved.sources).toMatchObject([
    {
      source: "market",
      sessionCount: 0,
      mapping: { place: "archive", settings, trust: "needed", missingSecrets: ["DESK"] },
    },
  ]);
  expect(saved.files.map(({ place, exists }) => [place, exists])).toEqual([
    ["archive", true],
    ["user", false],
  ]);

  const order = {
    archiveId,
    source: "market",
    adapter: "mapped",
    cache: "default",
    requests: requestsFor("q?a=1", "q?a=2"),
  } as const;
  const planned = await app.call("fetch.plan", order);
  expect(planned.map(({ url: where, action }) => [where, action])).toEqual([
    [`${url}q?a=1&key=\${secret:DESK}`, "ask"],
    [`${url}q?a=2&key=\${secret:DESK}`, "ask"],
  ]);
  expect(await app.refused("fetch.start", order)).toMatchObject({
    code: "TRUST_NEEDED",
    details: { source: "market" },
  });
  const question = await app.call("trust.get", { archiveId, source: "market" });
  expect(question).toMatchObject({ state: "needed", lines: [{ what: "secret", text: `DESK is sent to ${url}` }] });
  expect(await app.refused("trust.grant", { archiveId, source: "market", digest: "0".repeat(64) })).toMatchObject({
    code: "TRUST_CHANGED",
  });
  expect(await app.call("trust.grant", { archiveId, source: "market", digest: question.digest })).toMatchObject({
    state: "given",
  });
  expect(await app.refused("fetch.start", order)).toMatchObject({
    code: "CONFIG_INVALID",
    details: { secret: "DESK" },
  });

  const names = await app.call("secrets.set", { archiveId, name: "DESK", value: SECRET });
  expect(names).toEqual({ kept: false, secrets: [{ name: "DESK", place: "memory", variable: "DATAIO_SECRET_DESK" }] });
  const job = await app.call("fetch.start", order);
  expect(await app.ended(job)).toMatchObject([
    { status: "acquired", change: "new", previous: null },
    { status: "acquired" },
  ]);
  expect(keys).toBe(2);
  const hit = await app.call("fetch.plan", order);
  expect(hit.map(({ action }) => action)).toEqual(["reuse", "reuse"]);
  expect(hit[0]?.hash).toBe(planned[0]?.hash);
  expect(hit[0]?.row?.type).toBe("response");
  expect((await app.call("fetch.plan", { ...order, ttlMs: 0, cache: "only-if-cached" }))[0]?.action).toBe("miss");
  expect((await app.call("fetch.plan", { ...order, asOfBucket: "2026-03-01" }))[0]?.action).toBe("ask");

  const { detail } = (await app.job(job.id)) ?? job;
  const sessionId = detail.kind === "fetch" ? (detail.sessionId ?? "") : "";
  const again = await app.ended(await app.call("fetch.session", { archiveId, sessionId }));
  expect(again).toMatchObject([
    { status: "acquired", change: "changed", previous: { type: "response" } },
    { status: "acquired" },
  ]);
  const revealing = { ...order, requests: requestsFor(`q?t=${encodeURIComponent(SECRET)}`) };
  expect(await app.ended(await app.call("fetch.start", revealing))).toMatchObject([
    { status: "failed", row: null, error: { code: "PARAMS_INVALID" } },
  ]);

  // Somebody else's server needs another word.
  await app.call("sources.save", {
    archiveId,
    place: "archive",
    source: "market",
    settings: { ...settings, baseUrl: "http://127.0.0.1:9/" },
  });
  expect(await app.refused("fetch.start", order)).toMatchObject({ code: "TRUST_NEEDED" });
  await app.call("archives.close", { archiveId });
  expect(filesWith(app.archive.path, FORMS)).toEqual([]);
  expect(filesWith(app.dataDirectory, FORMS)).toEqual([]);
  expect(app.logged.filter((line) => FORMS.some((form) => line.includes(form)))).toEqual([]);
});

it("runs programs and modules only as they were allowed, and repeats, shows and cancels single requests", async () => {
  const app = await start();
  const { archiveId } = app;
  writeFileSync(
    join(app.archive.path, "house.mjs"),
    'export default { fetch: async ({ kind }) => Buffer.from("from the house: " + kind) };',
  );
  const script = `if (JSON.parse(require("fs").readFileSync(0)).params.url === "slow") setInterval(() => {}, 1000); else console.log("printed");`;
  writeFileSync(join(app.archive.path, "vendor.cjs"), script);
  writeFileSync(
    app.config,
    `# of the desk\nsources:\n  vendor: { adapter: command, run: [${JSON.stringify(process.execPath)}, vendor.cjs] }\n  house: { adapter: module, file: house.mjs }\n`,
  );
  const trust = async (source: string) => {
    const { digest } = await app.call("trust.get", { archiveId, source });
    await app.call("trust.grant", { archiveId, source, digest });
  };
  const order = (source: string, ...urls: string[]) =>
    ({ archiveId, source, adapter: "mapped", cache: "bypass", requests: requestsFor(...urls) }) as const;
  for (const source of ["vendor", "house"]) {
    expect(await app.refused("fetch.start", order(source, "x"))).toMatchObject({ code: "TRUST_NEEDED" });
    await trust(source);
  }
  expect(await app.ended(await app.call("fetch.start", order("house", "x")))).toMatchObject([
    { status: "acquired", sizeBytes: 21 },
  ]);
  const job = await app.call("fetch.start", order("vendor", "slow", "x"));
  await expect
    .poll(async () => (await app.states(job.id)).map(({ status }) => status))
    .toEqual(["running", "acquired"]);
  await app.call("jobs.cancel", { jobId: job.id, item: 0 });
  expect(await app.ended(job)).toMatchObject([{ status: "cancelled" }, { status: "acquired" }]);
  expect((await app.job(job.id))?.state.status).toBe("succeeded");
  writeFileSync(join(app.archive.path, "vendor.cjs"), `${script} // changed`);
  expect(await app.refused("fetch.start", order("vendor", "x"))).toMatchObject({ code: "TRUST_NEEDED" });
  // A file that cannot be understood maps nothing, and says where.
  writeFileSync(app.config, "sources:\n  vendor: { adapter: telnet }\n");
  const { files } = await app.call("sources.configured", { archiveId });
  expect(files[0]?.problem).toMatch(/dataio\.config\.yaml:2:\d+: sources\.vendor\.adapter/);
  expect(await app.refused("fetch.start", order("vendor", "x"))).toMatchObject({
    code: "CONFIG_INVALID",
    details: { line: 2 },
  });
});

it("repeats what failed for a passing reason, and keeps secrets in the keychain where there is one", async () => {
  const turned = (bytes: Uint8Array) => Buffer.from(bytes).map((byte) => byte ^ 85);
  const keychain = {
    isUsable: async () => true,
    encrypt: async (text: string) => turned(Buffer.from(text)),
    decrypt: async (bytes: Uint8Array) => Buffer.from(turned(bytes)).toString(),
  };
  const dataDirectory = temporaryFolder();
  const first = await start({ dataDirectory, host: { kind: "desktop", keychain } });
  expect(await first.refused("secrets.set", { archiveId: null, name: "a b", value: SECRET })).toMatchObject({
    code: "PARAMS_INVALID",
  });
  expect(await first.refused("secrets.set", { archiveId: null, name: "DESK", value: "abc" })).toMatchObject({
    code: "PARAMS_INVALID",
  });
  expect(await first.call("secrets.set", { archiveId: null, name: "DESK", value: SECRET })).toMatchObject({
    kept: true,
  });
  expect(filesWith(dataDirectory, FORMS)).toEqual([]);

  let failures = 1;
  const origin = await serveLoopback((request, response) => {
    failures -= 1;
    response
      .writeHead(failures >= 0 ? 503 : 200)
      .end(request.headers["x-key"] === encodeURIComponent(SECRET) ? "yes" : "no");
  });
  const url = `${origin}/`;
  const app = await start({ dataDirectory, host: { kind: "desktop", keychain } });
  const { archiveId } = app;
  expect((await app.call("secrets.list", { archiveId })).secrets).toMatchObject([{ name: "DESK", place: "keychain" }]);
  const settings = {
    adapter: "http",
    baseUrl: url,
    query: { k: "${secret:DESK}" },
    retry: { times: 2, minDelay: "300ms" },
  };
  await app.call("sources.save", { archiveId, place: "user", source: "market", settings });
  const { digest } = await app.call("trust.get", { archiveId, source: "market" });
  await app.call("trust.grant", { archiveId, source: "market", digest });
  const job = await app.call("fetch.start", {
    archiveId,
    source: "market",
    adapter: "mapped",
    cache: "default",
    requests: requestsFor("x"),
  });
  expect(await app.ended(job)).toMatchObject([{ status: "acquired" }]);
  await app.call("secrets.remove", { archiveId, name: "DESK" });
  expect((await app.call("secrets.list", { archiveId })).secrets).toMatchObject([{ name: "DESK", place: null }]);
});

it("gives secrets to a source in headers, URLs and bodies, and to no file, export or log", async () => {
  const given = { HEAD: "h3ad-s3cret/+", DESK: SECRET, BODY: 'b0dy "s3cret"\\' };
  const forms = Object.values(given).flatMap((secret) => [
    secret,
    encodeURIComponent(secret),
    new URLSearchParams({ v: secret }).toString().slice(2),
    JSON.stringify(secret).slice(1, -1),
    Buffer.from(secret).toString("base64"),
  ]);
  const seen: string[] = [];
  const origin = await serveLoopback((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const { pathname, searchParams } = new URL(request.url ?? "", "http://x");
      const body = chunks.length === 0 ? null : JSON.parse(Buffer.concat(chunks).toString());
      seen.push(JSON.stringify([request.headers["x-key"], searchParams.get("key"), body]));
      if (pathname === "/gone") request.socket.destroy();
      else response.writeHead(200, { "x-you-sent": given.HEAD, "set-cookie": given.HEAD }).end(`answer ${seen.length}`);
    });
  });
  const url = `${origin}/`;
  const app = await start();
  const { archiveId } = app;
  for (const [name, value] of Object.entries(given)) await app.call("secrets.set", { archiveId, name, value });
  const settings = {
    adapter: "http",
    baseUrl: url,
    headers: { "x-key": "${secret:HEAD}" },
    query: { key: "${secret:DESK}" },
    body: { token: "${secret:BODY}" },
  };
  await app.call("sources.save", { archiveId, place: "archive", source: "market", settings });
  const { digest, lines } = await app.call("trust.get", { archiveId, source: "market" });
  expect(lines.map(({ text }) => text)).toEqual(["HEAD", "DESK", "BODY"].map((name) => `${name} is sent to ${url}`));
  await app.call("trust.grant", { archiveId, source: "market", digest });
  const post = { kind: "page", method: "POST", paramsJson: '{"url": "page"}', bodyJson: '{"page": 1.0}' } as const;
  const order = { archiveId, source: "market", adapter: "mapped", cache: "default" } as const;
  const job = await app.call("fetch.start", { ...order, requests: [...requestsFor("get", "gone"), post] });
  expect((await app.ended(job)).map(({ status }) => status)).toEqual(["acquired", "failed", "acquired"]);
  expect(seen).toContain(JSON.stringify([given.HEAD, given.DESK, null]));
  expect(seen).toContain(JSON.stringify([given.HEAD, given.DESK, { page: 1, token: given.BODY }]));
  const revealing = { ...post, bodyJson: JSON.stringify({ token: given.BODY }) };
  expect(await app.ended(await app.call("fetch.start", { ...order, requests: [revealing] }))).toMatchObject([
    { status: "failed", error: { code: "PARAMS_INVALID" } },
  ]);

  const out = temporaryFolder();
  for (const type of ["har", "ndjson", "archive"] as const) {
    const target = { type, path: join(out, type), existing: "refuse" } as const;
    const exported = await app.call("export.start", { archiveId, scope: { type: "archive" }, target });
    await app.ended(exported);
    expect((await app.job(exported.id))?.state.status).toBe("succeeded");
  }
  const shown = JSON.stringify([await app.call("jobs.list", {}), await app.call("sources.configured", { archiveId })]);
  await app.call("archives.close", { archiveId });
  for (const folder of [app.archive.path, app.dataDirectory, out]) expect(filesWith(folder, forms)).toEqual([]);
  expect([shown, ...app.logged].filter((text) => forms.some((form) => text.includes(form)))).toEqual([]);
});

it("trusts what was allowed from the command line, and moves what the app kept by itself into that file", async () => {
  const [dataDirectory, folder] = [temporaryFolder(), temporaryFolder()];
  const trustFile = join(folder, "mxm-dataio", "trusted.json");
  const old = { "/archives/old": ["a".repeat(64)] };
  writeFileSync(join(dataDirectory, "trusted.json"), JSON.stringify(old));
  const { call, archiveId, archive } = await start({ dataDirectory, trustFile });
  expect(JSON.parse(readFileSync(trustFile, "utf8"))).toEqual(old);
  expect(existsSync(join(dataDirectory, "trusted.json"))).toBe(false);

  const settings = { adapter: "command", run: [process.execPath, "-e", ""] };
  await call("sources.save", { archiveId, place: "archive", source: "house", settings });
  const question = await call("trust.get", { archiveId, source: "house" });
  expect(question.state).toBe("needed");
  await new TrustFile(trustFile).grant(archive.path, question.digest);
  expect(await call("trust.get", { archiveId, source: "house" })).toMatchObject({ state: "given" });
  await call("sources.save", { archiveId, place: "archive", source: "house", settings: { ...settings, cwd: ".." } });
  const changed = await call("trust.get", { archiveId, source: "house" });
  expect(changed.state).toBe("needed");
  await call("trust.grant", { archiveId, source: "house", digest: changed.digest });
  expect(await new TrustFile(trustFile).has(archive.path, changed.digest)).toBe(true);
});
