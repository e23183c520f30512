/** The requests of a fetch job and how each stands; says which changed, so that nobody has to be told all of them again. */
import type { ChangedFetchItems, FetchCounts, FetchItem } from "../../shared/contract.ts";

type State = FetchItem["state"];

const NONE: FetchCounts = {
  queued: 0,
  running: 0,
  new: 0,
  changed: 0,
  unchanged: 0,
  reused: 0,
  failed: 0,
  cancelled: 0,
  retried: 0,
};

export class FetchItems {
  readonly #items: FetchItem[];
  /** The revision in which each changed last; no two changed in the same. */
  readonly #changedIn: number[];
  #revision: number;
  #counts: { -readonly [K in keyof FetchCounts]: number };
  #bytes = 0;

  constructor(asked: readonly Pick<FetchItem, "kind" | "method" | "label">[]) {
    this.#items = asked.map((request) => ({ ...request, state: { status: "queued" } }));
    this.#changedIn = this.#items.map((_, place) => place + 1);
    this.#revision = this.#items.length;
    this.#counts = { ...NONE, queued: this.#items.length };
  }

  get total(): number {
    return this.#items.length;
  }
  get counts(): FetchCounts {
    return { ...this.#counts };
  }
  /** Payload bytes that were fetched. */
  get bytes(): number {
    return this.#bytes;
  }
  /** Those that have ended, however. */
  get ended(): number {
    return this.total - this.#counts.queued - this.#counts.running;
  }
  /** The request, where there is only one. */
  get only(): FetchItem | null {
    return this.total === 1 ? (this.#items[0] ?? null) : null;
  }

  set(place: number, state: State): void {
    const item = this.#items[place];
    if (item === undefined) return;
    this.#count(item.state, -1);
    this.#count(state, 1);
    this.#items[place] = { ...item, state };
    this.#revision += 1;
    this.#changedIn[place] = this.#revision;
  }

  /** Places of those that ended so. */
  placesOf(status: "failed" | "cancelled"): number[] {
    return [...this.#items.keys()].filter((place) => this.#items[place]?.state.status === status);
  }

  /** What changed after a revision, the longest ago first; 0: all. */
  changedSince(revision: number, limit: number): ChangedFetchItems {
    const changed = [...this.#items.keys()]
      .filter((place) => this.#changeOf(place) > revision)
      .sort((one, other) => this.#changeOf(one) - this.#changeOf(other));
    const places = changed.slice(0, limit);
    return {
      items: places.flatMap((place) => {
        const item = this.#items[place];
        return item === undefined ? [] : [{ place, item }];
      }),
      revision: places.reduce((last, place) => Math.max(last, this.#changeOf(place)), revision),
      more: changed.length > limit,
    };
  }

  #changeOf(place: number): number {
    return this.#changedIn[place] ?? 0;
  }

  #count(state: State, by: 1 | -1): void {
    this.#counts[countOf(state)] += by;
    if (attemptsOf(state) > 1) this.#counts.retried += by;
    if (state.status === "acquired") this.#bytes += by * (state.sizeBytes ?? 0);
  }
}

function countOf(state: State): Exclude<keyof FetchCounts, "retried"> {
  return state.status === "acquired" ? state.change : state.status;
}

function attemptsOf(state: State): number {
  if (state.status === "running") return state.attempt;
  return "attempts" in state ? state.attempts : 0;
}
