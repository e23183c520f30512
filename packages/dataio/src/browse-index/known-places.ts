/** Where in one list which row number stands, as far as pages of it were read: a page far down begins at the nearest. */

/** Places closer together than this save nothing. */
const APART = 500;
const MOST = 2_000;

export class KnownPlaces {
  #list = "";
  #cursors = new Map<number, string>();

  /** The cursor of the nearest known row at or above `start`, of this list in this state; places of others are forgotten. */
  above(list: string, start: number): { readonly row: number; readonly cursor: string } | null {
    if (list !== this.#list) {
      this.#list = list;
      this.#cursors = new Map();
    }
    let row = -1;
    for (const known of this.#cursors.keys()) if (known <= start && known > row) row = known;
    const cursor = this.#cursors.get(row);
    return cursor === undefined ? null : { row, cursor };
  }

  /** The row with this number follows the cursor. */
  add(list: string, row: number, cursor: string): void {
    const near = this.above(list, row);
    if (this.#cursors.size < MOST && (near === null || row - near.row >= APART)) this.#cursors.set(row, cursor);
  }
}
