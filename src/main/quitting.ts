/**
 * When the desktop app ends. Closing its window ends it, unless jobs run: then it stays, without a window, until they have
 * ended; whoever starts it again meanwhile finds them in the new window. Quitting while jobs run asks first.
 */
import { type Endable, whenIdle } from "../backend/closing.ts";
import type { Job } from "../shared/contract.ts";

export interface QuittingOptions {
  readonly backend: Endable & {
    /** Cancels jobs and waits until they have wound down. */
    endJobs(): Promise<void>;
    close(): Promise<void>;
  };
  /** Whether a person wants to quit though these run. */
  ask(jobs: readonly Job[]): Promise<boolean>;
  /** Electron's `app.quit`: asks for `before-quit`, closes windows, then asks for `will-quit`. */
  quit(): void;
  exit(code: number): void;
  /** On a Mac an app stays until it is told to quit. */
  readonly staysWithoutWindow: boolean;
  hasWindow(): boolean;
  reportFailure(error: unknown): void;
}

interface Preventable {
  preventDefault(): void;
}

/** After this long jobs are given up: of an export of very many files all have to be removed. */
const JOBS_DEADLINE_MS = 60_000;
/** After this long an orderly end is given up, once no job runs any more. */
const CLOSE_DEADLINE_MS = 5000;

export class Quitting {
  readonly #options: QuittingOptions;
  #state: "open" | "asking" | "agreed" | "closing" | "closed" = "open";
  #stopWaiting = () => {};

  constructor(options: QuittingOptions) {
    this.#options = options;
  }

  /** The last window is gone. */
  readonly onWindowsClosed = (): void => {
    const { backend, staysWithoutWindow, hasWindow, quit } = this.#options;
    if (staysWithoutWindow) return;
    this.#stopWaiting();
    this.#stopWaiting = whenIdle(backend, () => {
      if (!hasWindow()) quit();
    });
  };

  /** Somebody wants the app to end: by its menu or keys, or the system on their behalf. */
  readonly onBeforeQuit = (event: Preventable): void => {
    if (this.#state === "asking") event.preventDefault();
    if (this.#state !== "open") return;
    const jobs = this.#options.backend.runningJobs();
    if (jobs.length === 0) return;
    event.preventDefault();
    this.#state = "asking";
    this.#options.ask(jobs).then(
      (isWanted) => {
        // A signal came before the answer.
        if (this.#state !== "asking") return;
        this.#state = isWanted ? "agreed" : "open";
        if (isWanted) this.#options.quit();
      },
      (error: unknown) => {
        // Who cannot be asked must not be kept from quitting.
        this.#options.reportFailure(error);
        this.quitUnasked();
      },
    );
  };

  /** Ends in order and without a question: nobody may be there to answer a signal. */
  readonly quitUnasked = (): void => {
    if (this.#state === "open" || this.#state === "asking") this.#state = "agreed";
    this.#options.quit();
  };

  /** Ends the backend before the process. `before` is what else has to be done. */
  onWillQuit(event: Preventable, before: () => Promise<unknown>): void {
    if (this.#state === "closed") return;
    event.preventDefault();
    if (this.#state === "closing") return;
    this.#state = "closing";
    const { backend, exit, quit, reportFailure } = this.#options;
    const giveUp = (afterMs: number) => setTimeout(() => exit(1), afterMs).unref();
    const jobsDeadline = giveUp(JOBS_DEADLINE_MS);
    const close = async () => {
      await backend.endJobs();
      clearTimeout(jobsDeadline);
      giveUp(CLOSE_DEADLINE_MS);
      await backend.close();
    };
    Promise.all([close(), before()]).then(
      () => {
        this.#state = "closed";
        quit();
      },
      (error: unknown) => {
        reportFailure(error);
        exit(1);
      },
    );
  }
}
