/**
 * Keeps secrets out of what is archived about an answer: its metadata and its failures. Payloads are kept as they came,
 * byte for byte, for that is what an archive is for; a request that would write a secret down is refused.
 */
import {
  type Adapter,
  type AdapterContext,
  type AdapterRequest,
  isFetcher,
  isSender,
  isStreamer,
} from "./adapters/adapter.ts";
import { canonicalJson, JsonNumber } from "./canonical-json.ts";
import { DataioError, type ErrorDetails, isDataioError } from "./errors.ts";
import { AdapterResult } from "./model.ts";

/** Header fields that are credentials, whoever sends them; in lower case. */
export const CREDENTIAL_HEADERS: readonly string[] = [
  "authorization",
  "proxy-authorization",
  "cookie",
  "set-cookie",
  "x-api-key",
  "api-key",
  "x-auth-token",
  "x-access-token",
  "x-amz-security-token",
  "x-csrf-token",
  "x-xsrf-token",
];

/** What stands in the place of the value of a credential header. */
export const REDACTED = "[redacted]";

/** Shorter ones stand in too many texts by chance to be kept out of them. */
export const SHORTEST_SECRET = 4;

/** What a {@link Redactor} keeps out. */
export interface RedactorOptions {
  /** Values by the names of their secrets. */
  readonly secrets?: Readonly<Record<string, string>>;
  /** More names of header fields whose values are kept out, besides {@link CREDENTIAL_HEADERS}. */
  readonly headers?: readonly string[];
  /** True also keeps `user:password@` of addresses out. Default false. */
  readonly userinfo?: boolean;
}

