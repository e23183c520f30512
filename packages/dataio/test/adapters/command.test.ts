import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, realpathSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, vi } from "vitest";
import { type AdapterRequest, adapterRequest } from "../../src/adapters/adapter.ts";
import { CommandAdapter, type CommandAdapterOptions } from "../../src/adapters/command.ts";
import { Store, withSession } from "../../src/index.ts";
import { temporaryFolder } from "../archives.ts";

const POSIX = process.platform !== "win32";
/** Programs begin with these: the request as text, and what is usual in scripts. */
const HEAD = `
  const fs = require("node:fs");
  const { spawn } = require("node:child_process");
  const input = () => fs.readFileSync(0, "utf8");
  const meta = (value) => fs.writeSync(3, typeof value === "string" ? value : JSON.stringify(value));
`;

function node(script: string, options: Partial<CommandAdapterOptions> = {}): CommandAdapter {
  return new CommandAdapter({ run: [process.execPath, "-e", HEAD + script], ...options });
}

function request(paramsJson = "{}", bodyJson: string | null = null): AdapterRequest {
  return adapterRequest({ kind: "k", method: "GET", paramsJson, bodyJson });
}
const ask = (adapter: CommandAdapter, signal = new AbortController().signal, call = request()) =>
  adapter.fetch(call, { signal });

/** One that has ended but is not yet reaped by its parent is dead; not every container's first process reaps. */
const isAlive = (pid: number) => {
  try {
    process.kill(pid, 0);
    const stat = `/proc/${pid}/stat`;
    return !existsSync(stat) || !/\) Z /.test(readFileSync(stat, "utf8"));
  } catch {
    return false;
  }
};

describe("what the program is told", () => {
  it("is the request, its numbers with their very text, in ASCII", async () => {
    const params = '{"b":30.0,"a":12345678901234567890,"tiny":1e-07,"name":"Ä €\\ud83d\\ude00"}';
    const result = await ask(node("process.stdout.write(input())"), undefined, request(params, "[1.50]"));
    expect(Buffer.from(result.data).toString()).toBe(
      '{"verb":"fetch","kind":"k","method":"GET","params":{"b":30.0,"a":12345678901234567890,"tiny":1e-07,' +
        '"name":"\\u00c4 \\u20ac\\ud83d\\ude00"},"body":[1.50]}\n',
    );
  });

  it("has the bytes of a send, of any size", async () => {
    const payload = Buffer.alloc(3_000_001, "any byte \x00\xff", "latin1");
    const adapter = node('process.stdout.write(Buffer.from(JSON.parse(input()).payload_base64, "base64"))');
    const result = await adapter.send(request(), payload, { signal: new AbortController().signal });
    expect(Buffer.compare(result.data, payload)).toBe(0);
    const empty = await node("process.stdout.write(input())").send(request(), Buffer.alloc(0), {
      signal: new AbortController().signal,
    });
    expect(JSON.parse(Buffer.from(empty.data).toString())).toMatchObject({ verb: "send", payload_base64: "" });
  });

  it("may be left unread", async () => {
    const result = await node('process.stdin.destroy(); process.stdout.write("done")').send(
      request(),
      Buffer.alloc(5_000_000),
      { signal: new AbortController().signal },
    );
    expect(Buffer.from(result.data).toString()).toBe("done");
  });

  it("comes in the given folder, with this process's environment and what the options say", async () => {
    const cwd = realpathSync(temporaryFolder());
    const script =
      "process.stdout.write(JSON.stringify([process.cwd(), process.env.PATH, process.env.MORE, process.env.HOME]))";
    const result = await ask(node(script, { cwd, env: { MORE: "here", HOME: undefined } }));
    expect(JSON.parse(Buffer.from(result.data).toString())).toEqual([cwd, process.env.PATH, "here", null]);
  });

  it("passes no shell", async () => {
    const adapter = new CommandAdapter({ run: [process.execPath, "-p", "process.argv[1]", "$HOME; `id` | *"] });
    expect(Buffer.from((await ask(adapter)).data).toString()).toBe("$HOME; `id` | *\n");
  });
});

