/**
 * The app's behaviour, the same in every host. Knows no Electron and no HTTP server: it answers calls, sends events and
 * serves files by URL; a host brings the transports and its abilities.
 */
import { join } from "node:path";
import type { EventName, Events, Job } from "../shared/contract.ts";
import { isQuestion } from "../shared/job-questions.ts";
import { Archives } from "./archives.ts";
import { createAssets } from "./assets.ts";
import type { BackendContext } from "./context.ts";
import { createDispatch, type Dispatch } from "./dispatch.ts";
import { ExportedFiles } from "./exported-files.ts";
import { type Log, logToStderr } from "./failure.ts";
import { appHandlers } from "./handlers/app.ts";
import { archiveHandlers } from "./handlers/archives.ts";
import { browseHandlers } from "./handlers/browse.ts";
import { fetchHandlers } from "./handlers/fetch.ts";
import { folderHandlers } from "./handlers/folders.ts";
import { hostHandlers } from "./handlers/host.ts";
import { jobHandlers } from "./handlers/jobs.ts";
import { overviewHandlers } from "./handlers/overview.ts";
import { sendHandlers } from "./handlers/send.ts";
import { sourceHandlers } from "./handlers/sources.ts";
import { streamHandlers } from "./handlers/stream.ts";
import { transferHandlers } from "./handlers/transfer.ts";
import { verifyHandlers } from "./handlers/verify.ts";
import type { HostAbilities } from "./host.ts";
import { Jobs } from "./jobs.ts";
import { RecentArchives } from "./recent-archives.ts";
import { Samples } from "./samples.ts";
import { Secrets } from "./secrets.ts";
import { createUploads, SentFiles } from "./sent-files.ts";
import { SettingsStore } from "./settings.ts";
import { SourceMappings } from "./sources.ts";
import { openTrust } from "./trust.ts";

export type { HostAbilities } from "./host.ts";

export interface BackendOptions {
  readonly host: HostAbilities;
  /** Settings, recent archives and sample archives live here. Created when first needed. */
  readonly dataDirectory: string;
  /** Where a person's trust is kept, for this app and the command line: the library's `trustFilePath`. */
  readonly trustFile: string;
  /** For what can be made anew: indexes of archives. Created when first needed. */
  readonly cacheDirectory: string;
  readonly rendererDirectory: string;
  /** Files that the sample's sessions read. */
  readonly sampleDirectory: string;
  /** The reader worker's file. */
  readonly readerWorker: URL;
  /** Refuses everything that would change an archive. */
  readonly readOnly: boolean;
  /** An archive that the renderer is to open at once. */
  readonly initialArchive: string | null;
  readonly version: string;
  readonly log?: Log;
}

export interface Backend {
  readonly dispatch: Dispatch;
  /** Renderer files and payload bytes by URL. */
  readonly assets: (request: Request) => Promise<Response>;
  /** Takes a file that a browser puts to be sent; see upload-url.ts. Only from whom may call methods. */
  readonly upload: (request: Request) => Promise<Response>;
  /** Hears every event; returns a function that stops it. */
  onEvent(listener: (name: EventName, payload: unknown) => void): () => void;
  /** Work that has not ended, newest first; what only asks is none. Each change of one is an event. */
  runningJobs(): readonly Job[];
  /** Cancels running jobs and waits until they have wound down; no others are started. */
  endJobs(): Promise<void>;
  /** Ends the jobs, and closes all archives. */
  close(): Promise<void>;
}

export async function createBackend(options: BackendOptions): Promise<Backend> {
  const { readOnly, dataDirectory } = options;
  const secrets = await Secrets.load(dataDirectory, options.host.keychain ?? null);
  const log = secrets.cleaned(options.log ?? logToStderr);
  const trust = await openTrust(options.trustFile, dataDirectory, log);
  const listeners = new Set<(name: EventName, payload: unknown) => void>();
  const emit = <E extends EventName>(name: E, payload: Events[E]) => {
    for (const listener of listeners) listener(name, payload);
  };
  const archives = new Archives({
    readerWorker: options.readerWorker,
    cacheDirectory: join(options.cacheDirectory, "indexes"),
    readOnly,
    onChange: (archive) => emit("archive.changed", { archive }),
    onIndexChange: (archiveId, index) => emit("index.changed", { archiveId, index }),
    onPollFailure: (path, error) => log(`Looking for new rows in ${path} failed`, error),
    onReaderDeath: (path, error) => log(`The thread that reads ${path} ended unexpectedly`, error),
    onIndexAlone: (path, reason) => log(`The index of ${path} is built by one thread alone`, reason),
  });
  const jobs = new Jobs({
    onChange: (job) => emit("job.changed", job),
    onCleared: (jobIds) => emit("jobs.cleared", { jobIds }),
    holdArchive: (archiveId) => archives.hold(archiveId),
    log,
  });
  const exported = new ExportedFiles(join(options.cacheDirectory, "exports"), jobs);
  const sentFiles = new SentFiles(join(options.cacheDirectory, "sent"));
  const samples = new Samples({ dataDirectory, files: options.sampleDirectory, readOnly, jobs });
  const context: BackendContext = {
    host: options.host,
    version: options.version,
    readOnly,
    initialArchive: options.initialArchive,
    settings: await SettingsStore.load(dataDirectory),
    recent: await RecentArchives.load(dataDirectory),
    archives,
    jobs,
    samples,
    secrets,
    sentFiles,
    trust,
    mappings: new SourceMappings({ dataDirectory, archives, secrets, trust }),
    log,
    emit,
  };
  return {
    dispatch: createDispatch(
      {
        ...appHandlers(context),
        ...archiveHandlers(context),
        ...browseHandlers(context),
        ...fetchHandlers(context),
        ...folderHandlers(),
        ...hostHandlers(context),
        ...jobHandlers(context),
        ...overviewHandlers(context),
        ...sendHandlers(context),
        ...sourceHandlers(context),
        ...streamHandlers(context),
        ...transferHandlers(context, options.readerWorker, exported),
        ...verifyHandlers(context, options.readerWorker),
      },
      log,
    ),
    assets: createAssets({
      rendererDirectory: options.rendererDirectory,
      payloads: (archiveId) => archives.payloads(archiveId),
      exported: (jobId, signal) => exported.open(jobId, signal),
      log,
    }),
    upload: createUploads(sentFiles, { readOnly, log }),
    onEvent(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    runningJobs: () => jobs.running().filter(({ detail }) => !isQuestion(detail)),
    endJobs: () => jobs.close(),
    async close() {
      await jobs.close();
      await exported.close();
      await sentFiles.close();
      await samples.close();
      await archives.closeAll();
    },
  };
}
