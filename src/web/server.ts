/**
 * Loopback only; every request carries this run's token; everything that changes something goes over the WebSocket, but for
 * files that are to be sent: they are put, and need the `Origin` as the WebSocket does.
 *
 * Who is kept out, and by what:
 * - other machines: the socket is bound to 127.0.0.1;
 * - other users and programs of this machine: the token, 256 random bits that are printed once and then live in a cookie
 *   (HttpOnly, SameSite=Strict);
 * - web pages open in the same browser: SameSite and `Cross-Origin-Resource-Policy` for reads, the `Origin` check for
 *   the WebSocket;
 * - names that were made to resolve to 127.0.0.1 (DNS rebinding): the `Host` header must be one of ours.
 * Not kept out: a program that runs as the same user, and a server on another port of this very address that the user
 * visits in the same browser (browsers send cookies to every port of a host).
 */
import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse, STATUS_CODES } from "node:http";
import { type Duplex, Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { type WebSocket, WebSocketServer } from "ws";
import type { Backend } from "../backend/backend.ts";
import { connect } from "../backend/connection.ts";
import { type Log, logToStderr } from "../backend/failure.ts";
import { parseUploadUrl } from "../shared/upload-url.ts";
import { type SocketOptions, socketTransport } from "./websocket.ts";

export interface WebServerOptions {
  readonly backend: Pick<Backend, "dispatch" | "onEvent" | "assets"> & Partial<Pick<Backend, "upload">>;
  /** 0 takes any free port. */
  readonly port: number;
  /** 32 random bytes when left out. */
  readonly token?: string | undefined;
  readonly log?: Log;
  readonly socket?: SocketOptions;
}

export interface WebServer {
  /** The link that lets a browser in; holds the token. */
  readonly url: string;
  readonly port: number;
  /** Ends every connection and frees the port. The backend stays open. */
  close(): Promise<void>;
}

const ADDRESS = "127.0.0.1";
/** Where the renderer opens its WebSocket. */
const BRIDGE_PATH = "/ws";
/** More than any call needs (params of 4 MB of JSON text), and no more. */
const MAX_MESSAGE_BYTES = 16 * 1024 * 1024;
/** How long a browser has to answer the closing handshake. */
const CLOSE_GRACE_MS = 500;
/** What the asset handler may know of a request. */
const FORWARDED_HEADERS = ["range", "if-range", "if-none-match"] as const;

/** Serves one backend to browsers on this machine. Rejects with the system's error (`EADDRINUSE`) when it cannot listen. */
export async function startWebServer(options: WebServerOptions): Promise<WebServer> {
  const { backend, token = randomBytes(32).toString("base64url"), log = logToStderr } = options;
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen({ host: ADDRESS, port: options.port }, resolve);
  });
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : options.port;
  const gate = createGate(port, token);
  const sockets = new WebSocketServer({ noServer: true, perMessageDeflate: false, maxPayload: MAX_MESSAGE_BYTES });

  server.on("request", (request, response) => {
    handle(request, response).catch((error: unknown) => {
      log(`${request.method} ${pathOf(request)} failed`, error);
      response.destroy();
    });
  });

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (!gate.isOurHost(request))
      return refuse(response, 403, "This server is only to be called 127.0.0.1 or localhost, with its port.");
    const url = urlOf(request);
    if (url === null) return refuse(response, 400, "The request names no path.");
    const offered = url.searchParams.get("token");
    if (url.pathname === "/" && offered !== null && request.method === "GET") {
      if (!gate.isToken(offered)) return refuse(response, 403, FORBIDDEN);
      response.writeHead(303, { ...PLAIN_HEADERS, location: "/", "set-cookie": gate.cookie }).end();
      return;
    }
    if (!gate.hasCookie(request)) return refuse(response, 403, FORBIDDEN);
    if (request.method === "PUT" && backend.upload !== undefined && parseUploadUrl(url) !== null) {
      if (!gate.isOurOrigin(request)) return refuse(response, 403, "Files are taken from this app's own page alone.");
      await takeUpload(request, response, url, backend.upload);
      return;
    }
    await serveAsset(request, response, url);
  }

  async function takeUpload(
    request: IncomingMessage,
    response: ServerResponse,
    url: URL,
    upload: Backend["upload"],
  ): Promise<void> {
    const length = request.headers["content-length"];
    const answer = await upload(
      new Request(url, {
        method: "PUT",
        headers: length === undefined ? {} : { "content-length": length },
        // A stream is read as it comes.
        duplex: "half",
        body: Readable.toWeb(request),
      }),
    );
    // Of a file that is not taken the rest is not waited for.
    const close = answer.ok ? {} : { connection: "close" };
    response.writeHead(answer.status, { ...Object.fromEntries(answer.headers), ...close }).end(await answer.text());
  }

  async function serveAsset(request: IncomingMessage, response: ServerResponse, url: URL): Promise<void> {
    const aborted = new AbortController();
    response.once("close", () => aborted.abort());
    const headers = new Headers();
    for (const name of FORWARDED_HEADERS) {
      const value = request.headers[name];
      if (typeof value === "string") headers.set(name, value);
    }
    const method = request.method ?? "GET";
    const answer = await backend.assets(new Request(url, { method, headers, signal: aborted.signal }));
    response.writeHead(answer.status, Object.fromEntries(answer.headers));
    if (answer.body === null) {
      response.end();
      return;
    }
    await pipeline(Readable.fromWeb(answer.body), response).catch((error: unknown) => {
      if (!isHangUp(error)) throw error;
    });
  }

  server.on("upgrade", (request, socket, head) => {
    const onError = (error: Error) => log("A connection failed during its upgrade", error);
    socket.on("error", onError);
    const admitted = gate.isOurHost(request) && gate.isOurOrigin(request) && gate.hasCookie(request);
    if (!admitted) return refuseUpgrade(socket, 403);
    if (pathOf(request) !== BRIDGE_PATH) return refuseUpgrade(socket, 404);
    sockets.handleUpgrade(request, socket, head, (opened) => {
      // From here on the WebSocket hears of it; a browser that was closed is no failure.
      socket.off("error", onError);
      const disconnect = connect(socketTransport(opened, { log, ...options.socket }), backend, log);
      opened.once("close", disconnect);
    });
  });

  return {
    url: `http://${ADDRESS}:${port}/?token=${encodeURIComponent(token)}`,
    port,
    async close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      await Promise.all([...sockets.clients].map(closeSocket));
      server.closeAllConnections();
      await closed;
    },
  };
}

