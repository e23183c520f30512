/**
 * Which adapter answers for a source: what the archive's own file maps it to, else what the person's does; without a
 * mapping the params decide, a `url` being fetched over HTTP and a `path` read from this machine.
 */

import { dirname, join } from "node:path";
import {
  DataioError,
  type OpenedSource,
  openSource,
  parseJson,
  type Request,
  readSources,
  SOURCES_FILE,
  type SourceSettings,
  secretNamesIn,
  sourcesFileOf,
  type TrustFile,
  type TrustSubject,
  trustSubject,
} from "@mxm/dataio";
import type { KnownSource, SourceAdapter, SourceFile, SourcePlace } from "../shared/contract.ts";
import type { Archives } from "./archives.ts";
import { CodedError } from "./coded-error.ts";
import type { Secrets } from "./secrets.ts";

/** A mapping, and what it stands in. */
export interface FoundMapping {
  readonly place: SourcePlace;
  /** What its paths are relative to. */
  readonly folder: string;
  readonly settings: SourceSettings;
}

export interface SourceMappingsOptions {
  readonly dataDirectory: string;
  readonly archives: Archives;
  readonly secrets: Secrets;
  readonly trust: TrustFile;
}

/** The mappings of open archives, read anew each time: people edit them in their editors. */
export class SourceMappings {
  readonly #options: SourceMappingsOptions;

  constructor(options: SourceMappingsOptions) {
    this.#options = options;
  }

  /** Where the mappings of an archive are, or would be; the first that maps a source counts. */
  fileOf(archiveId: string, place: SourcePlace): string {
    const { dataDirectory, archives } = this.#options;
    return place === "archive" ? sourcesFileOf(archives.location(archiveId).root) : join(dataDirectory, SOURCES_FILE);
  }

  /** Undefined where no file maps the source. @throws CONFIG_INVALID for a file that cannot be understood */
  async find(archiveId: string, source: string): Promise<FoundMapping | undefined> {
    for (const place of ["archive", "user"] as const) {
      const file = this.fileOf(archiveId, place);
      const config = await readSources(file);
      const settings =
        config !== undefined && Object.hasOwn(config.sources, source) ? config.sources[source] : undefined;
      if (settings !== undefined) return { place, folder: dirname(file), settings };
    }
    return undefined;
  }

  /** Every source that the archive or a file names. A file that cannot be understood says so, and maps nothing. */
  async list(archiveId: string): Promise<{ sources: KnownSource[]; files: SourceFile[] }> {
    const seen = await this.#options.archives.reader(archiveId).call("sources");
    const mapped = new Map<string, FoundMapping>();
    const files: SourceFile[] = [];
    for (const place of ["archive", "user"] as const) {
      const path = this.fileOf(archiveId, place);
      try {
        const config = await readSources(path);
        files.push({ place, path, exists: config !== undefined, problem: null });
        for (const [source, settings] of Object.entries(config?.sources ?? {})) {
          if (!mapped.has(source)) mapped.set(source, { place, folder: dirname(path), settings });
        }
      } catch (error) {
        if (!(error instanceof DataioError)) throw error;
        files.push({ place, path, exists: true, problem: error.message });
      }
    }
    const names = new Set([...seen.map(({ source }) => source), ...mapped.keys()]);
    const sources = await Promise.all(
      [...names].sort().map(async (source): Promise<KnownSource> => {
        const summary = seen.find((other) => other.source === source);
        const mapping = mapped.get(source);
        return {
          source,
          sessionCount: summary?.sessionCount ?? 0,
          mapping: mapping === undefined ? null : await this.#shown(archiveId, mapping),
          proposed: mapping === undefined ? proposedFor(summary?.kinds ?? []) : null,
        };
      }),
    );
    return { sources, files };
  }

  /** What is to be trusted before the mapping may be used; null where nothing is. */
  subjectOf({ settings, folder }: FoundMapping): Promise<TrustSubject | null> {
    return trustSubject(settings, folder);
  }

  /**
   * Opens the source for a session.
   * @throws TRUST_NEEDED and as `openSource`
   */
  async open(archiveId: string, source: string, mapping: FoundMapping): Promise<OpenedSource> {
    await this.requireTrust(archiveId, source, mapping);
    return await openSource(source, mapping.settings, {
      folder: mapping.folder,
      secrets: (name) => this.#options.secrets.value(name),
    });
  }

  /**
   * What would run, or be given away, and is allowed; null where nothing is.
   * @throws TRUST_NEEDED where nobody allowed it
   */
  async requireTrust(archiveId: string, source: string, mapping: FoundMapping): Promise<TrustSubject | null> {
    const { trust, archives } = this.#options;
    const subject = await this.subjectOf(mapping);
    if (subject !== null && !(await trust.has(archives.location(archiveId).root, subject.digest))) {
      throw new CodedError({
        code: "TRUST_NEEDED",
        message: `What answers for "${source}" runs a program or is given a secret; nobody has allowed that for this archive.`,
        details: { source },
      });
    }
    return subject;
  }

  async #shown(archiveId: string, mapping: FoundMapping): Promise<NonNullable<KnownSource["mapping"]>> {
    const { secrets, trust, archives } = this.#options;
    const subject = await this.subjectOf(mapping);
    const trusted = subject === null || (await trust.has(archives.location(archiveId).root, subject.digest));
    const names = secretNamesIn(mapping.settings);
    return {
      place: mapping.place,
      settings: mapping.settings,
      trust: subject === null ? "not-needed" : trusted ? "given" : "needed",
      secrets: names,
      missingSecrets: names.filter((name) => secrets.placeOf(name) === null),
    };
  }
}

/** @throws CAPABILITY_MISSING for a method that does more than ask */
export function requireFetchable(request: Pick<Request, "kind" | "method">): void {
  if (request.method === "GET" || request.method === "POST") return;
  throw new DataioError(
    "CAPABILITY_MISSING",
    `"${request.kind}" is a ${request.method} request; only GET and POST are fetched again from here.`,
  );
}

/**
 * The adapter that fits an archived request.
 * @throws ADAPTER_UNKNOWN, JSON_INVALID when its params do not say
 */
export function proposeAdapter(request: Pick<Request, "kind" | "paramsJson">): SourceAdapter {
  const proposed = fitting(request.paramsJson);
  if (proposed !== null) return proposed;
  throw new DataioError(
    "ADAPTER_UNKNOWN",
    `The params of "${request.kind}" name neither a url nor a path, so no adapter here can fetch it. Map its source.`,
  );
}

function proposedFor(kinds: readonly { readonly latestParamsJson: string | null }[]): SourceAdapter | null {
  for (const { latestParamsJson } of kinds) {
    try {
      const proposed = fitting(latestParamsJson);
      if (proposed !== null) return proposed;
    } catch (error) {
      // Params of an archive that are no JSON propose nothing.
      if (!(error instanceof DataioError)) throw error;
    }
  }
  return null;
}

/** @throws JSON_INVALID */
function fitting(paramsJson: string | null): SourceAdapter | null {
  const params = paramsJson === null ? null : parseJson(paramsJson);
  if (typeof params !== "object" || params === null) return null;
  if (typeof Reflect.get(params, "url") === "string") return "http";
  return typeof Reflect.get(params, "path") === "string" ? "local-file" : null;
}
