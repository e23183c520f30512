/** A source on loopback that a spec fetches from: answers, refuses, takes its time. */
import { once } from "node:events";
import { createServer, type ServerResponse } from "node:http";
import { onTestFinished } from "vitest";

export interface FetchServer {
  readonly origin: string;
  /** Paths that were asked for, in order. */
  readonly asked: readonly string[];
  /** How many answers the other side did not wait for. */
  abandoned(): number;
}

/** A port on loopback that nobody listens on. */
export async function closedPort(): Promise<number> {
  const server = createServer();
  await once(server.listen(0, "127.0.0.1"), "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  return typeof address === "object" && address !== null ? address.port : 0;
}

/** Starts the source; it ends with the test. */
export async function startFetchServer(): Promise<FetchServer> {
  const asked: string[] = [];
  let abandoned = 0;
  const server = createServer((request, response) => {
    asked.push(request.url ?? "");
    // Not the query, which may hold a secret: payloads are archived as they come.
    const isFirst = asked.filter((url) => url === request.url).length === 1;
    answer({ path: (request.url ?? "").replace(/\?.*/, ""), number: asked.length, isFirst }, response);
    response.on("close", () => {
      if (!response.writableEnded) abandoned += 1;
    });
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  return { origin: `http://127.0.0.1:${port}`, asked, abandoned: () => abandoned };
}

interface Asked {
  readonly path: string;
  /** How many were asked by then. */
  readonly number: number;
  readonly isFirst: boolean;
}

function answer({ path, number, isFirst }: Asked, response: ServerResponse): void {
  switch (path) {
    case "/slow":
      // Headers and a first piece, and then nothing more.
      response.writeHead(200, { "content-type": "text/plain", "content-length": "1000" });
      response.write("piece 1\n");
      return;
    case "/late":
      setTimeout(() => response.writeHead(200, { "content-type": "text/plain" }).end("late, but there"), 1_500);
      return;
    case "/busy":
      if (isFirst) response.writeHead(429, { "retry-after": "1" }).end("not so fast");
      else response.writeHead(200, { "content-type": "text/plain" }).end("now");
      return;
    case "/down":
      response.writeHead(503).end("down");
      return;
    case "/broken":
      response.writeHead(200, { "content-length": "1000" }).write("half");
      setTimeout(() => response.destroy(), 20);
      return;
    case "/missing":
      response.writeHead(404, { "content-type": "application/json" }).end('{"error":"no such thing"}');
      return;
    default:
      response.writeHead(200, { "content-type": "application/json" }).end(`{"path":"${path}","number":${number}}`);
  }
}
