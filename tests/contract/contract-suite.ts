/**
 * What a renderer may rely on, whatever carries its messages. The same suite runs over every transport; a file beside
 * this one makes the pair for each.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { DataioError } from "@mxm/dataio";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Backend } from "../../src/backend/backend.ts";
import { type CallContext, createDispatch, type Handlers } from "../../src/backend/dispatch.ts";
import { CallError, type Client, createClient } from "../../src/shared/client.ts";
import type { EventName, Events, FolderListing, Job } from "../../src/shared/contract.ts";
import { DEFAULT_SETTINGS } from "../../src/shared/default-settings.ts";
import type { ClientTransport } from "../../src/shared/wire.ts";
import { refusingHandlers } from "../helpers/refusing-handlers.ts";

export type BridgeBackend = Pick<Backend, "dispatch" | "onEvent">;

/** A renderer's end that is connected to a backend. */
export interface ContractPair {
  readonly client: ClientTransport;
  /** True when the renderer lives on after the connection is cut, and hears of it. */
  readonly outlivesHost: boolean;
  /** Sends anything at all, as a broken or hostile renderer would. */
  sendRaw(message: unknown): void;
  /** Cuts the connection, as a closed window or a lost network does. */
  disconnect(): void;
  /** Frees everything that the pair holds. */
  close(): Promise<void>;
}

/** Connects a renderer's end to `backend`. */
export type MakePair = (backend: BridgeBackend) => Promise<ContractPair>;