describe("what the program gives", () => {
  it("is archived byte for byte, with what it said about it and what was seen of it", async () => {
    using store = Store.create(temporaryFolder());
    const adapter = node(`
      process.stdout.write(Buffer.from([0, 255, 13, 10]));
      process.stderr.write("warning: slow\\n");
      meta({ content_type: "text/csv", encoding: "latin-1", transport_status: 203, url: "https://a.example/x",
        elapsed_ms: 12.5, headers: { etag: '"x"', "set-cookie": ["a", "b"] }, adapter_meta: { rows: 1 }, batch: 7, note: null });
    `);
    const response = await withSession({ store, source: "s", adapter, redact: null }, (session) =>
      session.fetch(session.request({ kind: "k" })),
    );
    expect([...(await store.readPayload(response.checksum ?? ""))]).toEqual([0, 255, 13, 10]);
    expect(response).toMatchObject({ status: "ok", resolution: "acquired" });
    expect(JSON.parse((await store.getResponseMetadata(response.id)) ?? "")).toEqual({
      content_type: "text/csv",
      encoding: "latin-1",
      transport_status: 203,
      url: "https://a.example/x",
      elapsed_ms: 12.5,
      headers: { etag: '"x"', "set-cookie": ["a", "b"] },
      adapter_meta: {
        rows: 1,
        batch: 7,
        note: null,
        command: [process.execPath, "-e", expect.any(String)],
        exit_code: 0,
        stderr: "warning: slow\n",
      },
    });
  });

  it("may be said in the file that the environment names, also by putting a new one in its place", async () => {
    const result = await ask(
      node(`
        const path = process.env.DATAIO_METADATA_FILE;
        fs.writeFileSync(path + ".new", '{"content_type":"text/plain"}');
        // Windows keeps the file in its place, for this process has it open.
        if (process.platform === "win32") fs.copyFileSync(path + ".new", path);
        else fs.renameSync(path + ".new", path);
      `),
    );
    expect(result).toMatchObject({ contentType: "text/plain", transportStatus: 0, status: undefined });
    expect(result.data).toHaveLength(0);
  });

  it("keeps an exact number, and __proto__ as a key like any other", async () => {
    const { adapterMeta } = await ask(node(`meta('{"x":30.0,"__proto__":{"polluted":true}}')`));
    expect(adapterMeta?.x).toMatchObject({ text: "30.0" });
    expect(Object.keys(adapterMeta ?? {})).toContain("__proto__");
    expect(Object.hasOwn(Object.prototype, "polluted")).toBe(false);
  });

  it.each([
    ["{", "not JSON"],
    ['{"a":NaN}', "not JSON"],
    ["[]", "not an object"],
    ['{"content_type":1}', '"content_type" that is no text'],
    ['{"transport_status":"200"}', '"transport_status" that is no number'],
    ['{"headers":{"a":[1]}}', 'header "a"'],
    ['{"adapter_meta":[]}', '"adapter_meta"'],
    ['{"exit_code":0}', '"exit_code"'],
    ['{"a":1,"adapter_meta":{"a":2}}', '"a" in two places'],
  ])("that says %s fails, and what it printed is kept", async (text, problem) => {
    const result = await ask(node(`process.stdout.write("data"); meta(${JSON.stringify(text)})`));
    expect(result.status).toBe("error");
    expect(Buffer.from(result.data).toString()).toBe("data");
    expect(result.adapterMeta).toMatchObject({ exit_code: 0, metadata_text: text });
    expect(result.adapterMeta?.problem).toContain(problem);
  });
});

describe("a program that fails", () => {
  it("has what it printed kept as an answer that is an error, and is never found by a cache", async () => {
    using store = Store.create(temporaryFolder());
    const adapter = node('process.stdout.write("half"); console.error("lost the line"); process.exitCode = 3');
    await withSession({ store, source: "s", adapter }, async (session) => {
      const response = await session.fetch(session.request({ kind: "k" }));
      expect(response).toMatchObject({ status: "error", resolution: "failed" });
      expect((await store.readPayload(response.checksum ?? "")).toString()).toBe("half");
      expect(JSON.parse((await store.getResponseMetadata(response.id)) ?? "")).toMatchObject({
        transport_status: 3,
        adapter_meta: {
          exit_code: 3,
          stderr: "lost the line\n",
          problem: `${process.execPath} ended with exit code 3.`,
        },
      });
      expect(
        await store.getCachedResponseByRequestHash(session.request({ kind: "k" }).hash ?? "", "s"),
      ).toBeUndefined();
    });
  });

  it("and gave nothing, is an error with its exit code and the end of what it said", async () => {
    const script = 'console.error("x".repeat(100_000) + "the reason"); process.exitCode = 7';
    await expect(ask(node(script, { stderrLimitBytes: 20 }))).rejects.toMatchObject({
      code: "ADAPTER_FAILED",
      message: `${process.execPath} ended with exit code 7.`,
      details: { exit_code: 7, exit_signal: null, stderr: "xxxxxxxxxthe reason\n" },
    });
  });

  it.runIf(POSIX)("through a signal from elsewhere", async () => {
    await expect(ask(node('process.kill(process.pid, "SIGKILL")'))).rejects.toMatchObject({
      code: "ADAPTER_FAILED",
      details: { exit_code: null, exit_signal: "SIGKILL" },
    });
  });

  it("keeps the metadata of an empty answer", async () => {
    const result = await ask(node('meta({ headers: { "retry-after": "5" } }); process.exitCode = 1'));
    expect(result).toMatchObject({ status: "error", headers: { "retry-after": "5" } });
  });

  it("to start says why", async () => {
    await expect(ask(new CommandAdapter({ run: ["no-such-program-here"] }))).rejects.toMatchObject({
      code: "NOT_FOUND",
      message: expect.stringContaining("no program no-such-program-here"),
    });
    await expect(ask(node("", { cwd: join(temporaryFolder(), "none") }))).rejects.toMatchObject({
      code: "NOT_FOUND",
      message: expect.stringContaining("folder"),
    });
  });

  it.runIf(POSIX)("to start for want of a permission", async () => {
    const path = join(temporaryFolder(), "plain.txt");
    writeFileSync(path, "no program");
    await expect(ask(new CommandAdapter({ run: [path] }))).rejects.toMatchObject({ code: "ACCESS_DENIED" });
  });
});

