import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import Database from "better-sqlite3";
import { describe, expect, it, onTestFinished } from "vitest";
import {
  AdapterResult,
  ArchiveReader,
  DataIoSession,
  exportPayload,
  type Fetcher,
  Store,
  type VerifyReport,
  verify,
} from "../src/index.ts";
import { referenceArchive, temporaryFolder } from "./archives.ts";

/** Tests beside Python itself run where there is one. */
const python = spawnSync("python3", ["-c", "import sqlite3"]).status === 0 ? "python3" : null;

const adapter: Fetcher = {
  fetch: async (request) =>
    new AdapterResult({ data: Buffer.from(`ours ${request.paramsJson}`), contentType: "text/plain" }),
};

/** Archives of either journal mode: those that Python makes keep `delete`, ours have WAL. */
function archiveIn(journal: "wal" | "delete"): string {
  if (journal === "delete") return referenceArchive("small");
  const root = temporaryFolder();
  Store.create(root).close();
  return root;
}
function started(command: string, args: readonly string[]): { child: ChildProcess; output: Promise<string> } {
  const child = spawn(command, args, { stdio: ["ignore", "pipe", "inherit"] });
  onTestFinished(() => void child.kill("SIGKILL"));
  let text = "";
  child.stdout.on("data", (chunk: Buffer) => {
    text += chunk.toString();
  });
  const output = (async () => {
    const [code] = await once(child, "close");
    if (code !== 0) throw new Error(`${command} ended with ${code}`);
    return text;
  })();
  return { child, output };
}
interface Pipeline {
  readonly responses: number;
  start(root: string): { child: ChildProcess; output: Promise<string> };
}
const NODE_PIPELINE: Pipeline = {
  responses: 60,
  start: (root) => started(process.execPath, [join(import.meta.dirname, "pipeline-writer.ts"), root, "60"]),
};
const PYTHON_PIPELINE: Pipeline = {
  responses: 60,
  start: (root) => {
    const script = join(import.meta.dirname, "fixtures", "pipeline_writer.py");
    return started(python ?? "", [script, root, "--sessions", "3", "--requests", "20"]);
  },
};

/** Repeats an action until the pipeline has ended, and at least once. */
async function meanwhile(isOver: () => boolean, action: () => Promise<void>): Promise<number> {
  let rounds = 0;
  do {
    await action();
    rounds += 1;
  } while (!isOver());
  return rounds;
}
function countOf(root: string, sql: string): unknown {
  const db = new Database(join(root, "dataio.sqlite"), { readonly: true });
  try {
    return db.prepare(sql).pluck().get();
  } finally {
    db.close();
  }
}

const PIPELINES = [
  ["Node", NODE_PIPELINE] as const,
  ...(python === null ? [] : [["Python", PYTHON_PIPELINE] as const]),
];

describe.each(PIPELINES)("beside a pipeline in %s", (_name, pipeline) => {
  it.each(["wal", "delete"] as const)("in journal mode %s, both sides do all of their work", async (journal) => {
    const root = archiveIn(journal);
    const before = Number(countOf(root, "SELECT COUNT(*) FROM responses"));
    const { output } = pipeline.start(root);
    let over = false;
    const ended = output.finally(() => {
      over = true;
    });
    const isOver = () => over;

    using store = Store.open(root);
    using reader = new ArchiveReader(root);
    const session = await DataIoSession.open({ store, source: "ours", adapter });
    let number = 0;
    const reports: VerifyReport[] = [];
    const exported = join(temporaryFolder(), "payload");
    await Promise.all([
      meanwhile(isOver, async () => {
        number += 1;
        await session.fetch(session.request({ kind: "ours", params: { number } }));
      }),
      meanwhile(isOver, async () => {
        const sort = { column: "time", direction: "desc" } as const;
        const page = await reader.rows({ sessionId: null, sort, cursor: null, limit: 50 });
        const [newest] = page.items.filter((row) => row.payload === "ok");
        if (newest?.checksum != null) await exportPayload(store.payloads, newest.checksum, exported);
      }),
      meanwhile(isOver, async () => {
        reports.push(await verify(root));
      }),
    ]);
    await session.close();

    // Python counts the rows of all tables, ours the responses; both say how often they found the database locked.
    expect(JSON.parse(await ended)).toMatchObject({ locked: 0 });
    expect(countOf(root, "SELECT COUNT(*) FROM responses")).toBe(before + pipeline.responses + number);
    expect(countOf(root, "SELECT COUNT(*) FROM resolutions WHERE kind = 'acquired'")).toBe(number);
    expect(countOf(root, "PRAGMA journal_mode")).toBe(journal);
    const last = await verify(root, { integrity: "full" });
    const wrong = [...reports, last].flatMap((report) => report.findings.filter((one) => one.severity !== "info"));
    expect(wrong).toEqual([]);
    expect(last.intact).toBe(true);
    expect(last.counts.payloads?.okResponses).toBe(before + pipeline.responses + number);
  });
});

it("waits for a transaction that another process holds for three seconds, in either journal mode", async () => {
  const heldMs = 3_000;
  await Promise.all(
    (["wal", "delete"] as const).map(async (journal) => {
      const root = archiveIn(journal);
      using store = Store.open(root);
      using reader = new ArchiveReader(root);
      const session = await DataIoSession.open({ store, source: "ours", adapter });
      const holder = started(process.execPath, [
        join(import.meta.dirname, "lock-holder.ts"),
        join(root, "dataio.sqlite"),
        String(heldMs),
      ]);
      if (holder.child.stdout === null) throw new Error("The process has no output.");
      await once(holder.child.stdout, "data");
      const response = session.fetch(session.request({ kind: "ours", params: { journal } }));
      const report = verify(root);
      await holder.output;
      expect((await response).status).toBe("ok");
      expect((await report).intact).toBe(true);
      expect(reader.counts().sessions).toBeGreaterThan(1);
      await session.close();
      expect(countOf(root, "SELECT COUNT(*) FROM sessions WHERE source = 'holder'")).toBe(1);
    }),
  );
});
