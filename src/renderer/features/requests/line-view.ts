/**
 * Which lines of a long list are drawn while it is scrolled. Those of a place that is not loaded yet are not drawn empty: what was
 * seen last stays until they are there, for a while that nobody takes for a halt.
 */
import { isAtWrongEnd, isShortened, lastTop, type ScrollSpace, scrollTopOf, topAfter } from "./scroll-space.ts";

/** So long the lines seen last stand for those that are being loaded, in milliseconds. */
const HOLD_MS = 400;
/** Lines that are drawn above and below those in sight. */
const OVERSCAN = 3;
/** Of the places that were passed while nothing came, so many may still be shown when their lines come. */
const MOST_PASSED = 200;

export interface LineSpan {
  /** Where the view begins, in CSS pixels from the first line of all. */
  readonly top: number;
  /** The lines to draw, both included; `last` is -1 when there are none. */
  readonly first: number;
  readonly last: number;
}

export interface LineLayout {
  /** Lines of the list. */
  readonly count: number;
  /** CSS pixels. */
  readonly lineHeight: number;
  /** Whether all these lines, both included, could be drawn. */
  readonly isThere: (first: number, last: number) => boolean;
  /** These lines, both included, are wanted in sight or nearly so. */
  readonly onWanted: (first: number, last: number) => void;
}

export class LineView {
  #layout: LineLayout = { count: 0, lineHeight: 1, isThere: () => true, onWanted: () => {} };
  #scroller: { scrollTop: number } | null = null;
  #height = 0;
  /** Where the scrollbar says that the view begins, and where it was put for that. */
  #wanted = 0;
  #scrollTop = 0;
  /** Wanted places since something was shown last. */
  #passed: number[] = [];
  #hold: ReturnType<typeof setTimeout> | undefined;
  #span: LineSpan = { top: 0, first: 0, last: -1 };
  readonly #listeners = new Set<() => void>();

  subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };
  /** What is drawn; the same object until it changes. */
  span = (): LineSpan => this.#span;

  /** True when the list stands at its very top. */
  get isAtTop(): boolean {
    return this.#wanted === 0;
  }
  /** The first line that is seen, be it by a part. */
  get firstSeen(): number {
    return Math.floor(this.#span.top / this.#layout.lineHeight);
  }
  attach(scroller: { scrollTop: number } | null): void {
    this.#scroller = scroller;
    if (scroller === null) clearTimeout(this.#hold);
  }

  /** The view is so high, in CSS pixels. */
  resize(height: number): void {
    if (height === this.#height) return;
    this.#height = height;
    this.#show(Math.min(this.#span.top, lastTop(this.#space)));
    this.#want();
  }

  /** Another list, from its top. */
  begin(layout: LineLayout): void {
    this.#layout = layout;
    this.moveTo(0);
  }

  /** Other lines of the same list may be there, or stand elsewhere. */
  lay(layout: LineLayout): void {
    const isAsHigh = layout.lineHeight === this.#layout.lineHeight;
    const seen = this.firstSeen;
    this.#layout = layout;
    // At another height of lines the same one stays the first.
    if (!isAsHigh) this.moveTo(seen * layout.lineHeight);
    if (this.#wanted > lastTop(this.#space)) this.moveTo(lastTop(this.#space));
    const shown = this.#passed.findLastIndex((top) => this.#isThere(top));
    if (shown === -1) {
      if (this.#passed.length === 0) this.#show(this.#span.top);
    } else {
      this.#show(this.#passed[shown] ?? 0);
      this.#passed = this.#passed.slice(shown + 1);
      clearTimeout(this.#hold);
      if (this.#passed.length > 0) this.#startHold();
    }
    this.#want();
  }

  /** The person scrolled. */
  scrolled(): void {
    const scrollTop = this.#scroller?.scrollTop ?? 0;
    // What was put there comes back as an event, and perhaps rounded.
    if (Math.abs(scrollTop - this.#scrollTop) < 1) return;
    this.#wanted = topAfter(this.#space, this.#wanted, this.#scrollTop, scrollTop);
    this.#scrollTop = scrollTop;
    if (isAtWrongEnd(this.#space, this.#wanted, scrollTop)) this.#putScrollbar();
    this.#go();
  }

  /** The person has scrolled: in a shortened list steps have led the scrollbar away from where it belongs. */
  scrollEnded(): void {
    if (isShortened(this.#space)) this.#putScrollbar();
  }

  /** Begins the view at a place, CSS pixels from the first line of all. */
  moveTo(top: number): void {
    this.#wanted = Math.max(0, Math.min(lastTop(this.#space), top));
    this.#putScrollbar();
    this.#passed = [];
    clearTimeout(this.#hold);
    this.#show(this.#wanted);
    this.#want();
  }

  /** All lines that are seen or wanted moved by so many pixels, and the view moves with them. */
  moveBy(pixels: number): void {
    const passed = this.#passed.map((top) => top + pixels);
    const shown = this.#span.top + pixels;
    const isHeld = passed.length > 0;
    this.moveTo(this.#wanted + pixels);
    if (!isHeld) return;
    this.#passed = passed;
    this.#show(shown);
    this.#startHold();
  }

  /** Brings a line into sight with as little of a move as needed. */
  reveal(line: number): void {
    const { lineHeight } = this.#layout;
    const top = line * lineHeight;
    if (top < this.#wanted) this.moveTo(top);
    else if (top + lineHeight > this.#wanted + this.#height) this.moveTo(top + lineHeight - this.#height);
    else if (this.#passed.length === 0) this.#show(this.#wanted);
  }

  get #space(): ScrollSpace {
    return { content: this.#layout.count * this.#layout.lineHeight, view: this.#height };
  }

  #putScrollbar(): void {
    this.#scrollTop = scrollTopOf(this.#space, this.#wanted);
    if (this.#scroller !== null) this.#scroller.scrollTop = this.#scrollTop;
  }

  #go(): void {
    if (this.#isThere(this.#wanted)) {
      this.#passed = [];
      clearTimeout(this.#hold);
      this.#show(this.#wanted);
    } else {
      if (this.#passed.length === 0) this.#startHold();
      this.#passed = [...this.#passed.slice(-MOST_PASSED), this.#wanted];
    }
    this.#want();
  }

  #startHold(): void {
    clearTimeout(this.#hold);
    this.#hold = setTimeout(() => this.#show(this.#wanted), HOLD_MS);
  }

  #want(): void {
    const { first, last } = this.#drawnAt(this.#wanted);
    if (last >= first) this.#layout.onWanted(first, last);
  }

  #isThere(top: number): boolean {
    const { first, last } = this.#linesAt(top);
    return this.#layout.isThere(first, last);
  }

  /** The lines that are seen, be it by a part, when the view begins at `top`. */
  #linesAt(top: number): { readonly first: number; readonly last: number } {
    const { count, lineHeight } = this.#layout;
    const first = Math.floor(top / lineHeight);
    return { first, last: Math.min(count, Math.ceil((top + this.#height) / lineHeight)) - 1 };
  }

  #drawnAt(top: number): { readonly first: number; readonly last: number } {
    const { first, last } = this.#linesAt(top);
    return { first: Math.max(0, first - OVERSCAN), last: Math.min(this.#layout.count - 1, last + OVERSCAN) };
  }

  #show(top: number): void {
    const { first, last } = this.#drawnAt(top);
    const now = this.#span;
    if (now.top === top && now.first === first && now.last === last) return;
    this.#span = { top, first, last };
    for (const listener of this.#listeners) listener();
  }
}
