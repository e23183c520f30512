/**
 * Requests by the contents that they brought, while a build has all responses at hand: what OrphanInference.requestOf asks the
 * archive for, an orphan at a time. Where it cannot be told from what is at hand, that one is asked.
 */
import type { ResponseColumns } from "./response-columns.ts";

/** An orphan by its content. */
export interface KnownContent {
  readonly sum: number;
  readonly mix: number;
  /** As in the index. */
  readonly time: number;
  /** The code of its source; null where none is known. */
  readonly source: number | null;
}

export class KnownContents {
  readonly #responses: ResponseColumns;
  readonly #sourceOf: (place: number) => number | null;
  /** Responses by what they brought, by their places; in the order of their times once they were asked for. */
  readonly #places = new Map<number, { readonly places: number[]; isOrdered: boolean }>();

  /**
   * @param sums what orphans brought
   * @param sourceOf the source of the request that a response was to; null where none is on record
   */
  constructor(responses: ResponseColumns, sums: Iterable<number>, sourceOf: (place: number) => number | null) {
    this.#responses = responses;
    this.#sourceOf = sourceOf;
    for (const sum of sums) this.#places.set(sum, { places: [], isOrdered: false });
  }

  /** Takes in a response to a request on record, by its place. */
  add(at: number): void {
    this.#places.get(this.#responses.sum[at] ?? 0)?.places.push(at);
  }

  /**
   * The response with the same bytes whose request is the orphan's: of the same source where one is known, the last before it,
   * or else the last of all.
   * @returns its place; undefined where there is none, null where only the archive can tell
   */
  bestOf({ sum, mix, time, source }: KnownContent): number | undefined | null {
    const places = this.#orderedPlaces(sum);
    if (places === null) return null;
    const { time: times } = this.#responses;
    const timeAt = (index: number) => times[places[index] ?? 0] ?? 0;
    let before = 0;
    for (let upTo = places.length; before < upTo; ) {
      const middle = (before + upTo) >> 1;
      if (timeAt(middle) <= time) before = middle + 1;
      else upTo = middle;
    }
    const { mix: mixes } = this.#responses;
    const isWanted = (index: number) => {
      const place = places[index] ?? 0;
      return mixes[place] === mix && (source === null || this.#sourceOf(place) === source);
    };
    const lastWanted = (from: number, upTo: number) => {
      for (let index = upTo - 1; index >= from; index -= 1) if (isWanted(index)) return index;
      return -1;
    };
    let best = lastWanted(0, before);
    if (best < 0) best = lastWanted(before, places.length);
    if (best < 0) return undefined;
    // Of equal moments the ids decide, which are not at hand.
    const second = lastWanted(0, best);
    if (second >= 0 && timeAt(second) === timeAt(best)) return null;
    return places[best];
  }

  #orderedPlaces(sum: number): readonly number[] | null {
    const known = this.#places.get(sum);
    if (known === undefined) return null;
    if (!known.isOrdered) {
      const { time } = this.#responses;
      known.places.sort((a, b) => (time[a] ?? 0) - (time[b] ?? 0));
      known.isOrdered = true;
    }
    return known.places;
  }
}
