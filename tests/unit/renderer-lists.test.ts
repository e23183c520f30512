import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type KeysetList, shiftOf, withHead, withPage } from "../../src/renderer/state/keyset-list.ts";

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

describe("the place of what one looks at", () => {
  it("moves by as many items as came in above", () => {
    expect(shiftOf([..."abcdef"], [..."xyabcdef"], 3, keyOf)).toBe(2);
    expect(shiftOf([..."abcdef"], [..."abcdef"], 3, keyOf)).toBe(0);
  });

  it("is found by the next item when its own is gone", () => {
    expect(shiftOf([..."abcdef"], [..."xabdef"], 2, keyOf)).toBe(0);
    expect(shiftOf([..."abcdef"], [..."xyabdef"], 2, keyOf)).toBe(1);
  });

  it("stays when the same items come in another order", () => {
    expect(shiftOf([..."abcdef"], [..."bcdefa"], 0, keyOf)).toBe(0);
    expect(shiftOf([..."abcdef"], [..."fabcde"], 5, keyOf)).toBe(0);
    expect(shiftOf([..."abcdef"], [..."xbcdefa"], 0, keyOf)).toBe(1);
  });

  it("stays when nothing is left of it", () => {
    expect(shiftOf([..."abc"], [..."xyz"], 1, keyOf)).toBe(0);
    expect(shiftOf([], [..."xyz"], 0, keyOf)).toBe(0);
  });
});
