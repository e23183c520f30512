/** Step `payloads`: each payload that a row names is there, and its bytes match its checksum. */
import { contentPath } from "../content-files.ts";
import { isChecksum } from "../identity.ts";
import { idText } from "./archive-rows.ts";
import type { HashedFile } from "./file-hasher.ts";
import { ROWS_OF_A_FINDING, type StatedFinding } from "./findings.ts";
import type { FindingRow, PayloadCounts } from "./report.ts";
import { responsesOf, type VerifyRun } from "./run.ts";
import { sentPages } from "./sent.ts";

/** A file that another process may still have been writing when it was read: changed this shortly before. */
const YOUNG_MS = 60_000;

/** A payload that rows name. */
export interface NamedPayload {
  readonly checksum: string;
  /** How many responses name it; 0 when only resolutions do, as what was sent. */
  readonly responses: number;
}

export async function verifyPayloads(run: VerifyRun): Promise<PayloadCounts> {
  const unusable = await verifyChecksumColumns(run);
  const counts = {
    distinctChecksums: unusable.distinct,
    distinctChecksumsValidHex: 0,
    duplicatePayloadResponses: unusable.responses - unusable.distinct,
    responsesNullChecksum: unusable.nulls,
    unusableChecksumResponses: unusable.responses,
    missingChecksums: 0,
    missingResponses: 0,
    corruptChecksums: 0,
    corruptResponses: 0,
    unreadableChecksums: 0,
    unreadableResponses: 0,
    okChecksums: 0,
    okResponses: 0,
    hashedBytes: 0,
    sentChecksums: 0,
  };
  for await (const { payload, file, bad } of hashedPayloads(run)) {
    const { responses } = payload;
    if (file.state === "hashed") counts.hashedBytes += file.sizeBytes;
    if (bad) await report(run, payload, file);
    if (responses === 0) {
      counts.sentChecksums += 1;
      continue;
    }
    counts.distinctChecksums += 1;
    counts.distinctChecksumsValidHex += 1;
    counts.duplicatePayloadResponses += responses - 1;
    if (!bad) {
      counts.okChecksums += 1;
      counts.okResponses += responses;
    } else if (file.state === "missing") {
      counts.missingChecksums += 1;
      counts.missingResponses += responses;
    } else if (file.state === "unreadable") {
      counts.unreadableChecksums += 1;
      counts.unreadableResponses += responses;
    } else {
      counts.corruptChecksums += 1;
      counts.corruptResponses += responses;
    }
  }
  return counts;
}

/**
 * Each payload that rows name, once, with what its file says. One that is bad while its file is young is looked at
 * again at the end: the Python package does not write payloads in one piece.
 */
export async function* hashedPayloads(
  run: VerifyRun,
): AsyncGenerator<{ payload: NamedPayload; file: HashedFile; bad: boolean }, void, undefined> {
  const total = await run.rows.count("responses");
  const again: NamedPayload[] = [];
  let done = 0;
  const hash = async (payloads: readonly NamedPayload[]) => {
    const paths = payloads.map((payload) => contentPath(run.location.responsesDirectory, payload.checksum, ".bin"));
    const files = await run.hasher.hash(paths, {
      signal: run.signal,
      onProgress: (bytes) => run.progress.report("payloads", done, total, bytes),
    });
    return payloads.map((payload, index) => {
      const file: HashedFile = files[index] ?? { state: "missing" };
      if (file.state === "hashed") run.progress.addBytes(file.sizeBytes);
      return { payload, file, bad: file.state !== "hashed" || file.sha256 !== payload.checksum };
    });
  };
  for await (const page of namedPayloads(run)) {
    for (const hashed of await hash(page)) {
      done += hashed.payload.responses;
      const { file } = hashed;
      if (hashed.bad && file.state === "hashed" && file.modifiedMs > Date.now() - YOUNG_MS) again.push(hashed.payload);
      else yield hashed;
    }
    run.progress.report("payloads", done, total);
  }
  yield* await hash(again);
}

