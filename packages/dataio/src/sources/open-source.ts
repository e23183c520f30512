/** A mapping made real: the adapter, and what a session that uses it is told. */
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { type Adapter, capabilitiesOf } from "../adapters/adapter.ts";
import { CommandAdapter } from "../adapters/command.ts";
import { HttpAdapter } from "../adapters/http.ts";
import { LocalFileAdapter } from "../adapters/local-file.ts";
import { SseAdapter } from "../adapters/sse.ts";
import { WebSocketAdapter } from "../adapters/websocket.ts";
import { toPlain } from "../canonical-json.ts";
import { durationMs } from "../durations.ts";
import { DataioError, fromSystemError } from "../errors.ts";
import { AdapterResult } from "../model.ts";
import { Redactor } from "../redaction.ts";
import type { SessionOptions } from "../session-options.ts";
import { type SecretResolver, secretsFor, withSecrets } from "./secret-references.ts";
import { rateOf, retryOf, type SourceSettings } from "./source-settings.ts";

/** What a session of the source is opened with. Whoever opened it closes the adapter. */
export type OpenedSource = Pick<SessionOptions, "source" | "rateLimit" | "retry" | "cache" | "ttlMs"> & {
  readonly adapter: Adapter;
  readonly redact: Redactor;
};

/** What a mapping is opened by. */
export interface OpenSourceOptions {
  /** What paths are relative to: the folder of the file that maps the source. */
  readonly folder: string;
  readonly secrets: SecretResolver;
  /** Milliseconds that a module may take to load and to make its adapter. Default 30 s. */
  readonly loadMs?: number;
}

const LOAD_MS = 30_000;

/** What the function that a module exports by default is given, besides its options. */
export interface ModuleTools {
  /** For answers with facts. A module that imports the library itself may have another copy of it. */
  readonly AdapterResult: typeof AdapterResult;
  readonly DataioError: typeof DataioError;
  /** Params and body as plain values; they come with numbers in their exact text. */
  readonly toPlain: typeof toPlain;
}

/**
 * Makes the adapter of a mapping. A program or module is not asked for trust here; see {@link trustSubject}.
 * @throws CONFIG_INVALID (a secret that is not set), PARAMS_INVALID, NOT_FOUND, ACCESS_DENIED, ADAPTER_FAILED (a module
 *   that cannot be loaded), CAPABILITY_MISSING
 */
export async function openSource(
  source: string,
  settings: SourceSettings,
  options: OpenSourceOptions,
): Promise<OpenedSource> {
  const secrets = await secretsFor(settings, source, options.secrets);
  const redact = new Redactor({ secrets, headers: settings.redact ?? [] });
  const { rate, retry, cache, ttl } = settings;
  try {
    return {
      source,
      adapter: await adapterOf(source, withSecrets(settings, secrets), options),
      redact,
      ...(rate === undefined ? {} : { rateLimit: rateOf(rate) }),
      ...(retry === undefined ? {} : { retry: retryOf(retry) }),
      ...(cache === undefined ? {} : { cache }),
      ...(ttl === undefined ? {} : { ttlMs: durationMs(ttl) ?? Number.NaN }),
    };
  } catch (error) {
    throw redact.error(error);
  }
}

async function adapterOf(source: string, settings: SourceSettings, options: OpenSourceOptions): Promise<Adapter> {
  const { folder, loadMs = LOAD_MS } = options;
  const timeoutMs = "timeout" in settings && settings.timeout !== undefined ? durationMs(settings.timeout) : null;
  const common = { timeoutMs: timeoutMs ?? undefined };
  switch (settings.adapter) {
    case "http":
      return new HttpAdapter({ ...webOptions(settings), ...common });
    case "websocket":
      return new WebSocketAdapter({ ...webOptions(settings), ...common });
    case "sse":
      return new SseAdapter({ ...webOptions(settings), ...common });
    case "local-file": {
      const { root, maxBytes } = settings;
      return new LocalFileAdapter({ root: root === undefined ? undefined : resolve(folder, root), maxBytes });
    }
    case "command": {
      const { run, cwd, env, maxBytes } = settings;
      return new CommandAdapter({ run, cwd: resolve(folder, cwd ?? "."), env, maxBytes, ...common });
    }
    case "module":
      return await moduleAdapter(source, resolve(folder, settings.file), settings.options ?? {}, loadMs);
  }
}

/** The settings under the names of the adapters' options; each adapter takes what it knows. */
function webOptions(settings: Extract<SourceSettings, { adapter: "http" | "websocket" | "sse" }>) {
  const { adapter, timeout, rate, retry, cache, ttl, redact, ...options } = settings;
  return options;
}

/** The file by its path and its content: a changed one is loaded anew. */
async function moduleAdapter(source: string, file: string, options: object, loadMs: number): Promise<Adapter> {
  let made: unknown;
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error(`it made no adapter within ${loadMs / 1000} s`)), loadMs);
  try {
    const url = pathToFileURL(file);
    url.searchParams.set(
      "v",
      createHash("sha256")
        .update(await readFile(file))
        .digest("hex")
        .slice(0, 16),
    );
    const tools: ModuleTools = { AdapterResult, DataioError, toPlain };
    const make = async (): Promise<unknown> => {
      const loaded: { readonly default?: unknown } = await import(/* @vite-ignore */ url.href);
      return typeof loaded.default === "function" ? await loaded.default(options, tools) : loaded.default;
    };
    made = await Promise.race([make(), late]);
  } catch (error) {
    const failure = fromSystemError(error, `Cannot load ${file}`);
    if (failure.code !== "IO_FAILED") throw failure;
    throw new DataioError("ADAPTER_FAILED", failure.message, { cause: error });
  } finally {
    clearTimeout(timer);
  }
  if (typeof made === "object" && made !== null && capabilitiesOf(made).length > 0) return made;
  throw new DataioError("CAPABILITY_MISSING", `The default export of ${file} is no adapter and makes none.`, {
    details: { source, file },
  });
}
