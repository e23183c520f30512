/** Exports and imports: what they would be, the jobs that do them, and the reports of the last few. */
import { realpath } from "node:fs/promises";
import { basename, dirname, isAbsolute, join, relative, resolve, sep } from "node:path";
import {
  DataioError,
  type ExportReport,
  type ExportScope,
  type ExportTarget,
  type ImportReport,
  type ImportSource,
} from "@mxm/dataio";
import type { Job, Params } from "../../shared/contract.ts";
import { coded } from "../coded-error.ts";
import type { BackendContext } from "../context.ts";
import type { Handlers } from "../dispatch.ts";
import type { ExportedFiles } from "../exported-files.ts";
import { type ExportDetail, type ImportDetail, runExport, runImport } from "../jobs/transfer-jobs.ts";
import { KeptReports } from "../kept-reports.ts";

type TransferMethod = Extract<keyof Handlers, `export.${string}` | `import.${string}`>;

/** @param worker the workers' file. @param files where exports go that are only to be fetched */
export function transferHandlers(
  context: BackendContext,
  worker: URL,
  files: ExportedFiles,
): Pick<Handlers, TransferMethod> {
  const { archives, jobs } = context;
  const canFetch = context.host.kind === "web";
  const exports = new KeptReports<ExportReport>(jobs);
  const imports = new KeptReports<ImportReport>(jobs);

  const startImport = (archiveId: string, asked: Params<"import.start">["from"], dryRun: boolean): Job => {
    const location = archives.location(archiveId);
    const from: ImportSource = {
      type: asked.type,
      path: resolve(asked.path),
      ...(asked.source === null ? {} : { source: asked.source }),
    };
    const name = basename(from.path);
    const first: ImportDetail = { kind: "import", archiveId, from, dryRun, bytes: 0, outcome: null };
    const job = jobs.start(dryRun ? `Preview of importing ${name}` : `Import ${name}`, first, async (handle) => {
      try {
        imports.keep(job.id, await runImport(worker, location, handle));
      } finally {
        if (!dryRun) await archives.refresh(archiveId);
      }
    });
    return job;
  };

  return {
    "export.measure": async ({ archiveId, scope }, { signal }) => {
      const { scope: found } = await scopeOf(context, archiveId, scope, signal);
      return archives.reader(archiveId).call("measureExport", found);
    },
    "export.preview": async ({ archiveId, scope, ...query }, { signal }) => {
      const { scope: found } = await scopeOf(context, archiveId, scope, signal);
      return archives.reader(archiveId).call("exportPreview", { ...query, scope: found });
    },
    "export.start": async ({ archiveId, scope: asked, target: wanted, download = false }, { signal }) => {
      const location = archives.location(archiveId);
      if (download && !canFetch)
        throw new DataioError("PARAMS_INVALID", "This host has no browser that could fetch it.");
      const target = targetOf(download ? { ...wanted, path: await files.place(plainName(wanted.path)) } : wanted);
      if (!download) await requireOutside(location.root, target.path);
      const { scope, rows } = await scopeOf(context, archiveId, asked, signal);
      const { path } = target;
      const first: ExportDetail = {
        kind: "export",
        archiveId,
        form: wanted.type,
        path,
        download: canFetch ? downloadName(target) : null,
        temporary: download,
        bytes: 0,
        outcome: null,
      };
      const job = jobs.start(`Export to ${basename(path)}`, first, async (handle) => {
        try {
          exports.keep(job.id, await runExport({ entry: worker, location, scope, target, rows }, handle));
        } finally {
          if (download) await files.written(path);
        }
      });
      return job;
    },
    "export.report": ({ jobId }) => exports.of(jobId),
    "import.preview": ({ archiveId, from }) => startImport(archiveId, from, true),
    "import.start": ({ archiveId, from }) => {
      archives.requireWritable(archiveId);
      return startImport(archiveId, from, false);
    },
    "import.report": ({ jobId }) => imports.of(jobId),
  };
}

interface FoundScope {
  readonly scope: ExportScope;
  /** How many rows it has, where that is known. */
  readonly rows: number | null;
}

/** The scope as the library takes it. One by a filter waits for the index. @throws INDEX_UNAVAILABLE, CANCELLED */
async function scopeOf(
  { archives }: BackendContext,
  archiveId: string,
  asked: Params<"export.start">["scope"],
  signal: AbortSignal,
): Promise<FoundScope> {
  switch (asked.type) {
    case "payload":
    case "archive":
      // The export counts these itself.
      return { scope: asked, rows: null };
    case "rows":
      return { scope: asked, rows: asked.rows.length };
    case "session":
      return { scope: { type: "sessions", ids: [asked.sessionId] }, rows: null };
    case "filter": {
      const { filter, sessionId, asOf = null } = asked;
      const reader = archives.reader(archiveId);
      const index = archives.index(archiveId);
      const sort = { column: "time", direction: "desc" } as const;
      const query = { filter, sessionId, asOf, sort, cursor: null, limit: 1 };
      const { total, more = false } = await index.whenReady(() => reader.call("rows", query), signal);
      const { files } = index;
      if (files === null) throw coded("INDEX_UNAVAILABLE", "Filters need an index, which is not there (any more).");
      const { rows: indexPath, ...texts } = files;
      return { scope: { type: "filter", filter, sessionId, asOf, indexPath, texts }, rows: more ? null : total };
    }
  }
}

function targetOf(wanted: Params<"export.start">["target"]): ExportTarget {
  const path = resolve(wanted.path);
  if (wanted.type !== "folder" && wanted.type !== "zip") return { ...wanted, path };
  const { template, ...target } = wanted;
  return { ...target, path, ...(template === null ? {} : { template }) };
}

/** @throws PARAMS_INVALID for what is more than a name */
function plainName(path: string): string {
  if (basename(path) === path && !/^\.{0,2}$/.test(path) && !/[/\\\0]/.test(path)) return path;
  throw new DataioError("PARAMS_INVALID", "What is to be fetched has a name, and no folder.");
}

/** A folder is fetched as a zip; one in which there were other files already is not. */
function downloadName({ type, path, existing = "refuse" }: ExportTarget): string | null {
  if (type !== "folder" && type !== "archive") return basename(path);
  return existing === "refuse" ? `${basename(path)}.zip` : null;
}

/** An archive has no place for the files of an export. @throws PARAMS_INVALID */
async function requireOutside(root: string, path: string): Promise<void> {
  const [real, own] = [await realTarget(path), await realTarget(root)];
  const way = relative(own, real);
  // Another drive has no way to it but its whole path.
  if (way === ".." || way.startsWith(`..${sep}`) || isAbsolute(way)) return;
  throw new DataioError("PARAMS_INVALID", "The target lies within the archive itself. Choose another folder.");
}

/** Where a path leads that may not be there yet, links followed as far as it is. */
async function realTarget(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch {
    const parent = dirname(path);
    return parent === path ? path : join(await realTarget(parent), basename(path));
  }
}
