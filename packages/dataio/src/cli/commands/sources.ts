/** `dataio sources` and `dataio trust`: who answers for which source, and what a person allows it to run. */
import type { Command } from "commander";
import { ArchiveReader } from "../../reader.ts";
import { environmentSecrets, secretNamesIn } from "../../sources/secret-references.ts";
import { archiveOf, withArchive } from "../archive-option.ts";
import type { Cli } from "../cli.ts";
import { addCommand } from "../command-help.ts";
import { type Mapping, mappingOf, mappingsOf, standingOf, trustFileOf } from "../mapped-source.ts";
import { printable } from "../printable.ts";
import { type RowFormat, type RowOutputOptions, withRowOutput, writeRows } from "../row-output.ts";
import { NotFoundError } from "../usage-error.ts";

interface SourcesOptions extends RowOutputOptions {
  readonly sources?: string;
}

interface SourceRow {
  readonly source: string;
  /** Null for one that nothing maps. */
  readonly adapter: string | null;
  readonly trust: "not-needed" | "needed" | "given" | null;
  readonly secrets: readonly string[];
  /** Those of them that are set nowhere. */
  readonly missingSecrets: readonly string[];
  readonly sessionCount: number;
}

const FORMAT: RowFormat<SourceRow> = {
  columns: [
    { title: "SOURCE", value: (row) => row.source, cuttable: true },
    { title: "ADAPTER", value: (row) => row.adapter ?? "(not mapped)" },
    { title: "TRUST", value: (row) => row.trust?.replace("-", " ") ?? "" },
    {
      title: "SECRETS",
      value: ({ secrets, missingSecrets }) =>
        secrets.map((name) => (missingSecrets.includes(name) ? `${name} (not set)` : name)).join(" "),
    },
    { title: "SESSIONS", value: (row) => row.sessionCount, align: "right" },
  ],
  json: (row) => ({ ...row }),
};

const SOURCES_OPTION = ["--sources <file>", "maps sources (default: dataio.config.yaml of the archive)"] as const;

export function addSources(program: Command, cli: Cli): void {
  const list = addCommand(program, "sources", "list the sources that the archive or its configuration names", [
    "dataio sources",
    "dataio sources --ndjson",
  ]);
  withArchive(withRowOutput(list))
    .option(...SOURCES_OPTION)
    .action(async (options: SourcesOptions, self: Command) => {
      await writeRows(cli, options, FORMAT, await sourceRows(cli, options, self));
    });

  const description = "show what the mapping of a source would run, and which secrets it is given; allow it with --yes";
  withArchive(addCommand(program, "trust <source>", description, ["dataio trust vendor", "dataio trust vendor --yes"]))
    .option(...SOURCES_OPTION)
    .option("--yes", "allow just this for this archive, until any of it changes")
    .option("--json", "one JSON object")
    .action(async (source: string, options: TrustOptions, self: Command) => {
      const location = await archiveOf(cli, self);
      const mappings = await mappingsOf(cli, location, options.sources);
      const mapping = mappingOf(mappings, source);
      if (mapping === undefined) throw new NotFoundError(`${mappings.file} maps no source "${source}"`);
      const { subject, trust } = await standingOf(cli, location, mapping);
      const granted = subject !== null && options.yes === true;
      if (granted) await trustFileOf(cli).grant(location.root, subject.digest);
      const now = granted ? "given" : trust;
      const lines = subject?.lines ?? [];
      if (options.json === true) {
        const digest = subject?.digest ?? null;
        await cli.output.json({ source, trust: now, digest, lines: lines.map((line) => ({ ...line })) });
        return;
      }
      for (const { what, text } of lines) await cli.output.line(`${what.padEnd(12)} ${printable(text)}`);
      await cli.output.line(SPOKEN[now]);
    });
}

interface TrustOptions {
  readonly sources?: string;
  readonly yes?: true;
  readonly json?: true;
}

const SPOKEN: Readonly<Record<NonNullable<SourceRow["trust"]>, string>> = {
  "not-needed": "It runs nothing and is given no secret; there is nothing to allow.",
  needed: "Nobody has allowed this for this archive; allow it with --yes.",
  given: "This is allowed for this archive.",
};

async function sourceRows(cli: Cli, options: SourcesOptions, self: Command): Promise<SourceRow[]> {
  const location = await archiveOf(cli, self);
  const mappings = await mappingsOf(cli, location, options.sources);
  using reader = new ArchiveReader(location);
  const counts = new Map(reader.sources().map(({ source, sessionCount }) => [source, sessionCount]));
  const names = [...new Set([...counts.keys(), ...Object.keys(mappings.sources)])].sort();
  const isSet = environmentSecrets(cli.env);
  const standing = async (mapping: Mapping | undefined) =>
    mapping === undefined ? null : (await standingOf(cli, location, mapping)).trust;
  return await Promise.all(
    names.map(async (source): Promise<SourceRow> => {
      const mapping = mappingOf(mappings, source);
      const secrets = secretNamesIn(mapping?.settings);
      return {
        source,
        adapter: mapping?.settings.adapter ?? null,
        trust: await standing(mapping),
        secrets,
        missingSecrets: secrets.filter((name) => isSet(name) === undefined),
        sessionCount: counts.get(source) ?? 0,
      };
    }),
  );
}