describe("a program that goes on", () => {
  /** Starts a child that ignores SIGTERM, and ignores it itself; their process ids come in the folder. */
  const stubborn = (folder: string) => `
    process.on("SIGTERM", () => {});
    if (process.env.DEPTH === "1") {
      fs.writeFileSync(${JSON.stringify(join(folder, "child"))}, String(process.pid));
    } else {
      spawn(process.execPath, ["-e", process.execArgv[1]], { env: { ...process.env, DEPTH: "1" }, stdio: "inherit" });
      fs.writeFileSync(${JSON.stringify(join(folder, "parent"))}, String(process.pid));
    }
    process.stdout.write("some");
    console.error("still at it");
    setInterval(() => {}, 1000);
  `;
  const pids = (folder: string) =>
    ["parent", "child"].map((name) => {
      const path = join(folder, name);
      return existsSync(path) ? Number(readFileSync(path, "utf8")) : 0;
    });

  it.runIf(POSIX)("is ended when cancelled, with all that it started", async () => {
    const folder = temporaryFolder();
    const controller = new AbortController();
    const asking = ask(node(stubborn(folder), { graceMs: 50 }), controller.signal);
    const outcome = expect(asking).rejects.toMatchObject({
      code: "CANCELLED",
      cause: "enough",
      details: { stderr: expect.stringContaining("still at it") },
    });
    await expect.poll(() => pids(folder).every((pid) => pid > 0)).toBe(true);
    controller.abort("enough");
    await outcome;
    await expect.poll(() => pids(folder).map(isAlive)).toEqual([false, false]);
  });

  it.runIf(process.platform === "linux")("is ended with what left its group, and what that started", async () => {
    const folder = temporaryFolder();
    const leaving = `
      if ((process.env.DEPTH ?? "") !== "xx") {
        const child = spawn(process.execPath, ["-e", process.execArgv[1]], {
          env: { ...process.env, DEPTH: (process.env.DEPTH ?? "") + "x" }, stdio: "ignore", detached: true });
        fs.writeFileSync(${JSON.stringify(folder)} + "/" + (process.env.DEPTH ? "child" : "parent"), String(child.pid));
      }
      setInterval(() => {}, 1000);
    `;
    const controller = new AbortController();
    const outcome = expect(ask(node(leaving, { graceMs: 50 }), controller.signal)).rejects.toMatchObject({
      code: "CANCELLED",
    });
    await expect.poll(() => pids(folder).every((pid) => pid > 0), { timeout: 10_000 }).toBe(true);
    controller.abort();
    await outcome;
    await expect.poll(() => pids(folder).map(isAlive)).toEqual([false, false]);
  });

  it("is ended when its time is up", async () => {
    const adapter = node('console.error("waiting"); setInterval(() => {}, 1000)', { timeoutMs: 300, graceMs: 50 });
    await expect(ask(adapter)).rejects.toMatchObject({ code: "TIMEOUT", details: { timeout_ms: 300 } });
  });

  it("is ended when it prints too much", async () => {
    const adapter = node('setInterval(() => process.stdout.write("x".repeat(10_000)), 1)', { maxBytes: 100_000 });
    await expect(ask(adapter)).rejects.toMatchObject({ code: "TOO_LARGE", details: { limitBytes: 100_000 } });
    const exact = await ask(node('process.stdout.write("x".repeat(100_000))', { maxBytes: 100_000 }));
    expect(exact.data).toHaveLength(100_000);
  });

  it("is ended when the adapter is closed, which then runs nothing more", async () => {
    const folder = temporaryFolder();
    const adapter = node('fs.writeFileSync("pid", String(process.pid)); setInterval(() => {}, 1000)', { cwd: folder });
    const outcome = expect(ask(adapter)).rejects.toMatchObject({ code: "CLOSED" });
    const pid = () => (existsSync(join(folder, "pid")) ? Number(readFileSync(join(folder, "pid"), "utf8")) : 0);
    await expect.poll(pid).toBeGreaterThan(0);
    await adapter.close();
    expect(isAlive(pid())).toBe(false);
    await outcome;
    await expect(ask(adapter)).rejects.toMatchObject({ code: "CLOSED" });
  });

  it("is not started at all for a call that was cancelled before", async () => {
    const folder = temporaryFolder();
    const adapter = node('fs.writeFileSync("ran", "")', { cwd: folder });
    await expect(ask(adapter, AbortSignal.abort())).rejects.toMatchObject({ code: "CANCELLED" });
    expect(readdirSync(folder)).toEqual([]);
  });

  it.runIf(POSIX)("through a child that holds its output gives an answer that may lack something", async () => {
    const adapter = node(
      `
        const child = spawn("sleep", ["60"], { stdio: ["ignore", "inherit", "inherit"], detached: true });
        console.error(child.pid);
        child.unref();
        process.stdout.write("so far");
      `,
      { graceMs: 50 },
    );
    const result = await ask(adapter);
    process.kill(Number(result.adapterMeta?.stderr), "SIGKILL");
    expect(Buffer.from(result.data).toString()).toBe("so far");
    expect(result).toMatchObject({ status: "partial", adapterMeta: { exit_code: 0, output_left_open: true } });
  });

  it.runIf(POSIX)("through a child that holds only its stderr is whole", async () => {
    const script = `
      const child = spawn("sleep", ["60"], { stdio: ["ignore", "ignore", "inherit"], detached: true });
      console.error(child.pid);
      child.unref();
      process.stdout.write("all");
    `;
    const result = await ask(node(script, { graceMs: 50 }));
    process.kill(Number(result.adapterMeta?.stderr), "SIGKILL");
    expect(result.status).toBeUndefined();
    expect(Buffer.from(result.data).toString()).toBe("all");
  });
});

