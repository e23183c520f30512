/**
 * What the handlers work with. Passed to each of them; there is no other state.
 */
import type { TrustFile } from "@mxm/dataio";
import type { EventName, Events } from "../shared/contract.ts";
import type { Archives } from "./archives.ts";
import type { Log } from "./failure.ts";
import type { HostAbilities } from "./host.ts";
import type { Jobs } from "./jobs.ts";
import type { RecentArchives } from "./recent-archives.ts";
import type { Samples } from "./samples.ts";
import type { Secrets } from "./secrets.ts";
import type { SentFiles } from "./sent-files.ts";
import type { SettingsStore } from "./settings.ts";
import type { SourceMappings } from "./sources.ts";

export interface BackendContext {
  readonly host: HostAbilities;
  readonly version: string;
  readonly readOnly: boolean;
  readonly initialArchive: string | null;
  readonly settings: SettingsStore;
  readonly recent: RecentArchives;
  readonly archives: Archives;
  readonly jobs: Jobs;
  readonly samples: Samples;
  readonly secrets: Secrets;
  readonly sentFiles: SentFiles;
  readonly trust: TrustFile;
  readonly mappings: SourceMappings;
  readonly log: Log;
  emit<E extends EventName>(name: E, payload: Events[E]): void;
}