// ── Who may come in ─────────────────────────────────────────────────────────────────────────────────────────────────

interface Gate {
  /** `Set-Cookie` value that lets a browser in. */
  readonly cookie: string;
  isOurHost(request: IncomingMessage): boolean;
  isOurOrigin(request: IncomingMessage): boolean;
  isToken(offered: string): boolean;
  hasCookie(request: IncomingMessage): boolean;
}

function createGate(port: number, token: string): Gate {
  // By way of URL, because browsers leave out the port of http's own, 80.
  const hosts = [ADDRESS, "localhost"].map((name) => new URL(`http://${name}:${port}`).host);
  // Named with the port: cookies are shared by all ports of a host, and two archives may be open at once.
  const name = `mxm-dataio-${port}`;
  const isToken = (offered: string) => timingSafeEqual(digest(offered), digest(token));
  return {
    cookie: `${name}=${token}; Path=/; HttpOnly; SameSite=Strict`,
    isToken,
    isOurHost: (request) => hosts.includes(request.headers.host ?? ""),
    isOurOrigin: (request) => request.headers.origin === `http://${request.headers.host}`,
    hasCookie(request) {
      const cookies = (request.headers.cookie ?? "").split(";").map((cookie) => cookie.trim());
      return cookies.some((cookie) => cookie.startsWith(`${name}=`) && isToken(cookie.slice(name.length + 1)));
    },
  };
}

/** Makes texts of any length comparable in constant time. */
function digest(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}

// ── Requests and refusals ───────────────────────────────────────────────────────────────────────────────────────────

const FORBIDDEN =
  "This page needs the link that was printed when the app was started.\n" +
  "Copy that whole link, with its token, into the address bar. After a restart there is a new one.\n";

const PLAIN_HEADERS = {
  "content-type": "text/plain; charset=utf-8",
  "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
  "cache-control": "no-store",
  "cross-origin-resource-policy": "same-origin",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
};

function refuse(response: ServerResponse, status: number, reason: string): void {
  response.writeHead(status, PLAIN_HEADERS).end(reason);
}

function refuseUpgrade(socket: Duplex, status: number): void {
  // Else it stays open until the other side ends it as well, and keeps the server from closing.
  socket.once("finish", () => socket.destroy());
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}

/** The request's URL, or null when its target is no path of ours (absolute and asterisk forms included). */
function urlOf(request: IncomingMessage): URL | null {
  if (request.url?.startsWith("/") !== true) return null;
  return URL.parse(`http://${request.headers.host}${request.url}`);
}

/** The path without its query, which may hold the token. */
function pathOf(request: IncomingMessage): string {
  return request.url?.split("?", 1)[0] ?? "";
}

/** A browser that stops reading (a closed tab, a range that it no longer needs) is no failure of ours. */
function isHangUp(error: unknown): boolean {
  if (!(error instanceof Error) || !("code" in error)) return false;
  return error.code === "ERR_STREAM_PREMATURE_CLOSE" || error.code === "ECONNRESET" || error.code === "EPIPE";
}

function closeSocket(socket: WebSocket): Promise<void> {
  return new Promise((resolve) => {
    const force = setTimeout(() => socket.terminate(), CLOSE_GRACE_MS);
    socket.once("close", () => {
      clearTimeout(force);
      resolve();
    });
    socket.close(1001, "The app was closed");
  });
}
