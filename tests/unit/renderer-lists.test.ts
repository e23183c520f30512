import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type KeysetList, withHead, withPage } from "../../src/renderer/state/keyset-list.ts";
import {
  countLoaded,
  firstMissing,
  itemAt,
  loadedOf,
  nextLoaded,
  type Placed,
  placedFrom,
  placeOf,
  shiftOf,
  withChanges,
  withoutFar,
  withPart,
  withTop,
} from "../../src/renderer/state/placed-list.ts";

const keyOf = (item: string) => item;
const list = (items: string, nextCursor: string | null = null): KeysetList<string> => ({
  items: [...items],
  nextCursor,
});

describe("a list that is read page by page", () => {
  it("takes a page at its end, and nothing twice", () => {
    expect(withPage(list("abc", "1"), list("cde", "2"), keyOf)).toEqual(list("abcde", "2"));
  });

  it("takes new items at its top and keeps its place further down", () => {
    expect(withHead(list("abcdef", "deep"), list("xyab", "top"), keyOf)).toEqual(list("xyabcdef", "deep"));
  });

  it("takes over what changed between the items it knows", () => {
    // b went, x came.
    expect(withHead(list("abcdef", "deep"), list("axcd", "top"), keyOf)).toEqual(list("axcdef", "deep"));
  });

  it("becomes the head when that is the whole list", () => {
    expect(withHead(list("abc", "deep"), list("xy"), keyOf)).toEqual(list("xy"));
  });

  it("asks for more when the head has nothing in common with it", () => {
    expect(withHead(list("abc"), list("xyz", "top"), keyOf)).toBeNull();
  });

  it("is, after its head was read again, what reading anew would give", () => {
    const items = fc.uniqueArray(fc.integer(), { minLength: 1, maxLength: 30 });
    fc.assert(
      fc.property(
        items,
        items,
        fc.integer({ min: 1, max: 30 }),
        fc.integer({ min: 1, max: 60 }),
        (old, fresh, loaded, page) => {
          const added = fresh.filter((item) => !old.includes(item)).map(String);
          const before = old.map(String);
          const after = [...added, ...before];
          const known = { items: before.slice(0, loaded), nextCursor: loaded < before.length ? "deep" : null };
          const head = { items: after.slice(0, page), nextCursor: page < after.length ? "top" : null };
          const merged = withHead(known, head, keyOf);
          if (merged === null) expect(page).toBeLessThanOrEqual(added.length);
          else expect(merged.items).toEqual(after.slice(0, merged.items.length));
        },
      ),
    );
  });
});

/** All places one by one; undefined where nothing is loaded. */
const spread = <T>(list: Placed<T>) => Array.from({ length: list.length }, (_, place) => itemAt(list, place));

describe("a list of which parts are loaded", () => {
  const parts = fc.array(fc.tuple(fc.nat({ max: 39 }), fc.nat({ max: 8 })));

  it("holds what was loaded last of each place, and finds it", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 40 }), parts, fc.nat({ max: 45 }), (length, loads, from) => {
        let list: Placed<string> = placedFrom<string>([], length);
        const model = new Array<string | undefined>(length).fill(undefined);
        for (const [load, [start, size]] of loads.entries()) {
          const items = Array.from({ length: size }, (_, at) => `${start + at} of ${load}`);
          list = withPart(list, start, items, length);
          for (const [at, item] of items.entries()) if (start + at < length) model[start + at] = item;
        }
        expect(spread(list)).toEqual(model);
        expect(loadedOf(list)).toEqual(model.filter((item) => item !== undefined));
        expect(countLoaded(list)).toBe(loadedOf(list).length);
        const to = from + 7;
        const missing = model.findIndex((item, place) => item === undefined && place >= from && place <= to);
        expect(firstMissing(list, from, to)).toBe(missing);
        if (missing !== -1) {
          const next = model.findIndex((item, place) => item !== undefined && place > missing);
          expect(nextLoaded(list, missing)).toBe(next === -1 ? length : next);
        }
        const last = model.findLastIndex((item) => item !== undefined);
        expect(placeOf(list, (item) => item === model[last])).toBe(last);
        const shouted = withChanges(list, (item) => (item.startsWith("3") ? item.toUpperCase() : item));
        expect(shouted === list).toBe(!model.some((item) => item?.startsWith("3")));
        expect(spread(shouted)).toEqual(model.map((item) => (item?.startsWith("3") ? item.toUpperCase() : item)));
      }),
    );
  });

  it("holds, after its top was read again, nothing at a place but what is there", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 40 }),
        fc.nat({ max: 12 }),
        parts,
        fc.integer({ min: 1, max: 60 }),
        // A row that came in further down, as rows of an older time do.
        fc.option(fc.nat({ max: 39 })),
        (length, added, loads, page, deeper) => {
          const old = Array.from({ length }, (_, at) => `old ${at}`);
          const known = loads.reduce(
            (list, [start, size]) => withPart(list, start, old.slice(start, start + size), length),
            placedFrom(old.slice(0, 3), length),
          );
          const now = [...Array.from({ length: added }, (_, at) => `new ${at}`), ...old];
          if (deeper !== null) now.splice(added + deeper, 0, "deeper");
          const top = withTop(known, now.slice(0, page), now.length, keyOf);
          if (top === null) {
            expect(page).toBeLessThanOrEqual(added + (deeper === 0 ? 1 : 0));
            return;
          }
          expect(top.length).toBe(now.length);
          // What came in and went unseen is told by the length alone, so a row above is needed to know where it is.
          if (deeper === null || added + deeper >= page) {
            expect(spread(top).every((item, at) => item === undefined || item === now[at])).toBe(true);
          }
        },
      ),
    );
  });
});

