/** How fast a run goes: in the last seconds, and on the whole. */

/** What a run did until some moment. */
interface Progress {
  readonly requests: number;
  readonly bytes: number;
}
interface Sample extends Progress {
  /** Milliseconds of the clock. */
  readonly time: number;
}

const WINDOW_MS = 5_000;
/** Samples that lie closer together tell nothing more. */
const APART_MS = 100;

export class RunRate {
  readonly #clock: () => number;
  readonly #first: Sample;
  /** In order; one may lie before the window, to measure from. */
  readonly #samples: Sample[];

  /** @param clock milliseconds that never go back */
  constructor(clock: () => number = () => performance.now()) {
    this.#clock = clock;
    this.#first = { time: clock(), requests: 0, bytes: 0 };
    this.#samples = [this.#first];
  }

  /** Requests and bytes a second, of the last five seconds. */
  lately(now: Progress): Progress {
    const sample = { ...now, time: this.#clock() };
    const last = this.#samples.at(-1) ?? this.#first;
    if (sample.time - last.time >= APART_MS) this.#samples.push(sample);
    while ((this.#samples[1]?.time ?? Number.POSITIVE_INFINITY) <= sample.time - WINDOW_MS) this.#samples.shift();
    return perSecond(this.#samples[0] ?? this.#first, sample);
  }

  /** Requests and bytes a second, since the beginning. */
  overall(now: Progress): Progress {
    return perSecond(this.#first, { ...now, time: this.#clock() });
  }
}

function perSecond(from: Sample, to: Sample): Progress {
  const seconds = (to.time - from.time) / 1000;
  if (seconds <= 0) return { requests: 0, bytes: 0 };
  return { requests: (to.requests - from.requests) / seconds, bytes: (to.bytes - from.bytes) / seconds };
}
