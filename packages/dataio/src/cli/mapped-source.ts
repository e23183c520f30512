/** Sources as a file maps them, and what a person allowed them to run. */
import { dirname } from "node:path";
import type { ArchiveLocation } from "../location.ts";
import { type OpenedSource, openSource } from "../sources/open-source.ts";
import { environmentSecrets, secretNamesIn } from "../sources/secret-references.ts";
import type { SourceSettings } from "../sources/source-settings.ts";
import { readSources, sourcesFileOf } from "../sources/sources-file.ts";
import { type TrustSubject, trustSubject } from "../sources/trust.ts";
import { TrustFile, trustFilePath } from "../sources/trust-file.ts";
import type { Cli } from "./cli.ts";
import { quotedWord } from "./shell-words.ts";
import { UsageError } from "./usage-error.ts";

/** Mappings, and the file that they stand in. */
export interface Mappings {
  readonly file: string;
  /** What paths in it are relative to. */
  readonly folder: string;
  /** By the names of their sources; empty where there is no file. */
  readonly sources: Readonly<Record<string, SourceSettings>>;
}

/** One of them. */
export interface Mapping {
  readonly source: string;
  readonly settings: SourceSettings;
  readonly folder: string;
}

/** The mappings of an archive, or those of the file that `--sources` names. @throws CONFIG_INVALID, UsageError */
export async function mappingsOf(cli: Cli, location: ArchiveLocation, named: string | undefined): Promise<Mappings> {
  const file =
    named === undefined ? sourcesFileOf(location.root) : cli.pathOf(named, "the name of the file of sources");
  const config = await readSources(file);
  if (config === undefined && named !== undefined) throw new UsageError(`there is no ${file}`);
  return { file, folder: dirname(file), sources: config?.sources ?? {} };
}

/** Undefined where nothing maps the source. */
export function mappingOf({ sources, folder }: Mappings, source: string): Mapping | undefined {
  const settings = Object.hasOwn(sources, source) ? sources[source] : undefined;
  return settings === undefined ? undefined : { source, settings, folder };
}

/** How a mapping stands with the one who runs the command. */
export interface Standing {
  /** What is to be trusted; null where nothing runs and no secret is given away. */
  readonly subject: TrustSubject | null;
  readonly trust: "not-needed" | "needed" | "given";
}

export async function standingOf(cli: Cli, location: ArchiveLocation, mapping: Mapping): Promise<Standing> {
  const subject = await trustSubject(mapping.settings, mapping.folder);
  if (subject === null) return { subject, trust: "not-needed" };
  return { subject, trust: (await trustFileOf(cli).has(location.root, subject.digest)) ? "given" : "needed" };
}

/** The person's, whatever archive it is about; the app has the same. */
export function trustFileOf(cli: Cli): TrustFile {
  return new TrustFile(trustFilePath(cli.env));
}

/**
 * Opens a mapped source for a session, with secrets from the environment.
 * @throws UsageError (TRUST_NEEDED) where it would run, or give away, what nobody allowed; and as `openSource`
 */
export async function openMapped(cli: Cli, location: ArchiveLocation, mapping: Mapping): Promise<OpenedSource> {
  const { source, settings, folder } = mapping;
  if ((await standingOf(cli, location, mapping)).trust === "needed") {
    throw new UsageError(
      `what answers for "${source}" runs a program or is given a secret, and nobody has allowed that for this archive; ` +
        `look at it with dataio trust ${quotedWord(source)}, and allow it there with --yes`,
      "TRUST_NEEDED",
    );
  }
  const secrets = environmentSecrets(cli.env);
  for (const name of secretNamesIn(settings)) cli.keepSecret([secrets(name) ?? ""]);
  return await openSource(source, settings, { folder, secrets });
}
