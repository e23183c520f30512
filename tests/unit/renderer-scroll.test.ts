/** Which lines of a long list are drawn while it is scrolled. */
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { LineSlots } from "../../src/renderer/features/requests/line-slots.ts";
import { LineView } from "../../src/renderer/features/requests/line-view.ts";
import { lastTop, scrollHeight, scrollTopOf, topAfter } from "../../src/renderer/features/requests/scroll-space.ts";

const HEIGHT = 28;

/** A view of 20 lines, of which those are there that were said to be. */
function startView(count: number) {
  const view = new LineView();
  const scroller = { scrollTop: 0 };
  const there = new Set<number>();
  const wanted: number[][] = [];
  const lay = (lines = count) =>
    view.lay({
      count: lines,
      lineHeight: HEIGHT,
      isThere: (first, last) => {
        for (let line = first; line <= last; line += 1) if (!there.has(line)) return false;
        return true;
      },
      onWanted: (first, last) => wanted.push([first, last]),
    });
  const come = (first: number, last: number) => {
    for (let line = first; line <= last; line += 1) there.add(line);
    lay();
  };
  view.attach(scroller);
  view.resize(20 * HEIGHT);
  come(0, 40);
  return {
    view,
    scroller,
    wanted,
    come,
    lay,
    scrollTo(top: number) {
      scroller.scrollTop = top;
      view.scrolled();
    },
  };
}

describe("the lines that are drawn", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it("are those in sight and a few around, told when they change", () => {
    const { view, scrollTo, wanted } = startView(100_000);
    expect(view.span()).toEqual({ top: 0, first: 0, last: 22 });
    let told = 0;
    view.subscribe(() => (told += 1));
    scrollTo(10);
    scrollTo(10);
    expect(view.span()).toEqual({ top: 10, first: 0, last: 23 });
    expect(told).toBe(1);
    scrollTo(10 * HEIGHT);
    expect(view.span()).toEqual({ top: 10 * HEIGHT, first: 7, last: 32 });
    expect(wanted.at(-1)).toEqual([7, 32]);
  });

  it("stay where nothing is loaded, until something that was passed comes, and not for long", () => {
    const { view, scrollTo, come, wanted } = startView(100_000);
    for (const line of [1_000, 2_000, 3_000]) scrollTo(line * HEIGHT);
    expect(view.firstSeen).toBe(0);
    expect(wanted.at(-1)).toEqual([2_997, 3_022]);
    come(1_995, 2_030);
    expect(view.firstSeen).toBe(2_000);
    // What was passed before that is behind.
    come(995, 1_030);
    expect(view.firstSeen).toBe(2_000);
    vi.advanceTimersByTime(399);
    expect(view.firstSeen).toBe(2_000);
    vi.advanceTimersByTime(2);
    expect(view.firstSeen).toBe(3_000);
    come(2_995, 3_030);
    scrollTo(3_001 * HEIGHT);
    expect(view.firstSeen).toBe(3_001);
  });

  it("move with what moves, and stand at their end where the list became shorter", () => {
    const { view, scroller, scrollTo, come, lay } = startView(1_000);
    scrollTo(500 * HEIGHT);
    come(490, 540);
    view.moveBy(3 * HEIGHT);
    expect([view.firstSeen, scroller.scrollTop]).toEqual([503, 503 * HEIGHT]);
    scrollTo(700 * HEIGHT);
    view.moveBy(2 * HEIGHT);
    // Held, and still wanted further down.
    expect([view.firstSeen, scroller.scrollTop]).toEqual([505, 702 * HEIGHT]);
    lay(100);
    expect([view.firstSeen, scroller.scrollTop]).toEqual([80, 80 * HEIGHT]);
    view.reveal(10);
    expect(view.firstSeen).toBe(10);
    view.reveal(29);
    expect(view.firstSeen).toBe(10);
    view.reveal(30);
    expect(view.firstSeen).toBe(11);
  });

  it("of a list longer than an element may be are reached one by one and to the last", () => {
    const { view, scroller, scrollTo, come } = startView(2_000_000);
    come(1_999_900, 1_999_999);
    scrollTo(15_000_000 - 20 * HEIGHT);
    expect(view.firstSeen).toBe(1_999_980);
    scrollTo(scroller.scrollTop - 100);
    expect(view.span().top).toBe(1_999_980 * HEIGHT - 100);
    // Where steps end, the scrollbar goes where it belongs, which moves nothing.
    view.scrollEnded();
    view.scrolled();
    expect(view.span().top).toBe(1_999_980 * HEIGHT - 100);
    const end = 15_000_000 - 20 * HEIGHT;
    for (let step = 0; step < 10; step += 1) scrollTo(Math.min(scroller.scrollTop + 15, end));
    expect(view.span().top).toBe(1_999_980 * HEIGHT);
    expect(scroller.scrollTop).toBeCloseTo(end, 3);
  });
});

describe("the way of a scrollbar", () => {
  it("leads to every place of a list, however long, and from end to end", () => {
    const lists = fc.record({
      content: fc.integer({ min: 1, max: 100_000_000 }),
      view: fc.integer({ min: 1, max: 2_000 }),
    });
    fc.assert(
      fc.property(lists, fc.double({ min: 0, max: 1, noNaN: true }), (space, part) => {
        const way = Math.max(0, scrollHeight(space) - space.view);
        const top = part * lastTop(space);
        expect(scrollHeight(space)).toBeLessThanOrEqual(15_000_000);
        expect(scrollTopOf(space, top)).toBeLessThanOrEqual(way + 1e-3);
        if (way > 20_000) {
          const from = part > 0.5 ? 0 : way;
          const to = scrollTopOf(space, top);
          // Less than a pixel from an end is the end.
          const led = to < 1 ? 0 : to > way - 1 ? lastTop(space) : top;
          const isNear = Math.abs(led - top) < 100;
          expect(topAfter(space, 0, from, to)).toBeCloseTo(isNear ? led : top, 2);
        }
      }),
    );
  });
});

describe("elements of lines", () => {
  it("are each drawn for one line, kept for lines that stay, and in the same order after a leap", () => {
    const spans = fc.array(fc.record({ first: fc.nat({ max: 5_000 }), size: fc.integer({ min: 1, max: 30 }) }));
    fc.assert(
      fc.property(spans, (all) => {
        const slots = new LineSlots();
        slots.draw(0, 29);
        let before = new Map<number, number>();
        for (const { first, size } of all) {
          slots.draw(first, first + size - 1);
          const keys = new Map(Array.from({ length: size }, (_, at) => [first + at, slots.keyOf(first + at)]));
          expect(new Set(keys.values()).size).toBe(size);
          const stayed = [...keys.keys()].filter((line) => before.has(line));
          for (const line of stayed) expect(keys.get(line)).toBe(before.get(line));
          if (stayed.length === 0 && before.size > 0) expect([...keys.values()][0]).toBe([...before.values()][0]);
          before = keys;
        }
      }),
    );
  });
});
