/** `dataio fetch --dry-run`: what would be asked, and who would answer it now. Nothing goes out, nothing is written. */
import type { CachePolicy } from "../../cache-policy.ts";
import { durationMs } from "../../durations.ts";
import type { ArchiveLocation } from "../../location.ts";
import { ArchiveReader, type PlannedAnswer } from "../../reader.ts";
import { Redactor } from "../../redaction.ts";
import { type PlannedRequest, planningSource, planRequest } from "../../sources/plan-fetch.ts";
import { type AdapterOptions, adapterOf, findSource, type SourceAsk } from "../adapter-options.ts";
import type { Cli } from "../cli.ts";
import { shortTime } from "../formats.ts";
import type { AskedRequest } from "../request-options.ts";
import { type RowFormat, type RowOutputOptions, writeRows } from "../row-output.ts";

type PlanRow = PlannedRequest & PlannedAnswer & Pick<AskedRequest, "line"> & { readonly kind: string };

const FORMAT: RowFormat<PlanRow> = {
  columns: [
    { title: "ACTION", value: (row) => SPOKEN[row.action] },
    { title: "HASH", value: (row) => row.hash.slice(0, 12) },
    { title: "ARCHIVED", value: (row) => (row.createdAt === null ? "" : shortTime(row.createdAt)) },
    { title: "KIND", value: (row) => row.kind, cuttable: true },
    { title: "URL", value: (row) => row.url },
  ],
  json: ({ line, ...row }) => ({ ...row, ...(line === null ? {} : { line }) }),
};

const SPOKEN: Readonly<Record<PlannedAnswer["action"], string>> = {
  reuse: "reuse",
  ask: "ask",
  confirm: "ask whether it holds",
  miss: "fail",
};

/** @throws as `findSource` does; PARAMS_INVALID for params that the adapter cannot use */
export async function writePlan(
  cli: Cli,
  options: AdapterOptions & RowOutputOptions,
  ask: SourceAsk & { readonly asked: readonly AskedRequest[]; readonly policy: Partial<CachePolicy> },
): Promise<void> {
  const found = await findSource(cli, options, ask);
  const { settings, folder } = found.by === "mapping" ? found.mapping : { settings: null, folder: "" };
  const opened =
    settings === null
      ? {
          adapter: found.by === "options" ? await adapterOf(cli, options, found.adapter, ask.program) : {},
          redact: new Redactor(),
        }
      : await planningSource(ask.source, settings, folder);
  try {
    const ttlMs = settings?.ttl === undefined ? null : durationMs(settings.ttl);
    const mapped = { mode: settings?.cache ?? "default", ...(ttlMs === null ? {} : { ttlMs }) } as const;
    const policy = { ...mapped, ...ask.policy };
    await writeRows(cli, { ...options, limit: Number.POSITIVE_INFINITY }, FORMAT, rows(ask, opened, policy));
  } finally {
    await opened.adapter.close?.();
  }
}

function* rows(
  { asked, location, source }: { asked: readonly AskedRequest[]; location: ArchiveLocation; source: string },
  opened: Parameters<typeof planRequest>[2],
  policy: CachePolicy,
): Generator<PlanRow, void, undefined> {
  using reader = new ArchiveReader(location);
  for (const { init, line } of asked) {
    const planned = planRequest(init, {}, opened);
    yield { kind: init.kind, line, ...planned, ...reader.plannedAnswer({ hash: planned.hash, source, policy }) };
  }
}
