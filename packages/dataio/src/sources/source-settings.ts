/**
 * How the sources of an archive are asked: the schema of `dataio.config.yaml`. One definition gives the check, the types
 * and, by `scripts/sources-schema.mjs`, the JSON schema that editors complete by.
 *
 * Secrets are referred to, never written down: `${secret:NAME}` in `headers`, `query`, `body`, `env` and the `options` of a
 * module.
 */
import { z } from "zod";
import { CACHE_MODES } from "../cache-policy.ts";
import { durationMs } from "../durations.ts";
import type { RateLimit } from "../rate-limit.ts";
import type { RetryOptions } from "../retry.ts";
import { isSecretName, secretNamesIn } from "./secret-references.ts";

const text = z.string().min(1).max(4096);
const count = z.int().min(0);
const duration = z
  .string()
  .regex(/^\d+(\.\d+)?(ms|s|m|h|d|w)$/)
  .describe("A number and its unit: 500ms, 60s, 15m, 6h, 7d.");
const headers = z
  .record(text, z.union([z.string(), z.array(z.string())]))
  .describe("Sent with every call, to the origin of baseUrl only where there is one; never archived.");

/** What every source may say, whoever answers for it. */
const common = {
  rate: z
    .string()
    .regex(/^\d+\s*\/\s*(\d+(\.\d+)?)?(ms|s|m|h|d)$/)
    .optional()
    .describe("How many calls may begin in how long: 2/s, 100/m, 5/10s."),
  retry: z
    .union([
      count.max(100),
      z.strictObject({
        times: count.max(100),
        minDelay: duration.optional(),
        maxDelay: duration.optional(),
        factor: z.number().min(1).optional(),
      }),
    ])
    .optional()
    .describe("How often a fetch is repeated that failed for a passing reason. Sends never are."),
  cache: z.enum(CACHE_MODES).optional().describe("How the archive is used where a fetch does not say so itself."),
  ttl: duration.optional().describe("How long an archived response is fresh; left out, for ever."),
  redact: z
    .array(text)
    .optional()
    .describe("More header fields whose values are not archived, besides the usual credentials."),
};
const web = {
  baseUrl: z.url().optional().describe("What relative URLs are relative to; its path counts as a folder."),
  headers: headers.optional(),
  timeout: duration.optional(),
  maxBytes: count.optional(),
  userAgent: text.optional(),
};

const httpSource = z.strictObject({
  adapter: z.literal("http"),
  ...web,
  query: z.record(text, z.string()).optional().describe("Added to every URL of the origin of baseUrl."),
  body: z
    .record(text, z.json())
    .optional()
    .describe("Members added to the body of every fetch of the origin of baseUrl that is an object; never archived."),
  maxRedirects: count.optional(),
  ...common,
});
const websocketSource = z.strictObject({ adapter: z.literal("websocket"), ...web, ...common });
const sseSource = z.strictObject({ adapter: z.literal("sse"), ...web, reconnects: count.optional(), ...common });
const localFileSource = z.strictObject({
  adapter: z.literal("local-file"),
  root: text.optional().describe("The folder that paths are relative to and stay in, relative to this file."),
  maxBytes: count.optional(),
  ...common,
});
const commandSource = z.strictObject({
  adapter: z.literal("command"),
  run: z.tuple([text], z.string()).describe("The program and its arguments; no shell takes part."),
  cwd: text.optional().describe("The folder that it runs in, relative to this file; default the folder of this file."),
  env: z.record(text, z.string()).optional().describe("Added to the environment."),
  timeout: duration.optional(),
  maxBytes: count.optional(),
  ...common,
});
const moduleSource = z.strictObject({
  adapter: z.literal("module"),
  file: text.describe("An ES module, relative to this file, whose default export is an adapter or makes one."),
  options: z.record(z.string(), z.json()).optional().describe("Given to the module's function."),
  ...common,
});

/** A mapping by its adapter, before what goes together is checked. */
export const sourceSettingsShape = z.discriminatedUnion("adapter", [
  httpSource,
  localFileSource,
  commandSource,
  websocketSource,
  sseSource,
  moduleSource,
]);

/** How one source is asked, as the file says it. */
export type SourceSettings = z.infer<typeof sourceSettingsShape>;
/** The name of an adapter that a source can be mapped to. */
export type SourceAdapterName = SourceSettings["adapter"];

const NEED_A_BASE = "need a baseUrl, which says where they may go";

/** Where a secret may be referred to. */
const MAY_REFER: ReadonlySet<string> = new Set(["headers", "query", "body", "env", "options"]);

const sourceSettings = sourceSettingsShape.superRefine((settings, context) => {
  const refuse = (path: readonly string[], message: string) =>
    context.addIssue({ code: "custom", path: [...path], message });
  for (const [key, value] of Object.entries(settings)) {
    const names = secretNamesIn(value);
    if (names.length > 0 && !MAY_REFER.has(key)) refuse([key], "cannot refer to a secret");
    for (const name of names) if (!isSecretName(name)) refuse([key], `"${name}" is no name of a secret`);
  }
  // Without it they would go wherever the params of a request lead.
  if ("baseUrl" in settings && settings.baseUrl !== undefined) return;
  if ("headers" in settings && secretNamesIn(settings.headers).length > 0) refuse(["headers"], NEED_A_BASE);
  if ("query" in settings && settings.query !== undefined) refuse(["query"], NEED_A_BASE);
  if ("body" in settings && settings.body !== undefined) refuse(["body"], NEED_A_BASE);
});

/** The schema of the whole file. */
export const sourcesConfig = z.strictObject({
  $schema: z.string().optional(),
  sources: z.record(text, sourceSettings).default({}),
});
/** What the file says. */
export type SourcesConfig = z.infer<typeof sourcesConfig>;

/** `2/s` as a limit. The text must have been checked. */
export function rateOf(rate: string): RateLimit {
  const [limit = "", span = ""] = rate.split("/").map((part) => part.trim());
  return { limit: Number(limit), intervalMs: durationMs(/^\d/.test(span) ? span : `1${span}`) ?? Number.NaN };
}

/** The repetitions as the session takes them: with the first one, an attempt more. */
export function retryOf(retry: NonNullable<SourceSettings["retry"]>): RetryOptions {
  if (typeof retry === "number") return { attempts: retry + 1 };
  const { times, minDelay, maxDelay, factor } = retry;
  return {
    attempts: times + 1,
    ...(minDelay === undefined ? {} : { minDelayMs: durationMs(minDelay) ?? Number.NaN }),
    ...(maxDelay === undefined ? {} : { maxDelayMs: durationMs(maxDelay) ?? Number.NaN }),
    ...(factor === undefined ? {} : { factor }),
  };
}

/** The JSON schema of the file, for editors. */
export function sourcesJsonSchema(): object {
  const schema = z.toJSONSchema(sourcesConfig, { io: "input" });
  return { ...schema, title: "Sources of a DataIO archive (dataio.config.yaml)" };
}