describe("CommandAdapter", () => {
  it("leaves no file behind", async () => {
    const scratch = join(temporaryFolder(), "tmp");
    mkdirSync(scratch);
    for (const name of ["TMPDIR", "TEMP", "TMP"]) vi.stubEnv(name, scratch);
    try {
      expect(tmpdir()).toBe(scratch);
      const seen = await ask(node("process.stdout.write(process.env.DATAIO_METADATA_FILE)"));
      expect(Buffer.from(seen.data).toString().startsWith(scratch)).toBe(true);
      await expect(ask(node("process.exitCode = 1"))).rejects.toMatchObject({ code: "ADAPTER_FAILED" });
      expect(readdirSync(scratch)).toEqual([]);
    } finally {
      vi.unstubAllEnvs();
    }
  });

  it.each([
    { run: [""] as const },
    { run: ["a\0b"] as const },
    { run: ["a"] as const, timeoutMs: 0 },
    { run: ["a"] as const, maxBytes: Number.NaN },
  ])("refuses options %j", (options) => {
    expect(() => new CommandAdapter(options)).toThrow(expect.objectContaining({ code: "PARAMS_INVALID" }));
  });

  it("describes itself without its arguments", () => {
    expect(new CommandAdapter({ run: ["fetch-prices", "--key=secret"] }).describe()).toBe("Command fetch-prices");
  });

  it.runIf(hasPython())("runs a fetcher in Python, whose floats stay floats", async () => {
    const script = [
      "import json, os, sys",
      "request = json.load(sys.stdin)",
      'sys.stdout.buffer.write(json.dumps(request["params"]).encode())',
      'with open(3, "w") as file:',
      '    json.dump({"content_type": "application/json"}, file)',
    ].join("\n");
    const adapter = new CommandAdapter({ run: ["python3", "-c", script] });
    const result = await ask(adapter, undefined, request('{"price":30.0,"id":12345678901234567890}'));
    expect(result.contentType).toBe("application/json");
    expect(Buffer.from(result.data).toString()).toBe('{"price": 30.0, "id": 12345678901234567890}');
  });
});

function hasPython(): boolean {
  try {
    execFileSync("python3", ["--version"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}
