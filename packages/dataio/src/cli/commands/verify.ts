/** `dataio verify`: looks at everything in an archive and says what is wrong. Changes nothing. */
import { type Command, Option } from "commander";
import { ArchiveListing } from "../../listing.ts";
import {
  type Finding,
  VERIFY_STEPS,
  type VerifyReport,
  type VerifyStep,
  type VerifyStepReport,
} from "../../verify/report.ts";
import { verify } from "../../verify/verify.ts";
import { archiveOf, withArchive } from "../archive-option.ts";
import type { Cli } from "../cli.ts";
import { addCommand } from "../command-help.ts";
import { EXIT } from "../exit-codes.ts";
import { findOne } from "../filter-options.ts";
import { payloadOf } from "../payload-argument.ts";
import { printableJson } from "../printable.ts";
import { writeTable } from "../table.ts";
import { collected, parseCount } from "../values.ts";

interface VerifyOptions {
  readonly step?: readonly VerifyStep[];
  readonly source?: readonly string[];
  readonly session?: readonly string[];
  readonly payload?: readonly string[];
  readonly full?: true;
  readonly threads?: number;
  readonly maxFindings?: number;
  readonly json?: true;
}

/** How many findings of one code a table has when nobody says. */
const FINDINGS_SHOWN = 20;

export function addVerify(program: Command, cli: Cli): void {
  const command = addCommand(program, "verify", "check rows, payloads, sidecars and hashes; changes nothing", [
    "dataio verify",
    "dataio verify --step payloads --source demo-market --json",
  ]);
  withArchive(command)
    .addOption(new Option("--step <step...>", "only these steps").choices(VERIFY_STEPS))
    .option(
      "--source <source>",
      "only what sessions of this source asked for; may be repeated, as the next two may",
      collected,
    )
    .option("--session <id>", "only what this session asked for", collected)
    .option("--payload <id>", "only this payload, by its checksum or by the id of a response", collected)
    .option("--full", "also compare the database's indexes with their tables, which takes long")
    .option("--threads <n>", "how many threads hash files (default: one for each core, 8 at most)", (text) =>
      parseCount(text, 1),
    )
    .option(
      "--max-findings <n>",
      `how many findings of one code are listed (default: ${FINDINGS_SHOWN}, with --json 1000)`,
      (text) => parseCount(text, 0),
    )
    .option("--json", "the whole report, as JSON")
    .action(async (options: VerifyOptions, self: Command) => {
      const location = await archiveOf(cli, self);
      const maxFindings = options.maxFindings ?? (options.json === true ? undefined : FINDINGS_SHOWN);
      const report = await verify(location, {
        scope: scopeOf(options, () => new ArchiveListing(location)),
        signal: cli.signal,
        onProgress: ({ step, done, total }) => cli.progress.show(step, done, total),
        integrity: options.full === true ? "full" : "quick",
        ...(options.threads === undefined ? {} : { concurrency: options.threads }),
        ...(maxFindings === undefined ? {} : { maxFindings }),
      });
      cli.progress.end();
      if (!report.intact) cli.raise(EXIT.integrity);
      if (options.json === true) await cli.output.line(printableJson(JSON.stringify(report)));
      else await writeReport(cli, report);
    });
}

/** A damaged database is opened by nobody but `verify`, unless a part is asked for by the beginning of an id. */
function scopeOf(options: VerifyOptions, open: () => ArchiveListing) {
  const { step, source, session, payload } = options;
  const scope = {
    ...(step === undefined ? {} : { steps: step }),
    ...(source === undefined ? {} : { sources: source }),
  };
  if (session === undefined && payload === undefined) return scope;
  using listing = open();
  return {
    ...scope,
    ...(session === undefined ? {} : { sessionIds: session.map((id) => findOne(listing, id, ["session"]).id) }),
    ...(payload === undefined ? {} : { checksums: payload.map((id) => payloadOf(listing, id).checksum) }),
  };
}

async function writeReport(cli: Cli, report: VerifyReport): Promise<void> {
  const { output } = cli;
  const asked = report.steps.filter(({ state }) => state !== "skipped");
  // What kept the database from being opened kept every step from being done, and is a finding.
  const reasonOf = ({ reason }: VerifyStepReport) =>
    report.findings.some(({ message }) => message === reason) ? "see the finding" : (reason ?? "");
  await writeTable(
    output,
    [
      { title: "STEP", value: (row: VerifyStepReport) => row.step },
      { title: "STATE", value: (row) => row.state },
      { title: "MS", value: (row) => row.elapsedMs, align: "right" },
      { title: "", value: reasonOf },
    ],
    asked,
  );
  if (report.findings.length > 0) {
    await output.line("");
    await writeTable(
      output,
      [
        { title: "SEVERITY", value: (row: Finding) => row.severity },
        { title: "CODE", value: (row) => row.code },
        { title: "ROWS", value: (row) => rowsText(row) },
        { title: "FINDING", value: (row) => row.message },
      ],
      report.findings,
    );
  }
  for (const [code, count] of Object.entries(report.unlisted)) {
    await output.line(`${count} more of ${code} ${count === 1 ? "is" : "are"} not listed; see --max-findings`);
  }
  const { error, warning, info } = report.severities;
  const counts = [counted(error, "error"), counted(warning, "warning"), counted(info, "other finding")].join(", ");
  await output.line("");
  const looked = lookedAt(report.counts);
  if (looked !== "") await output.line(`Looked at ${looked}`);
  await output.line(report.intact ? output.bold(`Intact: ${counts}`) : output.red(`NOT INTACT: ${counts}`));
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? "" : "s"}`;
}

function lookedAt({ rows, payloads }: VerifyReport["counts"]): string {
  const parts =
    rows === null
      ? []
      : [counted(rows.sessions, "session"), counted(rows.requests, "request"), counted(rows.responses, "response")];
  if (payloads !== null) {
    parts.push(counted(payloads.distinctChecksumsValidHex + payloads.sentChecksums, "payload"));
    parts.push(`${counted(payloads.hashedBytes, "byte")} hashed`);
  }
  return parts.join(", ");
}

function rowsText({ rows, moreRows }: Finding): string | null {
  const [first] = rows;
  if (first === undefined) return null;
  const more = rows.length - 1 + moreRows;
  return `${first.table} ${first.id}${more > 0 ? ` and ${more} more` : ""}`;
}
