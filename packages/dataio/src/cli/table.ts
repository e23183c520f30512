/**
 * Rows for people: a table whose columns are aligned by what a terminal shows, not by the number of characters. Every
 * cell is made printable. Rows are laid out in blocks, so that a table of any length needs little memory.
 */
import stringWidth from "string-width";
import type { Output } from "./output.ts";
import { printable } from "./printable.ts";

/** One column. Only the last one may be cut, and only where a terminal shows the table. */
export interface Column<T> {
  readonly title: string;
  /** The cell's text, as the archive has it. Null is shown as `-`. */
  value(row: T): string | number | null;
  readonly align?: "right";
}

const BLOCK_ROWS = 500;
const GAP = "  ";

/** Writes a header and a line for each row. @throws OutputClosed, and what `rows` throws */
export async function writeTable<T>(
  output: Output,
  columns: readonly Column<T>[],
  rows: Iterable<T> | AsyncIterable<T>,
): Promise<void> {
  const widths = columns.map((column) => column.title.length);
  let block: string[][] = [];
  let headed = false;
  const writeBlock = async () => {
    for (const cells of block) {
      for (const [index, cell] of cells.entries()) widths[index] = Math.max(widths[index] ?? 0, stringWidth(cell));
    }
    if (!headed)
      await output.line(
        output.bold(
          layOut(
            columns,
            columns.map((column) => column.title),
            widths,
            output,
          ),
        ),
      );
    headed = true;
    for (const cells of block) await output.line(layOut(columns, cells, widths, output));
    block = [];
  };
  for await (const row of rows) {
    block.push(columns.map((column) => printable(String(column.value(row) ?? "-"))));
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
  const shown = Object.entries(facts).filter(([, value]) => value !== null);
  const width = Math.max(...shown.map(([name]) => stringWidth(name)));
  await output.line(output.bold(title));
  for (const [name, value] of shown) await output.line(`  ${name.padEnd(width)}${GAP}${printable(String(value))}`);
}

function layOut<T>(
  columns: readonly Column<T>[],
  cells: readonly string[],
  widths: readonly number[],
  output: Output,
): string {
  const last = columns.length - 1;
  const line = cells.map((cell, index) => {
    const space = " ".repeat(Math.max(0, (widths[index] ?? 0) - stringWidth(cell)));
    if (columns[index]?.align === "right") return space + cell;
    return index === last ? cell : cell + space;
  });
  const used = widths.slice(0, last).reduce((sum, width) => sum + width + GAP.length, 0);
  const tail = line[last];
  if (tail !== undefined && columns[last]?.align === undefined) line[last] = cut(tail, output.columns - used);
  return line.join(GAP).trimEnd();
}

/** At least ten columns of it, so that something is seen in a narrow window as well. */
function cut(text: string, room: number): string {
  const width = Math.max(room, 10);
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
