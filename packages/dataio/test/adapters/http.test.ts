import { once } from "node:events";
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from "node:http";
import { createServer as createTcpServer, type Server, type Socket } from "node:net";
import { gzipSync } from "node:zlib";
import { afterEach, describe, expect, it } from "vitest";
import { adapterRequest } from "../../src/adapters/adapter.ts";
import { HttpAdapter, type HttpAdapterOptions } from "../../src/adapters/http.ts";
import { isDataioError } from "../../src/errors.ts";

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function listening(server: Server): Promise<string> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("not a TCP server");
  return `http://127.0.0.1:${address.port}`;
}

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  cleanups.push(() => {
    server.close();
    server.closeAllConnections();
  });
  return await listening(server);
}

/** Answers every connection by hand, for what no HTTP server would say. */
async function serveRaw(answer: (socket: Socket) => void): Promise<string> {
  const sockets = new Set<Socket>();
  const server = createTcpServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => socket.destroy());
    socket.once("data", () => answer(socket));
  });
  cleanups.push(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  return await listening(server);
}

function adapter(options: HttpAdapterOptions = {}): HttpAdapter {
  const http = new HttpAdapter(options);
  cleanups.push(() => http.close());
  return http;
}

function request(params: unknown, more: { method?: string; body?: unknown } = {}) {
  return adapterRequest({
    kind: "k",
    method: more.method ?? "GET",
    paramsJson: JSON.stringify(params),
    bodyJson: more.body === undefined ? null : JSON.stringify(more.body),
  });
}

const idle = () => ({ signal: new AbortController().signal });
const textOf = (data: Uint8Array) => Buffer.from(data).toString();
const get = (url: string, options: HttpAdapterOptions = {}) => adapter(options).fetch(request({ url }), idle());

async function bodyOf(message: IncomingMessage): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of message) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

/** Answers with what it was asked. */
const mirror = async (asked: IncomingMessage, response: ServerResponse) => {
  const { method, url, headers } = asked;
  response.end(JSON.stringify({ method, url, headers, body: await bodyOf(asked) }));
};

