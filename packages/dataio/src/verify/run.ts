/** What the steps of one run share. */
import type { ArchiveLocation } from "../location.ts";
import { type ArchiveRows, idText } from "./archive-rows.ts";
import type { FileHasher } from "./file-hasher.ts";
import { type Findings, ROWS_OF_A_FINDING } from "./findings.ts";
import type { FindingRow, VerifyProgress, VerifyStep } from "./report.ts";

export interface VerifyRun {
  readonly location: ArchiveLocation;
  readonly rows: ArchiveRows;
  readonly findings: Findings;
  readonly hasher: FileHasher;
  readonly progress: Progress;
  readonly signal: AbortSignal | undefined;
  /** True for SQLite's slow check that also compares indexes with tables. */
  readonly fullIntegrityCheck: boolean;
}

const INTERVAL_MS = 100;

/** Tells how far a run has come, at most ten times a second. */
export class Progress {
  readonly #tell: ((progress: VerifyProgress) => void) | undefined;
  #toldAt = Number.NEGATIVE_INFINITY;
  #bytes = 0;

  constructor(tell: ((progress: VerifyProgress) => void) | undefined) {
    this.#tell = tell;
  }

  /** @param bytesUnderWay read, but not yet part of {@link addBytes} */
  report(step: VerifyStep, done: number, total: number | null, bytesUnderWay = 0): void {
    const now = performance.now();
    if (this.#tell === undefined || now - this.#toldAt < INTERVAL_MS) return;
    this.#toldAt = now;
    this.#tell({ step, done, total, bytes: this.#bytes + bytesUnderWay });
  }

  addBytes(bytes: number): void {
    this.#bytes += bytes;
  }
}

/** The responses with a checksum, as a finding names them. */
export async function responsesOf(
  rows: ArchiveRows,
  checksum: string,
  count: number,
): Promise<{ readonly rows: readonly FindingRow[]; readonly moreRows: number }> {
  const found = await rows.all<{ id: string }>(
    `SELECT ${idText("r.id")} AS id FROM responses r WHERE r.checksum = @checksum LIMIT ${ROWS_OF_A_FINDING}`,
    { checksum },
  );
  const named = found.slice(0, count).map(({ id }): FindingRow => ({ table: "responses", id }));
  return { rows: named, moreRows: Math.max(0, count - named.length) };
}
