/** Whether the view of a stream follows what comes, or stands still while the archive goes on. */

export interface Pause {
  /** Frames that there were. */
  readonly at: number;
  /** Who scrolled up only wants to look; back at the end, the view follows again. */
  readonly by: "person" | "scroll";
}

/** Lines that are drawn at most; browsers lay out no more than some 30 million pixels. */
export const MOST_LINES = 500_000;
const STEP = 100_000;

/** Places of frames that the list shows: from `base`, so many. Older ones are among the rows of the session. */
export function shownLines(frames: number): { readonly base: number; readonly lines: number } {
  const base = frames <= MOST_LINES ? 0 : Math.ceil((frames - MOST_LINES) / STEP) * STEP;
  return { base, lines: frames - base };
}

/** What scrolling makes of a view. `up`: towards older frames. */
export function whenScrolled(
  pause: Pause | null,
  { up, atEnd }: { readonly up: boolean; readonly atEnd: boolean },
  frames: number,
): Pause | null {
  if (pause === null) return up && !atEnd ? { at: frames, by: "scroll" } : null;
  return pause.by === "scroll" && atEnd && !up ? null : pause;
}

/** What was counted when. */
export interface Sample {
  /** Milliseconds of any steady clock. */
  readonly at: number;
  readonly messages: number;
}

const WINDOW_MS = 5_000;

/** The samples with one more, and without those that say nothing of the last seconds any more. */
export function withSample(samples: readonly Sample[], sample: Sample): readonly Sample[] {
  const recent = samples.filter(({ at }) => sample.at - at <= WINDOW_MS);
  return [...recent, sample];
}

/** Messages a second over the last few; null while there is too little to tell. */
export function rateOf(samples: readonly Sample[]): number | null {
  const [first] = samples;
  const last = samples.at(-1);
  if (first === undefined || last === undefined || last.at - first.at < 500) return null;
  return ((last.messages - first.messages) * 1000) / (last.at - first.at);
}
