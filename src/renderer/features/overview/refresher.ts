/** Reads something again while what it is read from changes: one run at a time, and not too often. */
import type { ErrorShape } from "../../../shared/contract.ts";
import { isSilent, shapeOf } from "../../state/failures.ts";

export interface Reading<T> {
  /** The last that was read; kept while it is read again, and where that fails. */
  readonly value: T | null;
  readonly error: ErrorShape | null;
  readonly running: boolean;
}

/** Between two runs it waits so many times as long as one took: it may take a tenth of somebody's time, no more. */
const REST = 10;

export class Refresher<T> {
  readonly #load: (signal: AbortSignal) => Promise<T>;
  readonly #leastGapMs: number;
  readonly #onChange: (reading: Reading<T>) => void;
  readonly #controller = new AbortController();
  #reading: Reading<T>;
  #wanted = false;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** @param leastGapMs from the end of one run to the begin of the next, at least */
  constructor(
    load: (signal: AbortSignal) => Promise<T>,
    leastGapMs: number,
    value: T | null,
    onChange: (reading: Reading<T>) => void,
  ) {
    this.#load = load;
    this.#leastGapMs = leastGapMs;
    this.#onChange = onChange;
    this.#reading = { value, error: null, running: false };
  }

  /** Something may have changed. */
  request(): void {
    this.#wanted = true;
    if (!this.#reading.running && this.#timer === undefined) void this.#run();
  }

  /** Cancels what runs; nothing is told any more. */
  close(): void {
    this.#controller.abort();
    clearTimeout(this.#timer);
  }

  async #run(): Promise<void> {
    const { signal } = this.#controller;
    if (signal.aborted) return;
    this.#wanted = false;
    this.#tell({ ...this.#reading, running: true });
    const started = performance.now();
    try {
      const value = await this.#load(signal);
      if (!signal.aborted) this.#tell({ value, error: null, running: false });
    } catch (error) {
      if (!signal.aborted) {
        this.#tell({ ...this.#reading, error: isSilent(error) ? null : shapeOf(error), running: false });
      }
    }
    if (signal.aborted) return;
    this.#timer = setTimeout(
      () => {
        this.#timer = undefined;
        if (this.#wanted) void this.#run();
      },
      Math.max(this.#leastGapMs, REST * (performance.now() - started)),
    );
  }

  #tell(reading: Reading<T>): void {
    this.#reading = reading;
    this.#onChange(reading);
  }
}
