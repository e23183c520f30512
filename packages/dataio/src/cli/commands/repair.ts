/** `dataio repair`: mends what can be mended without guessing, and only what is asked for. */
import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { type Command, Option } from "commander";
import { statIfPresent } from "../../content-files.ts";
import { fromSystemError } from "../../errors.ts";
import { ArchiveListing } from "../../listing.ts";
import { type ArchiveLocation, archiveLocation } from "../../location.ts";
import { repair } from "../../repair/repair.ts";
import type { PayloadSource, RepairOutcome, RepairReport, SessionsToClose } from "../../repair/report.ts";
import { archiveOf, withArchive } from "../archive-option.ts";
import type { Cli } from "../cli.ts";
import { addCommand } from "../command-help.ts";
import { EXIT } from "../exit-codes.ts";
import { findOne } from "../filter-options.ts";
import { printableJson } from "../printable.ts";
import { writeTable } from "../table.ts";
import { UsageError } from "../usage-error.ts";
import { collected, parseDuration } from "../values.ts";

interface RepairCommandOptions {
  readonly from?: readonly string[];
  readonly closeSession?: readonly string[];
  readonly closeIdle?: number;
  readonly removeTemporary?: number;
  readonly dryRun?: true;
  readonly json?: true;
}

/** One line for whatever was repaired or left. */
interface Line {
  readonly outcome: RepairOutcome;
  readonly what: string;
  readonly how: string;
}

const STAGES = { damage: "looking for damage", search: "looking for the bytes", restore: "restoring" } as const;

export function addRepair(program: Command, cli: Cli): void {
  const description =
    "restore lost payloads from given bytes, end sessions whose process died, remove what interrupted writes left";
  withArchive(
    addCommand(program, "repair", description, [
      "dataio repair --from /backup/archive --dry-run",
      "dataio repair --close-idle 1d --remove-temporary 1d",
    ]),
  )
    .option(
      "--from <folder>",
      "restore payloads from another archive, from the files of a folder, or from one file; may be repeated",
      collected,
    )
    .addOption(
      new Option("--close-session <id>", "end this session; may be repeated")
        .argParser(collected)
        .conflicts("closeIdle"),
    )
    .option("--close-idle <duration>", "end the sessions that did nothing for so long, for example 1d", parseDuration)
    .option("--remove-temporary <duration>", "remove unfinished files that were not touched for so long", parseDuration)
    .option("--dry-run", "change nothing, and say what would be done")
    .option("--json", "the whole report, as JSON")
    .action(async (options: RepairCommandOptions, self: Command) => {
      const { from, closeSession, closeIdle, removeTemporary } = options;
      if ([from, closeSession, closeIdle, removeTemporary].every((one) => one === undefined)) {
        throw new UsageError("say what is to be repaired: --from, --close-session, --close-idle or --remove-temporary");
      }
      const location = await archiveOf(cli, self);
      const closing = sessionsToClose(location, options);
      const report = await repair(location, {
        ...(from === undefined
          ? {}
          : { payloads: await Promise.all(from.map((path) => sourceAt(cli.pathOf(path, "--from")))) }),
        ...(closing === undefined ? {} : { closeSessions: closing }),
        ...(removeTemporary === undefined ? {} : { removeTemporaryFiles: { olderThanMs: removeTemporary } }),
        dryRun: options.dryRun === true,
        signal: cli.signal,
        onProgress: ({ stage, done, total }) => cli.progress.show(STAGES[stage], done, total),
      });
      cli.progress.end();
      if (!report.complete) cli.raise(report.payloads.some(isLeft) ? EXIT.integrity : EXIT.failed);
      if (options.json === true) await cli.output.line(printableJson(JSON.stringify(report)));
      else await writeReport(cli, report);
    });
}

function sessionsToClose(location: ArchiveLocation, options: RepairCommandOptions): SessionsToClose | undefined {
  const { closeSession, closeIdle } = options;
  if (closeIdle !== undefined) return { idleMs: closeIdle };
  if (closeSession === undefined) return undefined;
  using listing = new ArchiveListing(location);
  return { sessionIds: closeSession.map((id) => findOne(listing, id, ["session"]).id) };
}

/** @throws NOT_FOUND and other failures of looking at it */
async function sourceAt(path: string): Promise<PayloadSource> {
  try {
    if ((await stat(path)).isFile()) return { bytes: await readFile(path) };
  } catch (error) {
    throw fromSystemError(error, `Cannot read ${path}`);
  }
  const isArchive = (await statIfPresent(join(path, "dataio.sqlite"))) !== undefined;
  return isArchive ? { archive: archiveLocation(path) } : { folder: path };
}

function isLeft({ outcome }: { readonly outcome: RepairOutcome }): boolean {
  return outcome === "left";
}

async function writeReport(cli: Cli, report: RepairReport): Promise<void> {
  const lines: Line[] = [
    ...report.payloads.map(({ outcome, checksum, damage, source, reason }) => ({
      outcome,
      what: `${damage} payload ${checksum}`,
      how: reason ?? `from ${source}`,
    })),
    ...report.sessions.map(({ outcome, sessionId, endedAt, reason }) => ({
      outcome,
      what: `session ${sessionId}`,
      how: reason ?? `ended at ${endedAt}`,
    })),
    ...report.temporaryFiles.map(({ outcome, file, reason }) => ({
      outcome,
      what: `unfinished file ${file}`,
      how: reason ?? "removed",
    })),
  ];
  if (lines.length === 0) {
    await cli.output.line("There is nothing to repair.");
    return;
  }
  await writeTable(
    cli.output,
    [
      { title: "OUTCOME", value: (row: Line) => row.outcome },
      { title: "WHAT", value: (row) => row.what },
      { title: "HOW", value: (row) => row.how },
    ],
    lines,
  );
}
