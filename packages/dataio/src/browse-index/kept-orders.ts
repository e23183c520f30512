/**
 * Whole lists in their order: made once, so that a page may begin anywhere at no cost, and kept while the archive goes on, so
 * that no item changes its place under one who scrolls. A list has a name by which further pages refer to it.
 */

/** @typeParam L the items of a whole list, or their ids */
export class KeptOrders<L> {
  readonly #most: number;
  /** The one that was used last stands last. */
  #orders: { readonly name: string; readonly items: L; readonly list: string }[] = [];

  /** @param most lists that are kept */
  constructor(most: number) {
    this.#most = most;
  }

  /**
   * The order of this name; where it is not kept, or is none of this list, that of the list as it is now.
   * @param list all that makes it this list and no other
   * @param now names the state that it is read from
   */
  of(list: string, now: string, name: string | null, read: () => L): { readonly name: string; readonly items: L } {
    const known = (wanted: string | null) => this.#orders.find((order) => order.list === list && order.name === wanted);
    const order = known(name) ?? known(now) ?? { name: now, items: read(), list };
    this.#orders = [...this.#orders.filter((other) => other !== order), order].slice(-this.#most);
    return order;
  }
}