/** What responses name, in order of checksum, then what only resolutions do. */
async function* namedPayloads(run: VerifyRun): AsyncGenerator<NamedPayload[], void, undefined> {
  for await (const page of run.rows.checksumPages()) yield page.filter((payload) => isChecksum(payload.checksum));
  if (!run.rows.extended || run.rows.narrowed) return;
  for await (const page of sentPages(run.rows)) yield page.map((checksum) => ({ checksum, responses: 0 }));
}

/** Rows that name no payload, or name it in a way that leads to none. */
async function verifyChecksumColumns(
  run: VerifyRun,
): Promise<{ readonly nulls: number; readonly responses: number; readonly distinct: number }> {
  const distinct = new Set<string>();
  let nulls = 0;
  let responses = 0;
  const columns = `${idText("t.id")} AS id, t.checksum AS checksum, t.size_bytes AS size`;
  for await (const page of run.rows.pages<{ id: string; checksum: unknown; size: unknown }>("responses", columns)) {
    for (const { id, checksum, size } of page) {
      if (isChecksum(checksum)) continue;
      if (checksum === null) {
        nulls += 1;
        run.findings.add({
          code: "checksum_null",
          severity: size === null ? "info" : "warning",
          step: "payloads",
          message: `The response ${id} names no payload.`,
          rows: [{ table: "responses", id }],
        });
      } else {
        responses += 1;
        distinct.add(shown(checksum));
        unusableChecksum(run, { table: "responses", id }, checksum);
      }
    }
  }
  if (!run.rows.extended || run.rows.narrowed) return { nulls, responses, distinct: distinct.size };
  const sent = `${idText("t.id")} AS id, t.sent_checksum AS checksum`;
  for await (const page of run.rows.pages<{ id: string; checksum: unknown }>("resolutions", sent)) {
    for (const { id, checksum } of page) {
      if (checksum !== null && !isChecksum(checksum)) unusableChecksum(run, { table: "resolutions", id }, checksum);
    }
  }
  return { nulls, responses, distinct: distinct.size };
}

function unusableChecksum(run: VerifyRun, row: FindingRow, checksum: unknown): void {
  run.findings.add({
    code: "checksum_unusable",
    step: "payloads",
    message: `The checksum of ${row.table.slice(0, -1)} ${row.id} is not a SHA-256, so its payload cannot be found.`,
    rows: [row],
    details: { checksum: shown(checksum) },
  });
}

function shown(checksum: unknown): string {
  return Buffer.isBuffer(checksum) ? `x'${checksum.toString("hex")}'` : String(checksum);
}

async function report(run: VerifyRun, payload: NamedPayload, file: HashedFile): Promise<void> {
  const { code, message, details } = whatIsWrong(payload.checksum, file);
  const named = run.findings.lists(code) ? await rowsNaming(run, payload) : {};
  const files = [contentPath(run.location.responsesDirectory, payload.checksum, ".bin")];
  run.findings.add({ code, step: "payloads", message, ...named, files, details });
}

function whatIsWrong(
  checksum: string,
  file: HashedFile,
): Required<Pick<StatedFinding, "code" | "message" | "details">> {
  switch (file.state) {
    case "missing":
      return { code: "payload_missing", message: `Payload ${checksum} has no file.`, details: { checksum } };
    case "unreadable":
      return {
        code: "payload_unreadable",
        message: `The file of payload ${checksum} cannot be read (${file.reason}).`,
        details: { checksum, reason: file.reason },
      };
    case "hashed":
      return {
        code: "payload_corrupt",
        message: `The bytes of payload ${checksum} do not match its checksum.`,
        details: { checksum, actual: file.sha256, sizeBytes: file.sizeBytes },
      };
  }
}

async function rowsNaming(run: VerifyRun, { checksum, responses }: NamedPayload) {
  if (responses > 0) return await responsesOf(run.rows, checksum, responses);
  const found = await run.rows.all<{ id: string }>(
    `SELECT ${idText("t.id")} AS id FROM resolutions t WHERE t.sent_checksum = @checksum LIMIT ${ROWS_OF_A_FINDING}`,
    { checksum },
  );
  return { rows: found.map(({ id }): FindingRow => ({ table: "resolutions", id })) };
}
