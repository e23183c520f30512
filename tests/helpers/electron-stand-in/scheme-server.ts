/**
 * Chromium alone cannot be taught a scheme, so `app://browser/x` is served as `http://browser.app.localhost:<port>/x`, by a
 * loopback server that asks the handler registered for the scheme. Names under `localhost` are secure contexts and never
 * leave the machine. The handler sees `app:` URLs only; bodies are streamed, and cancelled when the page goes away.
 */
import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";

type Handler = (request: Request) => Response | Promise<Response>;

/** Headers that belong to the loopback connection and not to the request. */
const CONNECTION_HEADERS: ReadonlySet<string> = new Set(["connection", "host", "transfer-encoding"]);

export class SchemeServer {
  readonly #handlers = new Map<string, Handler>();
  readonly #standard = new Set<string>();
  readonly #server: Server;
  #listening: Promise<unknown> | null = null;

  constructor() {
    this.#server = createServer((request, response) => {
      this.#answer(request, response).catch((error: unknown) => {
        // Electron answers with a failed load and shows the error nowhere else.
        console.error(`The protocol handler failed for ${request.url}:`, error);
        response.destroy();
      });
    });
  }

  /** The part of Electron's `protocol` that is reproduced. `isReady` says whether the app has become ready. */
  protocol(isReady: () => boolean) {
    return {
      registerSchemesAsPrivileged: (schemes: Electron.CustomScheme[]) => {
        if (isReady()) throw new Error("protocol.registerSchemesAsPrivileged should be called before app is ready");
        for (const { scheme, privileges } of schemes) if (privileges?.standard) this.#standard.add(scheme);
      },
      handle: (scheme: string, handler: Handler) => {
        if (this.#handlers.has(scheme)) throw new Error(`Failed to register protocol: ${scheme}`);
        this.#handlers.set(scheme, handler);
      },
    } satisfies Pick<Electron.Protocol, "registerSchemesAsPrivileged" | "handle">;
  }

  /** The loopback URL that stands for `url`. Throws for a scheme that no page could be shown from. */
  async toLoopback(url: string): Promise<string> {
    const { protocol, host, pathname, search, hash } = new URL(url);
    const scheme = protocol.slice(0, -1);
    if (!this.#standard.has(scheme)) throw new Error(`${scheme}: is not registered as a standard scheme`);
    return `http://${host}.${scheme}.localhost:${await this.#port()}${pathname}${search}${hash}`;
  }

  /** The URL that a loopback URL stands for; any other URL as it is. */
  toScheme(url: string): string {
    const address = this.#server.address();
    const port = typeof address === "object" && address !== null ? address.port : 0;
    const match = new RegExp(`^http://(.*)\\.([^.]+)\\.localhost:${port}(/.*)?$`).exec(url);
    return match === null ? url : `${match[2]}://${match[1]}${match[3] ?? ""}`;
  }

  async close(): Promise<void> {
    if (this.#listening === null) return;
    await this.#listening;
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #port(): Promise<number> {
    this.#listening ??= once(this.#server.listen(0, "127.0.0.1"), "listening");
    await this.#listening;
    const address = this.#server.address();
    if (typeof address !== "object" || address === null) throw new Error("The loopback server has no port");
    return address.port;
  }

  async #answer(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const url = this.toScheme(`http://${incoming.headers.host}${incoming.url}`);
    const handler = this.#handlers.get(url.slice(0, url.indexOf(":")));
    if (handler === undefined) throw new Error(`Nothing serves ${url}`);
    const headers = new Headers();
    for (const [name, value] of Object.entries(incoming.headers)) {
      if (typeof value === "string" && !CONNECTION_HEADERS.has(name)) headers.set(name, this.toScheme(value));
    }
    const response = await handler(new Request(url, { method: incoming.method ?? "GET", headers }));
    outgoing.writeHead(response.status, [...response.headers].flat());
    if (response.body === null) {
      outgoing.end();
      return;
    }
    await pipeline(Readable.fromWeb(response.body), outgoing).catch((error: unknown) => {
      // The page went away, or took only the part that it wanted.
      if (!outgoing.destroyed) throw error;
    });
  }
}
