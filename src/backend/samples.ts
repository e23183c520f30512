/**
 * The sample archive: made on this machine by real sessions against a demo server on loopback and over files of the
 * library. While it is open the demo server runs, on the port that the archived requests name.
 */
import { existsSync, realpathSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { DataioError, type DemoServer, recordSample, startDemoServer } from "@mxm/dataio";
import { z } from "zod";
import type { Job, JobDetail } from "../shared/contract.ts";
import type { JobHandle, Jobs } from "./jobs.ts";
import { JsonFile } from "./json-file.ts";

type SampleDetail = Extract<JobDetail, { readonly kind: "sample" }>;

/** Where the sample is, and the port that its requests name. */
const schema = z.object({ path: z.string(), port: z.int().min(1).max(65_535) });

export interface SamplesOptions {
  readonly dataDirectory: string;
  /** Files that the sample's sessions read. */
  readonly files: string;
  readonly readOnly: boolean;
  readonly jobs: Jobs;
}

export class Samples {
  readonly #options: SamplesOptions;
  readonly #file: JsonFile<z.infer<typeof schema>>;
  #running: Job | null = null;
  #server: Promise<DemoServer | null> | null = null;

  constructor(options: SamplesOptions) {
    this.#options = options;
    this.#file = new JsonFile(join(options.dataDirectory, "sample.json"), schema);
  }

  /** Starts making the sample, or answers with the job that is at it. An existing sample is used again. @throws READ_ONLY */
  start(): Job {
    if (this.#options.readOnly) throw new DataioError("READ_ONLY", "This app was started read-only.");
    if (this.#running !== null) return this.#running;
    const first: SampleDetail = { kind: "sample", step: "Looking for the sample", path: null };
    this.#running = this.#options.jobs.start("Sample archive", first, async (handle) => {
      try {
        const path = (await this.#existing()) ?? (await this.#make(handle));
        handle.report({ done: 1, total: 1 }, { kind: "sample", step: "Done", path });
      } finally {
        this.#running = null;
      }
    });
    return this.#running;
  }

  /** Runs the demo server when `path` is the sample, so that its requests can be fetched again. */
  async serve(path: string): Promise<void> {
    const sample = await this.#file.read();
    if (sample === null || this.#server !== null || !existsSync(sample.path)) return;
    if (realpathSync(sample.path) !== path) return;
    // Another program may have the port by now; then a re-fetch fails and says so.
    const { files } = this.#options;
    this.#server = startDemoServer({ port: sample.port, files }).catch(() => null);
    if ((await this.#server) === null) this.#server = null;
  }

  async close(): Promise<void> {
    const server = await this.#server;
    this.#server = null;
    await server?.close();
  }

  async #existing(): Promise<string | null> {
    const sample = await this.#file.read();
    return sample !== null && existsSync(join(sample.path, "dataio.sqlite")) ? sample.path : null;
  }

  async #make(handle: JobHandle<SampleDetail>): Promise<string> {
    const { dataDirectory, files } = this.#options;
    const path = freeFolder(join(dataDirectory, "samples"));
    try {
      const { port } = await recordSample(path, {
        files,
        signal: handle.signal,
        onStep: (step, done, total) => handle.report({ done, total }, { kind: "sample", step, path: null }),
      });
      await this.#file.write({ path, port });
      return path;
    } catch (error) {
      // Half a sample is of no use, and it was made here a moment ago.
      await rm(path, { recursive: true, force: true });
      throw error;
    }
  }
}

/** A folder name that is not taken: `demo-archive`, `demo-archive-2` … */
function freeFolder(parent: string): string {
  for (let number = 1; ; number += 1) {
    const path = join(parent, number === 1 ? "demo-archive" : `demo-archive-${number}`);
    if (!existsSync(path)) return path;
  }
}