/** A backend whose handlers the tests steer. */
class SteeredBackend implements BridgeBackend {
  readonly logged: unknown[] = [];
  readonly folders = new Map<string, PromiseWithResolvers<FolderListing>>();
  /** Signals of `payloads.check`, which runs until it is aborted. */
  readonly checks: AbortSignal[] = [];
  readonly #listeners = new Set<(name: EventName, payload: unknown) => void>();
  readonly dispatch = createDispatch(this.#handlers(), (_message, cause) => void this.logged.push(cause));

  onEvent(listener: (name: EventName, payload: unknown) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  emit<E extends EventName>(name: E, payload: Events[E]): void {
    for (const listener of this.#listeners) listener(name, payload);
  }

  get listenerCount(): number {
    return this.#listeners.size;
  }

  /** The answer that the folder listing of `path` waits for. */
  folder(path: string): PromiseWithResolvers<FolderListing> {
    const known = this.folders.get(path) ?? Promise.withResolvers<FolderListing>();
    this.folders.set(path, known);
    return known;
  }

  #handlers(): Handlers {
    return refusingHandlers({
      "app.info": () => ({
        version: "1.2.3",
        host: "web",
        readOnly: false,
        nativeDialogs: false,
        platform: "linux",
        settings: { ...DEFAULT_SETTINGS, theme: "dark", panes: { main: { list: 12.5 } } },
        initialArchive: "/données/été",
      }),
      "archives.recent": async () => [],
      "archives.forget": ({ path }) => [{ path, name: "n", openedAt: "2026-01-01T00:00:00Z", exists: true }],
      "archives.get": ({ archiveId }) => fail(archiveId),
      "archives.close": () => null,
      "folders.list": ({ path }) => this.folder(path ?? "").promise,
      "payloads.check": (_params, { signal }: CallContext) => {
        this.checks.push(signal);
        return new Promise((_resolve, reject) => {
          signal.addEventListener("abort", () => reject(new Error("the read ended early")));
        });
      },
      "jobs.list": () => [job(1)],
      "jobs.cancel": () => null,
    });
  }
}

const DEFECT = new TypeError("handler defect");

async function fail(how: string): Promise<never> {
  switch (how) {
    case "refused":
      throw new DataioError("READ_ONLY", "The archive is open for reading", { details: { path: "/a", tries: 2 } });
    case "defect":
      throw DEFECT;
    case "text":
      throw "just a text";
    default:
      throw new DOMException("given up", "AbortError");
  }
}

function job(done: number): Job {
  const detail = { kind: "sample", step: "Fetching", path: null } as const;
  const state = { status: "running", done, total: 10 } as const;
  const startedAt = "2026-01-01T00:00:00Z";
  return { id: "job-1", title: "Sample", startedAt, endedAt: null, state, archivePath: null, detail };
}

function listing(path: string): FolderListing {
  return { path, parent: null, isArchive: false, folders: [], files: [], truncated: false };
}

/** The error of a call that has to fail. */
async function errorOf(call: Promise<unknown>): Promise<CallError> {
  const outcome = await call.then(
    (value) => new Error(`the call succeeded with ${JSON.stringify(value)}`),
    (error: unknown) => error,
  );
  if (outcome instanceof CallError) return outcome;
  throw outcome;
}

const CHECK = { archiveId: "a", checksum: "0".repeat(64) };

/** Defines the suite for one kind of transport. */
export function contractSuite(name: string, makePair: MakePair): void {
  describe(`the contract over ${name}`, () => {
    let backend: SteeredBackend;
    let pair: ContractPair;
    let client: Client;

    beforeEach(async () => {
      backend = new SteeredBackend();
      pair = await makePair(backend);
      client = createClient(pair.client);
    });
    afterEach(() => pair.close());

    /** What comes back for a call that the typed client would not let through. */
    function rawCall(id: number, method: string, params: unknown): Promise<unknown> {
      return new Promise((resolve) => {
        const stop = pair.client.onMessage((message) => {
          if (message.type !== "result" || message.id !== id) return;
          stop();
          resolve(message);
        });
        pair.sendRaw({ type: "call", id, method, params });
      });
    }

    describe("calls", () => {
      it("answers with the handler's value, whatever text and numbers it holds", async () => {
        const info = await client.call("app.info", {});
        expect(info).toMatchObject({ version: "1.2.3", initialArchive: "/données/été" });
        expect(info.settings.panes).toEqual({ main: { list: 12.5 } });
      });

      it("hands the params to the handler", async () => {
        const path = '/tmp/\u0000 \u2028 😀 "quoted" \\';
        expect(await client.call("archives.forget", { path })).toMatchObject([{ path }]);
      });

      it("answers null where there is nothing to say", async () => {
        expect(await client.call("archives.close", { archiveId: "a" })).toBeNull();
      });

      it("drops params that the method does not know", async () => {
        expect(await rawCall(900, "archives.close", { archiveId: "a", more: [1] })).toMatchObject({ ok: true });
      });

      it("runs several at once and answers each as soon as it is done", async () => {
        const paths = ["/1", "/2", "/3", "/4"];
        const arrived: string[] = [];
        const calls = paths.map(async (path) => {
          const answer = await client.call("folders.list", { path });
          arrived.push(answer.path);
        });
        await expect.poll(() => backend.folders.size).toBe(paths.length);
        for (const path of ["/3", "/1", "/4", "/2"]) {
          backend.folder(path).resolve(listing(path));
          await expect.poll(() => arrived.at(-1)).toBe(path);
        }
        await Promise.all(calls);
        expect(arrived).toEqual(["/3", "/1", "/4", "/2"]);
      });

      it("keeps many calls apart", async () => {
        const paths = Array.from({ length: 200 }, (_, index) => `/${index}`);
        const answers = await Promise.all(paths.map((path) => client.call("archives.forget", { path })));
        expect(answers.map(([recent]) => recent?.path)).toEqual(paths);
      });
    });

    describe("refusals", () => {
      it("refuses params that do not fit, naming where", async () => {
        const sort = { column: "time", direction: "asc" } as const;
        const params = { archiveId: "a", sessionId: null, sort, cursor: null, limit: 501 };
        const error = await errorOf(client.call("rows.list", params));
        expect(error.code).toBe("BAD_REQUEST");
        expect(error.message).toContain("limit");
        expect(error.details).toEqual({ method: "rows.list", path: "limit" });
      });

      it.each([
        ["nothing", undefined],
        ["null", null],
        ["a list", []],
        ["a text", "archiveId"],
        ["a wrong type", { archiveId: 7 }],
      ])("refuses params that are %s", async (_what, params) => {
        const answer = await rawCall(901, "archives.close", params);
        expect(answer).toMatchObject({ ok: false, error: { code: "BAD_REQUEST" } });
      });

      it.each(["archives.explode", "", "__proto__", "constructor", "toString", "hasOwnProperty"])(
        "knows no method %j",
        async (method) => {
          const answer = await rawCall(902, method, {});
          expect(answer).toMatchObject({ ok: false, error: { code: "UNKNOWN_METHOD" } });
        },
      );

      it.each([
        ["no object", "hello"],
        ["null", null],
        ["a list", [1, 2]],
        ["of no known type", { type: "explode" }],
        ["a call without id", { type: "call", method: "app.info", params: {} }],
        ["a call with a wrong id", { type: "call", id: "1", method: "app.info", params: {} }],
        ["a cancel of nothing", { type: "cancel", id: 12_345 }],
      ])("goes on after a message that is %s", async (_what, message) => {
        pair.sendRaw(message);
        expect(await client.call("archives.close", { archiveId: "a" })).toBeNull();
      });

      it("answers a call whose method is no name", async () => {
        const answer = new Promise((resolve) => pair.client.onMessage(resolve));
        pair.sendRaw({ type: "call", id: 903, method: { name: "app.info" }, params: {} });
        expect(await answer).toMatchObject({ type: "result", id: 903, ok: false, error: { code: "BAD_REQUEST" } });
      });

      it("refuses an id that is in use, and keeps the call that has it", async () => {
        const answers: unknown[] = [];
        pair.client.onMessage((message) => void answers.push(message));
        pair.sendRaw({ type: "call", id: 904, method: "folders.list", params: { path: "/first" } });
        pair.sendRaw({ type: "call", id: 904, method: "folders.list", params: { path: "/second" } });
        await expect.poll(() => answers.length).toBe(1);
        expect(answers[0]).toMatchObject({ id: 904, ok: false, error: { code: "BAD_REQUEST" } });
        expect([...backend.folders.keys()]).toEqual(["/first"]);
        backend.folder("/first").resolve(listing("/first"));
        await expect.poll(() => answers.length).toBe(2);
        expect(answers[1]).toMatchObject({ id: 904, ok: true, value: { path: "/first" } });
      });
    });

    describe("failures", () => {
      it("passes on the code, message and details of a refusal", async () => {
        const error = await errorOf(client.call("archives.get", { archiveId: "refused" }));
        expect(error).toMatchObject({ code: "READ_ONLY", message: "The archive is open for reading" });
        expect(error.details).toEqual({ path: "/a", tries: 2 });
        expect(backend.logged).toEqual([]);
      });

      it("calls a defect INTERNAL and logs it with its stack", async () => {
        const error = await errorOf(client.call("archives.get", { archiveId: "defect" }));
        expect(error).toMatchObject({ code: "INTERNAL", message: "handler defect" });
        expect(backend.logged).toEqual([DEFECT]);
      });

      it("survives something thrown that is no error", async () => {
        const error = await errorOf(client.call("archives.get", { archiveId: "text" }));
        expect(error).toMatchObject({ code: "INTERNAL", message: "just a text" });
      });

      it("calls an operation that gave itself up CANCELLED", async () => {
        const error = await errorOf(client.call("archives.get", { archiveId: "abort" }));
        expect(error.code).toBe("CANCELLED");
      });
    });

    describe("cancellation", () => {
      it("reaches the handler, and the call rejects at once", async () => {
        const controller = new AbortController();
        const call = client.call("payloads.check", CHECK, { signal: controller.signal });
        await expect.poll(() => backend.checks.length).toBe(1);
        controller.abort();
        expect((await errorOf(call)).code).toBe("CANCELLED");
        await expect.poll(() => backend.checks[0]?.aborted).toBe(true);
      });

      it("is answered by the host, and is no defect", async () => {
        const answer = rawCall(905, "payloads.check", CHECK);
        await expect.poll(() => backend.checks.length).toBe(1);
        pair.sendRaw({ type: "cancel", id: 905 });
        expect(await answer).toMatchObject({ ok: false, error: { code: "CANCELLED" } });
        expect(backend.logged).toEqual([]);
      });

      it("leaves the other calls alone", async () => {
        const controller = new AbortController();
        const cancelled = client.call("payloads.check", CHECK, { signal: controller.signal });
        const kept = client.call("folders.list", { path: "/kept" });
        await expect.poll(() => backend.checks.length + backend.folders.size).toBe(2);
        controller.abort();
        await errorOf(cancelled);
        backend.folder("/kept").resolve(listing("/kept"));
        expect(await kept).toEqual(listing("/kept"));
      });

      it("does nothing to a call that is over", async () => {
        const controller = new AbortController();
        const options = { signal: controller.signal };
        expect(await client.call("archives.close", { archiveId: "a" }, options)).toBeNull();
        controller.abort();
        expect(await client.call("archives.close", { archiveId: "a" })).toBeNull();
      });
    });

    describe("events", () => {
      it("arrive in order, with their payload", async () => {
        const heard: Job[] = [];
        client.on("job.changed", (changed) => void heard.push(changed));
        // Host events go to renderers that are connected; a call that comes back shows that this one is.
        await client.call("jobs.list", {});
        for (let done = 1; done <= 5; done += 1) backend.emit("job.changed", job(done));
        await expect.poll(() => heard.length).toBe(5);
        expect(heard).toEqual([job(1), job(2), job(3), job(4), job(5)]);
      });

      it("go only to those who listen for them, as long as they do", async () => {
        const commands: string[] = [];
        const jobs: Job[] = [];
        const stop = client.on("menu.command", ({ command }) => void commands.push(command));
        client.on("job.changed", (changed) => void jobs.push(changed));
        await client.call("jobs.list", {});
        backend.emit("menu.command", { command: "open" });
        await expect.poll(() => commands).toEqual(["open"]);
        stop();
        backend.emit("menu.command", { command: "create" });
        backend.emit("job.changed", job(1));
        await expect.poll(() => jobs.length).toBe(1);
        expect(commands).toEqual(["open"]);
      });
    });

    describe("a lost connection", () => {
      it("aborts what runs for it, and ends its events", async () => {
        const call = client.call("payloads.check", CHECK).catch((error: unknown) => error);
        await expect.poll(() => backend.checks.length).toBe(1);
        expect(backend.listenerCount).toBe(1);
        pair.disconnect();
        await expect.poll(() => backend.checks[0]?.aborted).toBe(true);
        await expect.poll(() => backend.listenerCount).toBe(0);
        backend.emit("job.changed", job(1));
        if (pair.outlivesHost) expect(await call).toMatchObject({ code: "DISCONNECTED" });
      });

      it("takes a late answer without complaint", async () => {
        client.call("folders.list", { path: "/late" }).catch((error: unknown) => error);
        await expect.poll(() => backend.folders.size).toBe(1);
        pair.disconnect();
        await expect.poll(() => backend.listenerCount).toBe(0);
        backend.folder("/late").resolve(listing("/late"));
        await sleep(10);
        expect(backend.logged).toEqual([]);
      });
    });
  });
}
