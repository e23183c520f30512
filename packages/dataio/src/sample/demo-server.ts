/**
 * The little market-data service that the sample archive was fetched from. Loopback only; it runs while the sample is
 * open, so that its requests can be fetched again. What it serves is made up, and the same for the same day.
 */
import { readFile } from "node:fs/promises";
import { createServer, type Server, type ServerResponse } from "node:http";
import { join } from "node:path";
import { gzipSync } from "node:zlib";

/** Where this package keeps the files that the sample is made of. */
export const SAMPLE_FILES = join(import.meta.dirname, "../../sample-data");

/** A running service. */
export interface DemoServer {
  readonly port: number;
  /** Breaks off connections that are open. */
  close(): Promise<void>;
}

/** How the service runs. */
export interface DemoServerOptions {
  /** The port that the archived requests name; 0, the default, takes any free one. */
  readonly port?: number | undefined;
  /** Folder with `logo.png`; default the files of this package. */
  readonly files?: string | undefined;
  /** Decides the prices of the day and the news; default the time of this machine. */
  readonly now?: (() => Date) | undefined;
}

interface Service {
  readonly files: string;
  now(): Date;
}

/** @throws the system's error when the port is in use */
export async function startDemoServer(options: DemoServerOptions = {}): Promise<DemoServer> {
  const service: Service = { files: options.files ?? SAMPLE_FILES, now: options.now ?? (() => new Date()) };
  const server = createServer((request, response) => {
    answer(service, new URL(request.url ?? "/", "http://127.0.0.1"), response).catch((error: unknown) => {
      response.destroy(error instanceof Error ? error : undefined);
    });
  });
  await listen(server, options.port ?? 0);
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("The demo server has no port.");
  return {
    port: address.port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", resolve);
  });
}

const SYMBOLS: Readonly<Record<string, { name: string; price: number }>> = {
  ESZ6: { name: "E-mini S&P 500 Dec 2026", price: 6_842.25 },
  CLF7: { name: "Crude Oil Jan 2027", price: 61.37 },
  GCZ6: { name: "Gold Dec 2026", price: 4_105.9 },
};

async function answer(service: Service, url: URL, response: ServerResponse): Promise<void> {
  const day = service.now().toISOString().slice(0, 10);
  switch (url.pathname) {
    case "/v1/instruments":
      return send(response, "application/json", json(instruments()));
    case "/v1/quote":
      return quote(url.searchParams.get("symbol") ?? "", service.now(), response);
    case "/v1/history":
      return send(response, "text/csv; charset=utf-8", history(url.searchParams.get("symbol") ?? "ESZ6"));
    case "/v1/trades":
      return send(response, "application/gzip", gzipSync(trades()));
    case "/news":
      return send(response, "text/html; charset=utf-8", newsPage(day));
    case "/logo.png":
      return send(response, "image/png", await readFile(join(service.files, "logo.png")));
    case "/robots.txt":
      return send(response, "text/plain; charset=utf-8", "User-agent: *\nDisallow: /v1/\n");
    case "/v1/slow":
      return slow(response);
    case "/v1/broken":
      response.writeHead(200, { "content-type": "application/json", "content-length": "1000" });
      response.write('{"rows":[');
      setTimeout(() => response.destroy(), 20);
      return;
    default:
      return send(response, "application/json", json({ error: "not found", path: url.pathname }), 404);
  }
}

function send(response: ServerResponse, type: string, body: string | Uint8Array, status = 200): void {
  const bytes = Buffer.from(body);
  response.writeHead(status, {
    "content-type": type,
    "content-length": String(bytes.length),
    server: "demo-market/1.0",
  });
  response.end(bytes);
}

/** Twenty pieces, a second apart: long enough to watch and to cancel. */
function slow(response: ServerResponse): void {
  response.writeHead(200, { "content-type": "text/plain; charset=utf-8" });
  let piece = 0;
  const timer = setInterval(() => {
    piece += 1;
    response.write(`piece ${piece} of 20\n`);
    if (piece === 20) response.end();
  }, 1_000);
  response.on("close", () => clearInterval(timer));
}

function json(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}

function instruments(): unknown {
  return {
    exchange: "XDEM",
    instruments: Object.entries(SYMBOLS).map(([symbol, { name }], index) => ({
      symbol,
      name,
      instrument_id: 495_512_550 + index,
      tick_size: 0.25,
    })),
  };
}

/** A price that moves from moment to moment, and is the same for the same moment. */
function quote(symbol: string, now: Date, response: ServerResponse): void {
  const known = Object.hasOwn(SYMBOLS, symbol) ? SYMBOLS[symbol] : undefined;
  if (known === undefined) {
    send(response, "application/json", json({ error: "unknown symbol", symbol }), 404);
    return;
  }
  const moved = known.price * (1 + 0.01 * Math.sin(now.getTime() / 7_000_000));
  // Written by hand, because a price keeps its trailing zeros.
  const text = `{"symbol":"${symbol}","bid":${moved.toFixed(2)},"ask":${(moved + 0.25).toFixed(2)},"volume":${
    100_000 + (now.getTime() % 9_973)
  },"sequence":${BigInt(now.getTime()) * 1_000_003n},"time":"${now.toISOString()}"}\n`;
  send(response, "application/json", text);
}

function history(symbol: string): string {
  const base = (Object.hasOwn(SYMBOLS, symbol) ? SYMBOLS[symbol] : undefined)?.price ?? 100;
  const lines = ["date,open,high,low,close,volume"];
  for (let day = 0; day < 60; day += 1) {
    const date = new Date(Date.UTC(2026, 8, 1 + day)).toISOString().slice(0, 10);
    const open = base * (1 + 0.02 * Math.sin(day / 5));
    const close = base * (1 + 0.02 * Math.sin((day + 1) / 5));
    const high = Math.max(open, close) * 1.004;
    const low = Math.min(open, close) * 0.996;
    lines.push(
      [date, open.toFixed(2), high.toFixed(2), low.toFixed(2), close.toFixed(2), 10_000 + day * 137].join(","),
    );
  }
  return `${lines.join("\n")}\n`;
}

function trades(): string {
  return Array.from({ length: 40 }, (_, index) =>
    JSON.stringify({ seq: index + 1, symbol: "ESZ6", price: 6_842.25 + index * 0.25, size: 1 + (index % 5) }),
  ).join("\n");
}

function newsPage(day: string): string {
  return `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>Demo Market News, ${day}</title></head>
<body>
<h1>Market news for ${day}</h1>
<p>Stocks were <b>little changed</b> in thin trading. This page is made up for the sample archive.</p>
<ul><li>Crude oil slipped.</li><li>Gold rose to a new high, analysts said “naïvely”.</li></ul>
<script>document.body.textContent = "A preview must never run this.";</script>
</body>
</html>
`;
}
