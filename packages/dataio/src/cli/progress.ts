/**
 * How far long work has come, on one line of standard error that is drawn over and over and leaves nothing behind. Only
 * where a terminal shows it: logs and programs see none of it.
 */
import type { OutputStream } from "./output.ts";
import { printable } from "./printable.ts";

const REDRAW_MS = 100;
/** Work that is done by then has no need of it. */
const PATIENCE_MS = 300;
const BAR_WIDTH = 24;

/** One line of progress. Call {@link Progress.end} before anything else is written. */
export class Progress {
  readonly #stream: OutputStream | null;
  readonly #patienceMs: number;
  #begunAt: number | null = null;
  #drawnAt = Number.NEGATIVE_INFINITY;
  #shown = false;

  constructor(stderr: OutputStream, env: Readonly<Record<string, string | undefined>>, patienceMs = PATIENCE_MS) {
    this.#patienceMs = patienceMs;
    this.#stream = stderr.isTTY === true && env.TERM !== "dumb" ? stderr : null;
  }

  /** `total` 0 or null: how much there is to do is not known. */
  show(label: string, done: number, total: number | null): void {
    const now = performance.now();
    this.#begunAt ??= now;
    const soon = now - this.#begunAt < this.#patienceMs || now - this.#drawnAt < REDRAW_MS;
    if (this.#stream === null || soon) return;
    this.#drawnAt = now;
    this.#shown = true;
    const share = total === null || total <= 0 ? null : Math.min(1, done / total);
    const filled = Math.round((share ?? 0) * BAR_WIDTH);
    const bar = share === null ? `${done}` : `[${"#".repeat(filled)}${"-".repeat(BAR_WIDTH - filled)}]`;
    const percent = share === null ? "" : ` ${Math.floor(share * 100)} %`;
    const text = `${bar}${percent} ${printable(label)}`;
    this.#stream.write(`\r\u001b[2K${text.slice(0, (this.#stream.columns ?? 80) - 1)}`);
  }

  /** Takes the line away. */
  end(): void {
    if (this.#shown) this.#stream?.write("\r\u001b[2K");
    this.#shown = false;
    this.#begunAt = null;
    this.#drawnAt = Number.NEGATIVE_INFINITY;
  }
}
