/**
 * Rows for people: a table whose columns are aligned by what a terminal shows, not by the number of characters. Every
 * cell is made printable. Rows are laid out in blocks, so that a table of any length needs little memory.
 */
import stringWidth from "string-width";
import type { Output } from "./output.ts";
import { bytesText, printable } from "./printable.ts";

/** One column. */
export interface Column<T> {
  readonly title: string;
  /** The cell's text, as the archive has it. Null is shown as `-`. */
  value(row: T): string | number | null;
  readonly align?: "right";
  /** Is recognised by its beginning, so that it may be cut where a terminal is narrower than the table. Not of ids. */
  readonly cuttable?: true;
}

const BLOCK_ROWS = 500;
const GAP = "  ";
/** What a longer cell would do to the others is worse than being out of line. A checksum with a few words fits. */
const WIDEST_COLUMN = 96;
/** So that something is seen of it in a narrow window as well. */
const NARROWEST_COLUMN = 10;

/** Writes a header and a line for each row. @throws OutputClosed, and what `rows` throws */
export async function writeTable<T>(
  output: Output,
  columns: readonly Column<T>[],
  rows: Iterable<T> | AsyncIterable<T>,
): Promise<void> {
  const titles = columns.map((column) => column.title);
  const widths = titles.map((title) => title.length);
  let block: string[][] = [];
  let headed = false;
  const writeBlock = async () => {
    for (const cells of block) {
      for (const [index, cell] of cells.entries()) {
        widths[index] = Math.max(widths[index] ?? 0, Math.min(stringWidth(cell), WIDEST_COLUMN));
      }
    }
    const rooms = roomsFor(columns, widths, output.columns);
    if (!headed) await output.line(output.bold(layOut(columns, titles, rooms, output.isTerminal)));
    headed = true;
    for (const cells of block) await output.line(layOut(columns, cells, rooms, output.isTerminal));
    block = [];
  };
  for await (const row of rows) {
    block.push(columns.map((column) => shown(column.value(row) ?? "-")));
    if (block.length === BLOCK_ROWS) await writeBlock();
  }
  if (block.length > 0 || !headed) await writeBlock();
  await output.flush();
}

/** Facts below each other, names aligned: `name  value`. What is null is left out. */
export async function writeFacts(
  output: Output,
  title: string,
  facts: Readonly<Record<string, string | number | null>>,
): Promise<void> {
  const known = Object.entries(facts).filter(([, value]) => value !== null);
  const width = Math.max(...known.map(([name]) => stringWidth(name)));
  await output.line(output.bold(title));
  for (const [name, value] of known) await output.line(`  ${name.padEnd(width)}${GAP}${shown(value)}`);
}

/** The types say text or number, but SQLite lets bytes be in any column. */
function shown(value: unknown): string {
  return printable(value instanceof Uint8Array ? bytesText(value) : String(value));
}

/** How wide each column may be: the cuttable ones give way, the widest of them first, until the line is full. */
function roomsFor<T>(columns: readonly Column<T>[], widths: readonly number[], lineWidth: number): number[] {
  const rooms = [...widths];
  const last = columns.length - 1;
  // What is last and may be cut has the rest of the line; what may not be cut goes on in the next one.
  if (columns[last]?.align !== "right") rooms[last] = Math.min(rooms[last] ?? 0, NARROWEST_COLUMN);
  const missing = () => rooms.reduce((sum, width) => sum + width + GAP.length, -GAP.length) - lineWidth;
  for (let over = missing(); over > 0; over = missing()) {
    const widest = widestCuttable(columns, rooms);
    if (widest === undefined) break;
    rooms[widest] = Math.max(NARROWEST_COLUMN, (rooms[widest] ?? 0) - over);
  }
  if (columns[last]?.align !== "right") rooms[last] = (rooms[last] ?? 0) + Math.max(0, -missing());
  return rooms;
}

function widestCuttable<T>(columns: readonly Column<T>[], rooms: readonly number[]): number | undefined {
  const widths = columns.map((column, index) => (column.cuttable === true ? (rooms[index] ?? 0) : 0));
  const widest = Math.max(...widths);
  return widest > NARROWEST_COLUMN ? widths.indexOf(widest) : undefined;
}

function layOut<T>(
  columns: readonly Column<T>[],
  cells: readonly string[],
  rooms: readonly number[],
  mayCut: boolean,
): string {
  const line = cells.map((cell, index) => {
    const column = columns[index];
    const room = rooms[index] ?? 0;
    const text = mayCut && column?.cuttable === true ? cut(cell, room) : cell;
    if (index === columns.length - 1 && column?.align === undefined) return text;
    const space = " ".repeat(Math.max(0, room - stringWidth(text)));
    return column?.align === "right" ? space + text : text + space;
  });
  return line.join(GAP).trimEnd();
}

/** The text in at most `width` columns. */
function cut(text: string, width: number): string {
  if (stringWidth(text) <= width) return text;
  let kept = "";
  let keptWidth = 1;
  for (const { segment } of new Intl.Segmenter().segment(text)) {
    keptWidth += stringWidth(segment);
    if (keptWidth > width) break;
    kept += segment;
  }
  return `${kept}…`;
}
