/** Real HTTP servers on loopback for tests, and what a test looks at in an archive's tables. */
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import Database from "better-sqlite3";
import { onTestFinished } from "vitest";
import { HttpAdapter, type HttpAdapterOptions, type Store } from "../src/index.ts";

/** A server that remembers what it was asked. */
export interface TestServer {
  readonly url: string;
  readonly requests: readonly IncomingMessage[];
}

/** Serves until the test ends. `call` is the number of the request, from 1. */
export async function serve(
  answer: (request: IncomingMessage, response: ServerResponse, call: number) => unknown,
): Promise<TestServer> {
  const requests: IncomingMessage[] = [];
  const server = createServer((request, response) => {
    requests.push(request);
    answer(request, response, requests.length);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("not a TCP server");
  return { url: `http://127.0.0.1:${address.port}/`, requests };
}

/** An HTTP adapter that is closed when the test ends. */
export function httpAdapter(options: HttpAdapterOptions = {}): HttpAdapter {
  const adapter = new HttpAdapter(options);
  onTestFinished(() => adapter.close());
  return adapter;
}

/** Rows, read on a connection of the test's own. */
export function rows(store: Store, sql: string, ...values: unknown[]): Record<string, unknown>[] {
  const db = new Database(store.location.databasePath, { readonly: true });
  try {
    return db.prepare<unknown[], Record<string, unknown>>(sql).all(...values);
  } finally {
    db.close();
  }
}

/** Changes an archive as another program would. */
export function write(store: Store, sql: string, ...values: unknown[]): void {
  const db = new Database(store.location.databasePath, { timeout: 5000 });
  try {
    db.prepare(sql).run(...values);
  } finally {
    db.close();
  }
}

/** The asks on record, in the order in which they ended. */
export function asks(store: Store) {
  return rows(store, "SELECT * FROM resolutions ORDER BY ended_at, id").map((row) => ({
    id: String(row.id),
    kind: String(row.kind),
    responseId: row.response_id,
    requestId: String(row.request_id),
    startedAt: String(row.started_at),
    endedAt: String(row.ended_at),
    policy: JSON.parse(String(row.policy_json)),
    error: row.error_json === null ? null : JSON.parse(String(row.error_json)),
  }));
}