/** In the middle of a text. A password may hold `@`, but then the address has one more. */
const USERINFO = /([a-z][a-z0-9+.-]{0,30}:\/\/)[^/?#\\\s"'<>]+@/gi;
/** Whose addresses may stand without slashes, or with others. */
const WEB_SCHEME = /^\s*(?:https?|wss?|ftp):/i;

/** The text without the `user:password@` of each address in it. */
export function withoutUserinfo(text: string): string {
  if (!text.includes("@")) return text;
  const clean = text.replace(USERINFO, "$1");
  // What an adapter would take for an address is one by its rules, which are wider than those above.
  const url = WEB_SCHEME.test(clean) ? URL.parse(clean) : null;
  if (url === null || (url.username === "" && url.password === "")) return clean;
  url.username = "";
  url.password = "";
  return url.href;
}

/** Knows secrets, and takes them out of texts, metadata and errors. */
export class Redactor {
  /** Every way in which a secret may be written, and its name; longer ones first, for they may hold shorter ones. */
  readonly #forms: readonly (readonly [form: string, name: string])[];
  readonly #headers: ReadonlySet<string>;
  readonly #userinfo: boolean;

  /** @throws PARAMS_INVALID for a secret that is shorter than {@link SHORTEST_SECRET} */
  constructor({ secrets = {}, headers = [], userinfo = false }: RedactorOptions = {}) {
    this.#userinfo = userinfo;
    const forms = new Map<string, string>();
    for (const [name, value] of Object.entries(secrets)) {
      if (value.length < SHORTEST_SECRET) {
        throw new DataioError(
          "PARAMS_INVALID",
          `The secret ${name} has fewer than ${SHORTEST_SECRET} characters; it could not be told from other texts.`,
        );
      }
      for (const form of formsOf(value)) if (!forms.has(form)) forms.set(form, name);
    }
    this.#forms = [...forms].sort(([a], [b]) => b.length - a.length);
    this.#headers = new Set([...CREDENTIAL_HEADERS, ...headers.map((name) => name.toLowerCase())]);
  }

  /** The text with a reference, `${secret:NAME}`, in the place of each secret. */
  text(text: string): string {
    let clean = this.#userinfo ? withoutUserinfo(text) : text;
    for (const [form, name] of this.#forms) {
      // A function, for `$` has a meaning in a replacement.
      if (clean.includes(form)) clean = clean.replaceAll(form, () => `\${secret:${name}}`);
    }
    return clean;
  }

  /** The name of a secret that the text holds; undefined when it holds none. */
  secretIn(text: string): string | undefined {
    return this.#forms.find(([form]) => text.includes(form))?.[1];
  }

  /** Facts without secrets and without the values of credential headers, at any depth; what holds none is given back. */
  value(value: unknown): unknown {
    if (typeof value === "string") return this.text(value);
    if (typeof value !== "object" || value === null || value instanceof JsonNumber) return value;
    if (Array.isArray(value)) {
      const members = value.map((member) => this.value(member));
      return members.every((member, index) => member === value[index]) ? value : members;
    }
    const prototype: unknown = Object.getPrototypeOf(value);
    if (prototype !== null && prototype !== Object.prototype) return value;
    let changed = false;
    const members = Object.entries(value).map(([key, member]) => {
      const clean = [
        this.text(key),
        this.#headers.has(key.toLowerCase()) ? hidden(member) : this.value(member),
      ] as const;
      if (clean[0] !== key || clean[1] !== member) changed = true;
      return clean;
    });
    return changed ? Object.fromEntries(members) : value;
  }

  /** What an adapter gave, its facts without secrets. */
  result(result: AdapterResult): AdapterResult {
    const { headers, adapterMeta, url, contentType, encoding } = result;
    // Of few facts and no secret there is nothing to be looked through.
    if (this.#forms.length === 0 && headers === undefined && adapterMeta === undefined) return result;
    const clean = { headers, adapterMeta, url, contentType, encoding };
    const redacted = this.value(clean);
    return redacted === clean ? result : new AdapterResult({ ...result, ...(redacted as typeof clean) });
  }

  /** What was thrown, its message and details without secrets. Whatever is no error of the library becomes ADAPTER_FAILED. */
  error(error: unknown): unknown {
    if (isDataioError(error)) {
      const message = this.text(error.message);
      const details = this.value(error.details) as ErrorDetails;
      if (message === error.message && details === error.details) return error;
      // Without its cause, which says the same in other words, and would be logged with them.
      return new DataioError(error.code, message, { details });
    }
    const reason = error instanceof Error ? error.message : String(error);
    const clean = this.text(reason);
    const isClean = clean === reason && !(error instanceof Error && this.secretIn(error.stack ?? "") !== undefined);
    return isClean ? error : new DataioError("ADAPTER_FAILED", `The adapter failed: ${clean}`);
  }
}

/** The adapter, with nothing in the facts of its results and in its failures that `redactor` keeps out. */
export function redacting(adapter: Adapter, redactor: Redactor): Adapter {
  const clean = async <T>(call: () => Promise<T>): Promise<T | AdapterResult> => {
    try {
      const given = await call();
      return given instanceof AdapterResult ? redactor.result(given) : given;
    } catch (error) {
      throw redactor.error(error);
    }
  };
  return {
    ...(adapter.name === undefined ? {} : { name: adapter.name }),
    ...(isFetcher(adapter)
      ? { fetch: (request: AdapterRequest, context: AdapterContext) => clean(() => adapter.fetch(request, context)) }
      : {}),
    ...(isSender(adapter)
      ? {
          send: (request: AdapterRequest, payload: Uint8Array, context: AdapterContext) =>
            clean(() => adapter.send(request, payload, context)),
        }
      : {}),
    ...(isStreamer(adapter)
      ? {
          async *stream(request: AdapterRequest, context: AdapterContext) {
            try {
              for await (const value of adapter.stream(request, context)) {
                yield value instanceof AdapterResult ? redactor.result(value) : value;
              }
            } catch (error) {
              throw redactor.error(error);
            }
          },
        }
      : {}),
  };
}

/** The value itself and what URLs, forms, JSON and base64 make of it. */
function formsOf(value: string): string[] {
  const bytes = Buffer.from(value, "utf8");
  const percent = encodeURIComponent(value);
  const forms = [
    value,
    percent,
    percent.replaceAll("%20", "+"),
    // What a URL's own parser leaves as it is in a query.
    new URL(`http://x/?${value.replaceAll("#", "%23")}`).search.slice(1),
    new URLSearchParams({ v: value }).toString().slice(2),
    JSON.stringify(value).slice(1, -1),
    canonicalJson(value).slice(1, -1),
    bytes.toString("base64"),
    bytes.toString("base64url"),
  ];
  return [...new Set(forms)].filter((form) => form.length >= SHORTEST_SECRET);
}

function hidden(value: unknown): unknown {
  return Array.isArray(value) ? value.map(() => REDACTED) : REDACTED;
}
