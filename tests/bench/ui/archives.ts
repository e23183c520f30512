/** The archives that the window is measured on. */
import { mkdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Store } from "@mxm/dataio";
import { BIG, bigArchive } from "../big-archive.ts";

export interface Sizes {
  /** Responses of the archive that is opened, sorted and filtered. */
  readonly responses: number;
  /** Rows of the list that is scrolled. */
  readonly scrolled: number;
  /** Bytes of the payloads that are too large to be read whole. */
  readonly large: number;
  /** JSON payloads of 100 KiB. */
  readonly previews: number;
}

export const FULL: Sizes = { responses: BIG.responses, scrolled: 100_000, large: 200 * 2 ** 20, previews: 40 };
export const QUICK: Sizes = { responses: 20_000, scrolled: 5_000, large: 20 * 2 ** 20, previews: 10 };

/** Conditions as one types them, and what they are in the naive page's rows. */
export const FILTERS: readonly { readonly typed: string; readonly naive: string }[] = [
  { typed: "kind:kind-7", naive: `row.kind === "kind-7"` },
  { typed: "kind:rare", naive: `row.kind === "rare"` },
  { typed: "status:error", naive: `row.status === "error"` },
  { typed: "-status:ok", naive: `row.status !== "ok"` },
  { typed: "source:source-3", naive: `row.source === "source-3"` },
  { typed: "method:POST", naive: `row.method === "POST"` },
  { typed: "-kind:kind-7", naive: `row.kind !== "kind-7"` },
  { typed: "size:>199kb", naive: `row.size > 199_000` },
  { typed: "size:<100b", naive: `row.size < 100` },
  { typed: "time:2024-06-01..2024-06-30", naive: `row.time >= "2024-06-01" && row.time < "2024-07-01"` },
  { typed: "is:orphan", naive: `row.kind === null` },
];

/** Rows without payloads; made once and kept. */
export function rowsArchive(responses: number): string {
  return bigArchive({ responses }, join(process.env.BENCH_DIR ?? tmpdir(), "dataio-bench"));
}

/** Row `p<n>` of the archive of payloads. */
export const previewId = (number: number) => `p${String(number).padStart(3, "0")}`;
/** What stands at the beginning of that row's payload. */
export const previewMark = (number: number) => `payload-number-${number}-`;

/** An archive of a few payloads: the JSON ones, then `json` and `csv`, the large ones. */
export async function payloadsArchive(root: string, sizes: Sizes): Promise<string> {
  mkdirSync(root, { recursive: true });
  using store = Store.create(root, { durable: false });
  const start = Date.UTC(2025, 0, 1);
  let made = 0;
  const time = (seconds: number) => `${new Date(start + seconds * 1_000).toISOString().slice(0, -1)}000+00:00`;
  await store.insertSession({
    id: "s",
    source: "bench",
    mode: "sync",
    asOf: time(0),
    startedAt: time(0),
    endedAt: null,
  });
  const request = { sessionId: "s", method: "GET", paramsJson: "{}", bodyJson: null, hash: null, createdAt: time(0) };
  await store.insertRequest({ ...request, id: "q", kind: "payload" });
  const add = async (id: string, contentType: string, payload: Buffer) => {
    const { checksum, path, sizeBytes } = await store.payloads.put(payload);
    await store.writeMetadata(checksum, { content_type: contentType });
    const response = { id, requestId: "q", status: "ok", sequence: made, checksum, path, sizeBytes };
    await store.insertResponse({ ...response, createdAt: time(made) });
    made += 1;
  };
  await add("csv", "text/csv", csv(sizes.large));
  await add("json", "application/json", json(sizes.large, "the-large-one"));
  for (let number = 0; number < sizes.previews; number += 1) {
    await add(previewId(number), "application/json", json(100 * 2 ** 10, previewMark(number)));
  }
  return root;
}

/** Objects of the size of a quote, in one line, as an API sends them. */
function json(bytes: number, mark: string): Buffer {
  const text = Buffer.alloc(bytes, " ");
  let at = text.write(`{"mark":"${mark}","rows":[`);
  for (let row = 0; ; row += 1) {
    const quote = `${row === 0 ? "" : ","}{"n":${row},"symbol":"S${row % 500}","price":${row / 8},"venue":"XETR","open":true}`;
    if (at + quote.length + 2 > bytes) break;
    at += text.write(quote, at);
  }
  text.write("]}", at);
  return text;
}

function csv(bytes: number): Buffer {
  const text = Buffer.alloc(bytes, "\n");
  let at = text.write("n,day,symbol,price,note\n");
  for (let row = 0; ; row += 1) {
    const line = `${row},2025-10-01,S${row % 500},${row / 8},"a, ""b"""\n`;
    if (at + line.length > bytes) break;
    at += text.write(line, at);
  }
  return text.subarray(0, at);
}
