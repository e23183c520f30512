/**
 * When the web host ends. The first signal says what runs, cancels it, waits until it has wound down, and closes; another
 * one, after that was said, ends the process at once.
 */
import { countedJobs, namedJobs, spokenLeft } from "../backend/closing.ts";
import type { Job } from "../shared/contract.ts";

export interface ClosingOptions {
  readonly backend: {
    runningJobs(): readonly Job[];
    /** Cancels jobs and waits until they have wound down. */
    endJobs(): Promise<void>;
    close(): Promise<void>;
  };
  readonly server: { close(): Promise<void> };
  print(text: string): void;
  exit(code: number): void;
  reportFailure(error: unknown): void;
  /** Milliseconds; for tests. */
  readonly clock?: () => number;
}

/** After this long an orderly end is given up, once no job runs any more. */
const CLOSE_DEADLINE_MS = 5000;
/** A terminal and the process that started us may both pass on the same Ctrl-C: what comes sooner is that. */
const SAME_SIGNAL_MS = 500;

export class Closing {
  readonly #options: ClosingOptions;
  /** When the first signal came. */
  #since: number | null = null;

  constructor(options: ClosingOptions) {
    this.#options = options;
  }

  readonly onSignal = (): void => {
    const { clock = () => performance.now(), exit } = this.#options;
    if (this.#since === null) {
      this.#since = clock();
      this.#close().catch((error: unknown) => {
        this.#options.reportFailure(error);
        exit(1);
      });
    } else if (clock() - this.#since >= SAME_SIGNAL_MS) exit(1);
  };

  async #close(): Promise<void> {
    const { backend, server, print, exit } = this.#options;
    const running = backend.runningJobs();
    if (running.length > 0) {
      print(
        `\n${countedJobs(running)}: ${namedJobs(running)}.\nCancelling${spokenLeft(running)}. Ctrl-C again ends at once.\n`,
      );
      // The pages are still served: they see their jobs end.
      await backend.endJobs();
    }
    setTimeout(() => exit(1), CLOSE_DEADLINE_MS).unref();
    await server.close();
    await backend.close();
    exit(0);
  }
}