describe("a list that lets go of what is far from sight", () => {
  const looks = fc.array(
    fc.record({
      from: fc.nat({ max: 95 }),
      height: fc.integer({ min: 1, max: 9 }),
      page: fc.integer({ min: 1, max: 12 }),
    }),
  );

  it("asks again for what it let go of, holds what is in sight, and never moves a place", () => {
    fc.assert(
      fc.property(looks, fc.integer({ min: 12, max: 40 }), fc.nat({ max: 99 }), (all, most, kept) => {
        const length = 100;
        const isKept = (item: number) => item === kept;
        let list: Placed<number> = placedFrom([0, 1, 2], length);
        for (const { from, height, page } of all) {
          const to = from + height;
          for (let start = firstMissing(list, from, to); start !== -1; start = firstMissing(list, from, to)) {
            const end = Math.min(start + page, nextLoaded(list, start));
            const part = Array.from({ length: end - start }, (_, at) => start + at);
            const loaded = withPart(list, start, part, length);
            const before = itemAt(loaded, kept);
            list = withoutFar(loaded, from, to, most, isKept);
            expect(itemAt(list, start)).toBe(start);
            expect(itemAt(list, kept)).toBe(before);
            if (countLoaded(loaded) <= most) expect(list).toBe(loaded);
          }
          expect(list.length).toBe(length);
          expect(spread(list).every((item, place) => item === undefined || item === place)).toBe(true);
          expect(itemAt(list, 0)).toBe(0);
          // Besides the top, the part with what is kept, and those in sight.
          expect(countLoaded(list)).toBeLessThanOrEqual(most + 3 + 12 + height + 24);
        }
      }),
    );
  });

  it("goes from the farthest on, part by part", () => {
    const parts = [0, 10, 20, 30, 40].reduce<Placed<number>>(
      (list, start) => withPart(list, start, [start, start + 1], 50),
      placedFrom([], 50),
    );
    const loaded = (list: Placed<number>) => list.pieces.map(({ start }) => start);
    expect(loaded(withoutFar(parts, 21, 22, 6, () => false))).toEqual([0, 10, 20, 30]);
    expect(loaded(withoutFar(parts, 40, 45, 2, (item) => item === 11))).toEqual([0, 10, 40]);
    expect(withoutFar(parts, 0, 1, 10, () => false)).toBe(parts);
  });
});

describe("the place of what one looks at", () => {
  const of = (text: string) => placedFrom([...text]);

  it("moves by as many items as came in above", () => {
    expect(shiftOf(of("abcdef"), of("xyabcdef"), 3, keyOf)).toBe(2);
    expect(shiftOf(of("abcdef"), of("abcdef"), 3, keyOf)).toBe(0);
    // Far down, where nothing between is loaded.
    const far = (start: number) => withPart(of("ab"), start, [..."pqr"], start + 9);
    expect(shiftOf(far(500), far(503), 501, keyOf)).toBe(3);
  });

  it("is found by the next item when its own is gone", () => {
    expect(shiftOf(of("abcdef"), of("xabdef"), 2, keyOf)).toBe(0);
    expect(shiftOf(of("abcdef"), of("xyabdef"), 2, keyOf)).toBe(1);
  });

  it("stays when the same items come in another order", () => {
    expect(shiftOf(of("abcdef"), of("bcdefa"), 0, keyOf)).toBe(0);
    expect(shiftOf(of("abcdef"), of("fabcde"), 5, keyOf)).toBe(0);
    expect(shiftOf(of("abcdef"), of("xbcdefa"), 0, keyOf)).toBe(1);
  });

  it("stays when nothing is left of it", () => {
    expect(shiftOf(of("abc"), of("xyz"), 1, keyOf)).toBe(0);
    expect(shiftOf(of(""), of("xyz"), 0, keyOf)).toBe(0);
  });
});
