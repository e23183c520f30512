/** `dataio import`: another archive, a HAR, a WARC or the files of a folder into the archive. Importing twice adds nothing. */
import { type Command, Option } from "commander";
import { statIfPresent } from "../../content-files.ts";
import { importArchive } from "../../import/import.ts";
import { IMPORT_FORMS, type ImportForm, type ImportReport } from "../../import/report.ts";
import { archiveOf, withArchive } from "../archive-option.ts";
import type { Cli } from "../cli.ts";
import { addCommand } from "../command-help.ts";
import { exitCodeOfItem } from "../exit-codes.ts";
import { printableJson } from "../printable.ts";
import { writeTable } from "../table.ts";
import { UsageError } from "../usage-error.ts";

interface ImportCommandOptions {
  readonly as?: ImportForm;
  readonly source?: string;
  readonly dryRun?: true;
  readonly json?: true;
}

export function addImport(program: Command, cli: Cli): void {
  withArchive(
    addCommand(program, "import <file>", "merge another archive, a HAR, a WARC or a folder of files into the archive", [
      "dataio import ./other-archive --dry-run",
      "dataio import session.har --source browser",
    ]),
  )
    .addOption(new Option("--as <form>", "what it is, where it does not show").choices(IMPORT_FORMS))
    .option(
      "--source <source>",
      "whose rows those of a HAR, WARC or folder are, also where they say another (default: what they say, else the name of the file or folder)",
    )
    .option("--dry-run", "change nothing, and say what would be added")
    .option("--json", "the whole report, as JSON")
    .action(async (file: string, options: ImportCommandOptions, self: Command) => {
      const path = cli.pathOf(file, "what is to be imported");
      const type = options.as ?? (await formOf(path));
      if (type === "archive" && options.source !== undefined) {
        throw new UsageError("--source is for a HAR, a WARC or a folder: the rows of an archive keep theirs");
      }
      const report = await importArchive(await archiveOf(cli, self), {
        from: { type, path, ...(options.source === undefined ? {} : { source: options.source }) },
        dryRun: options.dryRun === true,
        signal: cli.signal,
        onProgress: ({ done }) => cli.progress.show("importing", done, null),
      });
      cli.progress.end();
      for (const { code } of report.problems) cli.raise(exitCodeOfItem(code));
      if (options.json === true) await cli.output.line(printableJson(JSON.stringify(report)));
      else await writeReport(cli, report);
    });
}

async function formOf(path: string): Promise<ImportForm> {
  if (/\.har$/i.test(path)) return "har";
  if (/\.warc(\.gz)?$/i.test(path)) return "warc";
  return (await statIfPresent(`${path}/dataio.sqlite`)) === undefined ? "folder" : "archive";
}

async function writeReport(cli: Cli, report: ImportReport): Promise<void> {
  const { added, present, problems, problemCount, dryRun } = report;
  if (problems.length > 0) {
    await writeTable(
      cli.output,
      [
        { title: "NOT IMPORTED", value: (row: (typeof problems)[number]) => row.item },
        { title: "WHY", value: (row) => row.message },
      ],
      problems,
    );
  }
  const counts = [
    `${added.sessions} sessions`,
    `${added.requests} requests`,
    `${added.responses} responses`,
    `${added.resolutions} resolutions`,
  ].join(", ");
  await cli.output.line(`${dryRun ? "Would add" : "Added"} ${counts}; ${present} responses are there already`);
  if (problemCount > 0) cli.note(`done with ${problemCount} problems`);
}