describe("an answer", () => {
  it("comes with its bytes and its transport facts", async () => {
    const origin = await serve((_asked, response) => {
      response.setHeader("Content-Type", 'text/html; charset="ISO-8859-1"');
      response.setHeader("X-Mixed-Case", "Value");
      response.end(Buffer.from([0xe9, 0x00, 0xff]));
    });
    const result = await get(`${origin}/page?a=1`);
    expect(Buffer.from(result.data)).toEqual(Buffer.from([0xe9, 0x00, 0xff]));
    expect(result).toMatchObject({
      contentType: 'text/html; charset="ISO-8859-1"',
      encoding: "ISO-8859-1",
      transportStatus: 200,
      url: `${origin}/page?a=1`,
      headers: { "x-mixed-case": "Value", "content-length": "3" },
      adapterMeta: undefined,
      status: undefined,
    });
    expect(Number.isInteger(result.elapsedMs)).toBe(true);
  });

  it.each([404, 500, 503])("with status %i is a result, marked as an error", async (status) => {
    const origin = await serve((_asked, response) => response.writeHead(status).end("no"));
    const result = await get(origin);
    expect(result).toMatchObject({ transportStatus: status, status: "error" });
    expect(textOf(result.data)).toBe("no");
  });

  it.each([204, 304])("with status %i has no body, whatever length it declares", async (status) => {
    const origin = await serve((_asked, response) => response.writeHead(status, { "content-length": 500 }).end());
    expect(await get(origin, { maxBytes: 10 })).toMatchObject({ transportStatus: status, data: Buffer.alloc(0) });
  });

  it("is no good answer when it is a 304 that nobody asked for", async () => {
    const origin = await serve((_asked, response) => response.writeHead(304, { etag: '"1"' }).end());
    expect(await get(origin)).toMatchObject({ transportStatus: 304, status: "error" });
    const asking = { url: origin, headers: { "If-None-Match": '"1"' } };
    const asked = await adapter().fetch(request(asking), idle());
    expect([asked.transportStatus, asked.status, asked.notModified]).toEqual([304, undefined, undefined]);
  });

  it("keeps compressed bytes as they are, asked for or not", async () => {
    const zipped = gzipSync("hello ".repeat(100));
    let accepted: string | undefined;
    const origin = await serve((asked, response) => {
      accepted = asked.headers["accept-encoding"];
      response.setHeader("Content-Encoding", "gzip").end(zipped);
    });
    const result = await get(origin);
    expect(accepted).toBe("identity");
    expect(Buffer.from(result.data)).toEqual(zipped);
    expect(result.headers?.["content-encoding"]).toBe("gzip");

    await adapter().fetch(request({ url: origin, headers: { "Accept-Encoding": "gzip, br" } }), idle());
    expect(accepted).toBe("gzip, br");
  });

  it("may come in chunks", async () => {
    const origin = await serve(async (_asked, response) => {
      for (const part of ["one ", "two ", "three"]) {
        response.write(part);
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
      response.end();
    });
    const result = await get(origin);
    expect(textOf(result.data)).toBe("one two three");
    expect(result.headers).toMatchObject({ "transfer-encoding": "chunked" });
  });

  it("may end with the connection when it declares no length", async () => {
    const origin = await serveRaw((socket) => socket.end("HTTP/1.1 200 OK\r\nconnection: close\r\n\r\nall of it"));
    expect(textOf((await get(origin)).data)).toBe("all of it");
  });

  it("keeps each Set-Cookie by itself and joins what else is repeated", async () => {
    const origin = await serveRaw((socket) =>
      socket.end(
        "HTTP/1.1 200 OK\r\nSet-Cookie: a=1; Expires=Mon, 20 Oct 2025\r\nSet-Cookie: b=2\r\n" +
          "Vary: accept\r\nVary: origin\r\n__proto__: x\r\nContent-Length: 0\r\n\r\n",
      ),
    );
    const { headers } = await get(origin);
    expect(headers?.["set-cookie"]).toEqual(["a=1; Expires=Mon, 20 Oct 2025", "b=2"]);
    expect(headers?.vary).toBe("accept, origin");
    expect(Object.keys(headers ?? {})).toContain("__proto__");
  });
});

describe("a call", () => {
  it("posts the request's body as JSON", async () => {
    const origin = await serve(mirror);
    const call = request({ url: `${origin}/x`, query: { q: "ü" } }, { method: "POST", body: { a: "€", n: 1 } });
    const seen = JSON.parse(textOf((await adapter({ userAgent: "me/1" }).fetch(call, idle())).data));
    expect(seen).toMatchObject({ method: "POST", url: "/x?q=%C3%BC", body: '{"a":"€","n":1}' });
    expect(seen.headers).toMatchObject({
      "content-type": "application/json",
      "user-agent": "me/1",
      "content-length": "17",
    });
  });

  it("sends exactly the payload", async () => {
    const bytes = Buffer.from([0, 1, 254, 255]);
    let received: Buffer | undefined;
    const origin = await serve(async (asked, response) => {
      const chunks: Uint8Array[] = [];
      for await (const chunk of asked) chunks.push(chunk);
      received = Buffer.concat(chunks);
      response.writeHead(202, { "x-method": asked.method ?? "" }).end('{"ack":1}');
    });
    const result = await adapter().send(request({ url: origin }, { method: "SEND" }), bytes, idle());
    expect(received).toEqual(bytes);
    expect(result).toMatchObject({ transportStatus: 202, headers: { "x-method": "POST" } });
    expect(textOf(result.data)).toBe('{"ack":1}');
  });

  it("reads no body for HEAD", async () => {
    const origin = await serve((_asked, response) => response.setHeader("content-length", 5000).end());
    const result = await adapter({ maxBytes: 10 }).fetch(request({ url: origin, method: "HEAD" }), idle());
    expect(result).toMatchObject({ data: Buffer.alloc(0), headers: { "content-length": "5000" } });
  });

  it("works relative to a base, whose description hides its credentials", async () => {
    const origin = await serve(mirror);
    const http = adapter({ baseUrl: `${origin.replace("://", "://user:pass@")}/api?x=1`, headers: { "X-Key": "k" } });
    const seen = JSON.parse(textOf((await http.fetch(request({ url: "items" }), idle())).data));
    expect(seen).toMatchObject({ url: "/api/items", headers: { "x-key": "k", authorization: "Basic dXNlcjpwYXNz" } });
    expect(http.describe()).toBe(`HTTP, ${origin}/api/`);
    expect(adapter().describe()).toBe("HTTP");
  });

  it("uses connections again, after redirects too", async () => {
    const ports = new Set<number | undefined>();
    const origin = await serve((asked, response) => {
      ports.add(asked.socket.remotePort);
      if (asked.url === "/") response.writeHead(302, { location: "/next" }).end("moved");
      else response.end("x");
    });
    const http = adapter();
    for (let times = 0; times < 10; times += 1) await http.fetch(request({ url: origin }), idle());
    // undici frees a connection one turn of the event loop after the last byte, so a second one may join.
    expect(ports.size).toBeLessThanOrEqual(2);
  });

  it.each([
    { headers: { "bad name": "x" } },
    { headers: { a: "line\nbreak" } },
    { headers: { a: "日本" } },
    { method: "CONNECT" },
    { method: "B AD" },
  ])("that HTTP cannot express is refused: %j", async (more) => {
    const origin = await serve(mirror);
    await expect(adapter().fetch(request({ url: origin, ...more }), idle())).rejects.toMatchObject({
      code: "PARAMS_INVALID",
    });
  });
});

describe("redirects", () => {
  it("are followed and kept, relative ones too", async () => {
    const origin = await serve((asked, response) => {
      if (asked.url === "/a/1") response.writeHead(301, { location: "2" }).end("moved");
      else if (asked.url === "/a/2") response.writeHead(307, { location: "/ü" }).end();
      else response.end(asked.url);
    });
    const result = await get(`${origin}/a/1`);
    expect(textOf(result.data)).toBe("/%C3%BC");
    expect(result).toMatchObject({ transportStatus: 200, url: `${origin}/%C3%BC` });
    expect(result.adapterMeta).toEqual({
      redirects: [
        { status: 301, method: "GET", url: `${origin}/a/1`, location: "2" },
        { status: 307, method: "GET", url: `${origin}/a/2`, location: "/ü" },
      ],
    });
  });

  it("understand a location in UTF-8 as well as in Latin-1", async () => {
    for (const encoding of ["utf8", "latin1"] as const) {
      let path: string | undefined;
      const target = await serve((asked, response) => {
        path = asked.url;
        response.end();
      });
      const head = `HTTP/1.1 302 Found\r\nLocation: ${target}/ü\r\nContent-Length: 0\r\n\r\n`;
      await get(await serveRaw((socket) => socket.end(Buffer.from(head, encoding))));
      expect(path, encoding).toBe("/%C3%BC");
    }
  });

  it("do not carry credentials to another origin", async () => {
    const other = await serve(mirror);
    const origin = await serve((_asked, response) => response.writeHead(302, { location: `${other}/there` }).end());
    const headers = { Authorization: "Bearer t", Cookie: "s=1", "X-Own": "1" };
    const result = await adapter().fetch(request({ url: origin, headers }), idle());
    const seen = JSON.parse(textOf(result.data)).headers;
    expect(seen).toMatchObject({ "x-own": "1", host: new URL(other).host });
    expect(seen).not.toHaveProperty("authorization");
    expect(seen).not.toHaveProperty("cookie");
  });

  it("turn a POST into a GET, or repeat it, as their status says", async () => {
    const origin = await serve((asked, response) => {
      const status = Number(asked.url?.slice(1));
      if (status > 0) {
        asked.resume();
        response.writeHead(status, { location: "/end" }).end();
      } else void mirror(asked, response);
    });
    const posted = async (status: number) => {
      const call = request({ url: `${origin}/${status}` }, { method: "POST", body: { a: 1 } });
      return JSON.parse(textOf((await adapter().fetch(call, idle())).data));
    };
    expect(await posted(303)).toMatchObject({ method: "GET", body: "" });
    expect(await posted(308)).toMatchObject({ method: "POST", body: '{"a":1}' });
  });

  it("in a circle are an error, and so are too many", async () => {
    const origin = await serve((asked, response) => {
      const step = Number(asked.url?.slice(1));
      response.writeHead(302, { location: step === 3 ? "/1" : `/${step + 1}` }).end();
    });
    await expect(get(`${origin}/1`)).rejects.toMatchObject({
      code: "REDIRECT_FAILED",
      message: expect.stringContaining("circle"),
      details: { redirects: 3 },
    });
    await expect(get(`${origin}/100`, { maxRedirects: 4 })).rejects.toMatchObject({
      code: "REDIRECT_FAILED",
      message: expect.stringContaining("more than 4 times"),
    });
  });

  it("back to the same URL by another method are no circle", async () => {
    const origin = await serve((asked, response) => {
      asked.resume();
      if (asked.method === "POST") response.writeHead(303, { location: "/form" }).end();
      else response.end("thanks");
    });
    const result = await adapter().fetch(request({ url: `${origin}/form` }, { method: "POST", body: 1 }), idle());
    expect(textOf(result.data)).toBe("thanks");
  });

  it("to anything but the web are an error, and without a location an answer", async () => {
    const origin = await serve((asked, response) => {
      response.writeHead(302, asked.url === "/file" ? { location: "file:///etc/passwd" } : {}).end("body");
    });
    await expect(get(`${origin}/file`)).rejects.toMatchObject({ code: "REDIRECT_FAILED" });
    expect(await get(`${origin}/nowhere`)).toMatchObject({ transportStatus: 302, data: Buffer.from("body") });
  });
});

describe("a deadline", () => {
  it("covers headers that do not come", async () => {
    const origin = await serve(() => {});
    const started = performance.now();
    await expect(get(origin, { timeoutMs: 60 })).rejects.toMatchObject({ code: "TIMEOUT", details: { timeoutMs: 60 } });
    expect(performance.now() - started).toBeLessThan(5_000);
  });

  it("covers a body that keeps coming too slowly, and is set by the request", async () => {
    const origin = await serve((_asked, response) => {
      const timer = setInterval(() => response.write("."), 10);
      response.on("close", () => clearInterval(timer));
    });
    const call = request({ url: origin, timeout: 0.08 });
    await expect(adapter().fetch(call, idle())).rejects.toMatchObject({ code: "TIMEOUT", details: { timeoutMs: 80 } });
  });

  it("covers a chain of redirects as a whole", async () => {
    let step = 0;
    const origin = await serve((_asked, response) => {
      step += 1;
      setTimeout(() => response.writeHead(302, { location: `/${step}` }).end(), 40);
    });
    await expect(get(origin, { timeoutMs: 150, maxRedirects: 100 })).rejects.toMatchObject({ code: "TIMEOUT" });
  });
});

describe("cancelling", () => {
  it("works before, while waiting, and within the body; the server sees it", async () => {
    const seen: string[] = [];
    const origin = await serve((asked, response) => {
      seen.push(asked.url ?? "");
      if (asked.url === "/body") response.write("first part");
      response.on("close", () => seen.push(`${asked.url} closed`));
    });
    const http = adapter();
    await expect(http.fetch(request({ url: origin }), { signal: AbortSignal.abort() })).rejects.toMatchObject({
      code: "CANCELLED",
    });
    expect(seen).toEqual([]);
    for (const path of ["/headers", "/body"]) {
      const controller = new AbortController();
      const asking = http.fetch(request({ url: origin + path }), { signal: controller.signal });
      await expect.poll(() => seen).toContain(path);
      controller.abort("enough");
      await expect(asking).rejects.toMatchObject({ code: "CANCELLED", cause: "enough" });
      await expect.poll(() => seen).toContain(`${path} closed`);
    }
  });
});

describe("the size limit", () => {
  it("refuses a declared length before the body comes", async () => {
    const origin = await serve((_asked, response) => {
      response.writeHead(200, { "content-length": 1e12 }).write("x");
    });
    await expect(get(origin, { maxBytes: 1000 })).rejects.toMatchObject({
      code: "TOO_LARGE",
      details: { limitBytes: 1000 },
    });
  });

  it("ends an undeclared body that never does", async () => {
    let closed = false;
    const origin = await serve((_asked, response) => {
      const send = () => {
        while (!closed && response.write(Buffer.alloc(10_000)));
      };
      response.on("drain", send).on("close", () => {
        closed = true;
      });
      send();
    });
    await expect(get(origin, { maxBytes: 100_000 })).rejects.toMatchObject({ code: "TOO_LARGE" });
    await expect.poll(() => closed).toBe(true);
  });

  it("lets a body of exactly that size pass", async () => {
    const origin = await serve((_asked, response) => response.end(Buffer.alloc(1000)));
    expect((await get(origin, { maxBytes: 1000 })).data).toHaveLength(1000);
    await expect(get(origin, { maxBytes: 999 })).rejects.toMatchObject({ code: "TOO_LARGE" });
  });
});

describe("a broken exchange", () => {
  const end = (socket: Socket) => socket.end();
  const reset = (socket: Socket) => socket.resetAndDestroy();

  it.each([
    ["a declared length, then the end", "content-length: 10", "abc", end],
    ["a declared length, then a reset", "content-length: 10", "abc", reset],
    ["a declared length and close, then the end", "content-length: 10\r\nconnection: close", "abc", end],
    ["chunks without the last one, then the end", "transfer-encoding: chunked", "3\r\nabc\r\n", end],
    [
      "chunks without the last one, then a reset",
      "transfer-encoding: chunked\r\nconnection: close",
      "3\r\nabc\r\n",
      reset,
    ],
    ["no length, then a reset", "connection: close", "abc", reset],
  ])("never becomes a short payload: %s", async (_what, header, body, stop) => {
    const origin = await serveRaw((socket) => {
      socket.write(`HTTP/1.1 200 OK\r\n${header}\r\n\r\n${body}`);
      setTimeout(() => stop(socket), 30);
    });
    await expect(get(origin)).rejects.toMatchObject({ code: "NETWORK_FAILED" });
  });

  it("names who refused the connection", async () => {
    const server = createTcpServer();
    const origin = await listening(server);
    server.close();
    await once(server, "close");
    const { host } = new URL(origin);
    await expect(get(`${origin}/x`)).rejects.toMatchObject({
      code: "NETWORK_FAILED",
      message: `connection refused by ${host}`,
      details: { url: `${origin}/x`, host, code: "ECONNREFUSED" },
    });
  });

  it("names a host that does not exist", async () => {
    await expect(get("http://no-such-host.invalid/")).rejects.toMatchObject({
      code: "NETWORK_FAILED",
      message: expect.stringContaining("no-such-host.invalid"),
    });
  });

  it("can be a server that says nothing, or nothing sensible", async () => {
    await expect(get(await serveRaw((socket) => socket.end()))).rejects.toMatchObject({ code: "NETWORK_FAILED" });
    await expect(get(await serveRaw((socket) => socket.end("SSH-2.0-x\r\n")))).rejects.toMatchObject({
      code: "NETWORK_FAILED",
    });
    const plain = await serve(mirror);
    await expect(get(plain.replace("http:", "https:"))).rejects.toMatchObject({ code: "NETWORK_FAILED" });
  });

  it("keeps the original error as its cause", async () => {
    const origin = await serveRaw((socket) => socket.resetAndDestroy());
    const error = await get(origin).catch((thrown: unknown) => thrown);
    expect(isDataioError(error, "NETWORK_FAILED") && error.cause).toBeInstanceOf(Error);
  });
});

describe("the adapter", () => {
  it("fails calls under way, and later ones, once it is closed", async () => {
    let asked = false;
    const origin = await serve(() => {
      asked = true;
    });
    const http = adapter();
    const waiting = http.fetch(request({ url: origin }), idle());
    const outcome = expect(waiting).rejects.toMatchObject({ code: "CLOSED" });
    await expect.poll(() => asked).toBe(true);
    await http.close();
    await outcome;
    await expect(http.fetch(request({ url: origin }), idle())).rejects.toMatchObject({ code: "CLOSED" });
  });

  it.each([
    { baseUrl: "nowhere" },
    { baseUrl: "ftp://a.example" },
    { timeoutMs: 0 },
    { timeoutMs: Number.NaN },
    { maxBytes: -1 },
    { maxRedirects: -1 },
  ])("refuses options %j", (options) => {
    expect(() => new HttpAdapter(options)).toThrow(expect.objectContaining({ code: "PARAMS_INVALID" }));
  });
});
