import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import Database from "better-sqlite3";
import { describe, expect, it, onTestFinished } from "vitest";
import { WebSocketServer } from "ws";
import { Store } from "../../src/store.ts";
import { temporaryFolder } from "../archives.ts";
import { isWindows, NO_SIGNALS } from "../platform.ts";
import { dataio, ended, linesOf, rowsOf, startDataio } from "./command.ts";
import { runHere } from "./in-process.ts";

interface Outcome {
  readonly kind: string;
  readonly state: "fulfilled" | "rejected";
  readonly response?: { readonly id: string; readonly resolution: string; readonly status: string };
  readonly error?: { readonly code: string };
}

function newArchive(): string {
  const root = join(temporaryFolder(), "archive");
  Store.create(root).close();
  return root;
}

/** A server that answers `/slow` never, `/missing` with 404, and everything else with what it was asked. */
async function startServer(): Promise<{ url: string; requests: IncomingMessage[] }> {
  const requests: IncomingMessage[] = [];
  const server = createServer((request, response) => {
    requests.push(request);
    if (request.url === "/slow") return;
    response.writeHead(request.url === "/missing" ? 404 : 200, { "content-type": "application/json" });
    response.end(JSON.stringify({ url: request.url }));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, requests };
}

function rows<T>(archive: string, sql: string): T[] {
  const db = new Database(join(archive, "dataio.sqlite"), { readonly: true });
  try {
    return db.prepare<[], T>(sql).all();
  } finally {
    db.close();
  }
}

describe("dataio fetch", () => {
  it("archives what a source answers, with the text of numbers, and answers again from the archive", async () => {
    const archive = newArchive();
    const { url, requests } = await startServer();
    const secret = "tok-8c1f2a";
    const ask = ["fetch", "-a", archive, "--source", "s", "--kind", "k", "--header", `Authorization: Bearer ${secret}`];
    const params = `{"url": "${url}/a", "limit": 30.0}`;
    const first = await dataio([...ask, "--params", params, "--ndjson"]);
    const second = await dataio([...ask, "--params-file", "-"], { input: params });
    const [outcome] = rowsOf<Outcome>(first);
    expect(outcome).toMatchObject({
      kind: "k",
      state: "fulfilled",
      response: { resolution: "acquired", status: "ok" },
    });
    expect(second.stdout).toContain(`reused`);
    expect(second.stdout).toContain(outcome?.response?.id);
    expect([first.code, second.code]).toEqual([0, 0]);
    expect(requests.map((request) => request.headers.authorization)).toEqual([`Bearer ${secret}`]);
    expect(rows(archive, "SELECT params_json FROM requests")).toEqual([
      { params_json: `{"limit":30.0,"url":"${url}/a"}` },
    ]);
    expect(rows(archive, "SELECT COUNT(*) AS n FROM sessions WHERE ended_at IS NULL")).toEqual([{ n: 0 }]);
    const everything = readdirSync(archive, { recursive: true, encoding: "utf8" }).map((name) => join(archive, name));
    for (const path of everything.filter((name) => /\.(sqlite|bin|json)$/.test(name))) {
      expect(readFileSync(path).includes(secret), path).toBe(false);
    }
  });

  it("fetches the requests of a file, says what became of each, and fails when one does", async () => {
    const archive = newArchive();
    const { url } = await startServer();
    const file = join(temporaryFolder(), "requests.ndjson");
    const line = (kind: string, path: string) => JSON.stringify({ kind, params: { url: url + path } });
    writeFileSync(file, `${line("a", "/a")}\n\n${line("b", "/missing")}\n${line("c", "/c")}\n`);
    const many = await runHere([
      "fetch",
      "-a",
      archive,
      "--source",
      "s",
      "--file",
      file,
      "--concurrency",
      "2",
      "--ndjson",
    ]);
    expect(many.code).toBe(1);
    expect(many.stderr).toMatch(
      /^dataio: 1 of 3 failed, the first \(line 3\): the source answered with an error, which is archived as response \S+\n$/,
    );
    expect(rowsOf<Outcome>(many).map(({ kind, response }) => [kind, response?.resolution])).toEqual([
      ["a", "acquired"],
      ["b", "failed"],
      ["c", "acquired"],
    ]);
    writeFileSync(file, `${line("a", "/a")}\n{"kind": "b", "parms": {}}\n`);
    const wrong = await runHere(["fetch", "-a", archive, "--source", "s", "--file", file]);
    expect(wrong.code).toBe(2);
    expect(wrong.stderr).toMatch(/^dataio: line 2 of .* has "parms"; known are kind, .*\n$/);
    expect(rows(archive, "SELECT COUNT(*) AS n FROM sessions")).toEqual([{ n: 1 }]);
  });

  it("tells of each request as soon as it has ended, and of the rest when it is interrupted", async ({ skip }) => {
    skip(isWindows, NO_SIGNALS);
    const archive = newArchive();
    const { url } = await startServer();
    const file = join(temporaryFolder(), "requests.ndjson");
    const lines = ["/a", "/slow", "/b"].map((path) => JSON.stringify({ kind: path, params: { url: url + path } }));
    writeFileSync(file, lines.join("\n"));
    const child = startDataio(["fetch", "-a", archive, "--source", "s", "--file", file, "--ndjson"]);
    let seen = "";
    child.stdout.on("data", (chunk: Buffer) => {
      seen += chunk.toString();
    });
    const end = ended(child);
    await expect.poll(() => linesOf(seen).length).toBe(1);
    child.kill("SIGTERM");
    const result = await end;
    expect(result.code).toBe(130);
    const told = rowsOf<Outcome & { readonly line: number }>(result);
    expect(told.map(({ line, kind, error }) => [line, kind, error?.code])).toEqual([
      [1, "/a", undefined],
      [2, "/slow", "CANCELLED"],
      [3, "/b", undefined],
    ]);
  });

  it("runs a program and reads files, and tells failures apart by its exit code", async () => {
    const archive = newArchive();
    const folder = temporaryFolder();
    writeFileSync(join(folder, "in.csv"), "a,b\n");
    const ask = (...more: string[]) =>
      runHere(["fetch", "-a", archive, "--source", "s", "--kind", "k", "--ndjson", ...more], { cwd: folder });
    const script = "process.stdin.pipe(process.stdout)";
    const [command, file, absent, cached, unfit, refused] = await Promise.all([
      ask("--adapter", "command", "--", process.execPath, "-e", script),
      ask("--adapter", "local-file", "--params", '{"path": "in.csv"}'),
      ask("--adapter", "local-file", "--params", '{"path": "no.csv"}'),
      ask("--cache", "only-if-cached", "--params", '{"url": "http://127.0.0.1:1/"}'),
      ask("--adapter", "local-file", "--header", "A: b", "--params", "{}"),
      ask("--params", '{"url": "http://127.0.0.1:1/"}'),
    ]);
    expect([command, file, absent, cached, unfit, refused].map(({ code }) => code)).toEqual([0, 0, 3, 3, 2, 1]);
    expect(rowsOf<Outcome>(cached)[0]?.error?.code).toBe("CACHE_MISS");
    expect(rowsOf<Outcome>(refused)[0]?.error?.code).toBe("NETWORK_FAILED");
    expect(JSON.parse(unfit.stderr).error.message).toBe("the adapter local-file does not understand --header");
    expect(refused.stderr).toMatch(/^dataio: .*127\.0\.0\.1:1.*\n$/);
    const failing = "console.error('first'); console.error('no such day'); process.exitCode = 3";
    const failed = await ask("--adapter", "command", "--cache", "bypass", "--", process.execPath, "-e", failing);
    expect(failed.code).toBe(1);
    expect(failed.stderr).toMatch(/ended with exit code 3, and said last: no such day\n$/);
  });

  it("takes text from files as it is: without a byte order mark, and not at all when it is no UTF-8", async () => {
    const archive = newArchive();
    const folder = temporaryFolder();
    const ask = ["fetch", "-a", archive, "--source", "s", "--kind", "k", "--adapter", "command"];
    const echo = ["--", process.execPath, "-e", "process.stdin.pipe(process.stdout)"];
    writeFileSync(join(folder, "marked"), '\ufeff{"a": "é"}');
    writeFileSync(join(folder, "latin"), Buffer.from('{"kind": "k", "params": {"a": "é"}}', "latin1"));
    const marked = await runHere([...ask, "--params-file", join(folder, "marked"), ...echo]);
    const latin = await runHere([...ask, "--file", join(folder, "latin"), ...echo]);
    const input = await runHere([...ask, "--params-file", "-", ...echo], { input: Buffer.from([0x22, 0xe9, 0x22]) });
    expect([marked.code, latin.code, input.code]).toEqual([0, 2, 2]);
    expect(latin.stderr).toMatch(/^dataio: .*latin is not UTF-8\n$/);
    expect(input.stderr).toBe("dataio: standard input is not UTF-8\n");
    expect(rows(archive, "SELECT params_json FROM requests")).toEqual([{ params_json: '{"a":"\\u00e9"}' }]);
  });

  it("takes from standard input one thing, not two", async () => {
    const ask = ["fetch", "-a", newArchive(), "--source", "s", "--kind", "k", "--params-file", "-", "--body-file", "-"];
    const { code, stderr } = await runHere(ask, { input: "{}" });
    expect(code).toBe(2);
    expect(stderr).toMatch(/^dataio: standard input can be one thing only/);
  });

  it("leaves a clean archive when it is interrupted", async ({ skip }) => {
    skip(isWindows, NO_SIGNALS);
    const archive = newArchive();
    const { url, requests } = await startServer();
    const child = startDataio([
      "fetch",
      "-a",
      archive,
      "--source",
      "s",
      "--kind",
      "k",
      "--params",
      `{"url": "${url}/slow"}`,
    ]);
    const end = ended(child);
    await expect.poll(() => requests.length).toBe(1);
    child.kill("SIGINT");
    const result = await end;
    expect(result.code).toBe(130);
    expect(result.stderr).toMatch(/^dataio: .*\n$/);
    expect(existsSync(join(archive, "dataio.sqlite-wal"))).toBe(false);
    const ends = "SELECT ended_at IS NOT NULL AS ended FROM sessions";
    expect(rows(archive, ends)).toEqual([{ ended: 1 }]);
    const asks = rows<{ kind: string; error_json: string }>(archive, "SELECT kind, error_json FROM resolutions");
    expect(asks).toHaveLength(1);
    expect(asks[0]?.kind).toBe("failed");
    expect(JSON.parse(asks[0]?.error_json ?? "null")).toMatchObject({ code: "CANCELLED" });
  });
});

describe("what is secret", () => {
  it("is in no error, whatever the error says", async () => {
    const secret = "tok-8c1f2a";
    const params = `{"url": "http://127.0.0.1:1/${secret}"}`;
    const ask = ["fetch", "-a", newArchive(), "--source", "s", "--kind", "k", "--params", params];
    const asked = [...ask, "--header", `X-Key: ${secret}`];
    for (const args of [
      asked,
      [...asked, "--json"],
      [...asked, "--adapter", "local-file"],
      [...ask, "--header", secret],
    ]) {
      const { code, stdout, stderr } = await runHere(args);
      expect(code).not.toBe(0);
      expect(stderr).toMatch(/^(dataio: |\{"error").*\n$/);
      expect(stdout + stderr).not.toContain(secret);
    }
  });

  it("is not looked for in a header that is too short for one, or the rest could not be read", async () => {
    const ask = ["fetch", "-a", newArchive(), "--source", "s", "--kind", "k", "--header", "X-Version: 1"];
    const { stderr } = await runHere([...ask, "--params", '{"url": "http://127.0.0.1:1/"}']);
    expect(stderr).toContain("127.0.0.1:1");
  });
});

describe("dataio send", () => {
  it("sends the bytes of an option, a file or standard input, and keeps them", async () => {
    const archive = newArchive();
    const folder = temporaryFolder();
    const file = join(folder, "data.bin");
    const bytes = Buffer.from([0, 255, 10, 13]);
    writeFileSync(file, bytes);
    const script = "process.stdin.resume().on('end', () => process.stdout.write('ack'))";
    const send = (more: readonly string[], input?: Uint8Array) =>
      runHere(
        [
          "send",
          "-a",
          archive,
          "--source",
          "s",
          "--kind",
          "k",
          "--adapter",
          "command",
          ...more,
          "--",
          process.execPath,
          "-e",
          script,
        ],
        input === undefined ? {} : { input },
      );
    const results = [await send(["--data", "é"]), await send(["--data-file", file]), await send([], bytes)];
    expect(results.map(({ code }) => code)).toEqual([0, 0, 0]);
    expect(results[0]?.stdout).toMatch(/acquired +ack/);
    const sent = rows<{ sent_checksum: string }>(archive, "SELECT sent_checksum FROM resolutions ORDER BY started_at");
    const kept = sent.map((row) => readFileSync(join(archive, "responses", `${row.sent_checksum}.bin`)));
    expect(kept).toEqual([Buffer.from("é"), bytes, bytes]);

    const checksum = sent[1]?.sent_checksum ?? "";
    const [back, shown, exported] = [
      await runHere(["cat", checksum.slice(0, 12), "-a", archive]),
      await runHere(["show", checksum, "-a", archive, "--json"]),
      await runHere(["export", checksum, "-a", archive, "--to", join(folder, "out"), "--ndjson"]),
    ];
    expect(back.bytes).toEqual(bytes);
    expect(JSON.parse(shown.stdout)).toMatchObject({ type: "resolution", resolution: { sentChecksum: checksum } });
    const written: { file: string } = JSON.parse(exported.stdout);
    expect(written).toMatchObject({ id: null, checksum, sizeBytes: bytes.length, error: null });
    expect(readFileSync(join(folder, "out", written.file))).toEqual(bytes);
  });
});

describe("dataio stream", () => {
  async function startFeed(before = ""): Promise<string> {
    const server = new WebSocketServer({ host: "127.0.0.1", port: 0 });
    server.on("connection", (socket) => {
      let n = 0;
      const timer = setInterval(() => socket.send(before + JSON.stringify({ n: n++ })), 10);
      socket.on("close", () => clearInterval(timer));
    });
    await new Promise((resolve) => server.once("listening", resolve));
    onTestFinished(() => {
      for (const client of server.clients) client.terminate();
      server.close();
    });
    return `ws://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  }

  it("prints what it archives, ends after so many messages, and ends cleanly when it is interrupted", async ({
    skip,
  }) => {
    const archive = newArchive();
    const params = JSON.stringify({ url: await startFeed() });
    const ask = ["stream", "-a", archive, "--source", "feed", "--kind", "ticks", "--params", params];
    const some = await dataio([...ask, "--limit", "3"]);
    expect(some.code).toBe(0);
    expect(rowsOf<{ status: string; text: string }>(some).map(({ status, text }) => `${status} ${text}`)).toEqual([
      "stream_open ",
      'stream_message {"n":0}',
      'stream_message {"n":1}',
      'stream_message {"n":2}',
    ]);

    skip(isWindows, NO_SIGNALS);
    const child = startDataio([...ask, "--raw"]);
    let seen = "";
    child.stdout.on("data", (chunk: Buffer) => {
      seen += chunk.toString();
    });
    const end = ended(child);
    await expect.poll(() => linesOf(seen).length).toBeGreaterThan(2);
    child.kill("SIGTERM");
    const result = await end;
    expect(result.code).toBe(130);
    expect(linesOf(result.stdout).slice(0, 2)).toEqual(['{"n":0}', '{"n":1}']);
    const closed = "SELECT COUNT(*) AS n FROM responses WHERE status = 'stream_closed'";
    expect(rows(archive, closed)).toEqual([{ n: 2 }]);
    expect(rows(archive, "SELECT COUNT(*) AS n FROM sessions WHERE ended_at IS NULL")).toEqual([{ n: 0 }]);
    expect(rows(archive, "SELECT DISTINCT mode FROM sessions")).toEqual([{ mode: "async" }]);
  });

  it("ends the subscription when nobody reads any more, and shows a terminal hostile messages as text", async () => {
    const archive = newArchive();
    const params = JSON.stringify({ url: await startFeed("\u001b]0;owned\u0007") });
    const ask = ["stream", "-a", archive, "--source", "feed", "--kind", "ticks", "--params", params];
    const child = startDataio(ask);
    child.stdout.once("data", () => child.stdout.destroy());
    expect(await ended(child)).toMatchObject({ code: 0, stderr: "" });
    const last = "SELECT status FROM responses ORDER BY rowid DESC LIMIT 1";
    expect(rows(archive, last)).toEqual([{ status: "stream_closed" }]);
    expect(rows(archive, "SELECT COUNT(*) AS n FROM sessions WHERE ended_at IS NULL")).toEqual([{ n: 0 }]);

    const shown = await runHere([...ask, "--raw", "--limit", "1"], { columns: 80 });
    expect(shown.stdout).toBe('\\u001b]0;owned\\u0007{"n":0}\n');
    const piped = await runHere([...ask, "--raw", "--limit", "1"]);
    expect(piped.stdout).toBe('\u001b]0;owned\u0007{"n":0}\n');
  });
});
