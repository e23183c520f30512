import { once } from "node:events";
import { mkdir, mkdtemp, rm, truncate, writeFile } from "node:fs/promises";
import { connect as openTcp } from "node:net";
import { networkInterfaces, tmpdir } from "node:os";
import { join } from "node:path";
import { PayloadStore } from "@mxm/dataio";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createAssets } from "../../src/backend/assets.ts";
import type { EventName } from "../../src/shared/contract.ts";
import { payloadUrl } from "../../src/shared/payload-url.ts";
import { startWebServer, type WebServer } from "../../src/web/server.ts";
import { openSocket, signIn } from "../contract/websocket-client.ts";

let folder: string;
let store: PayloadStore;
let server: WebServer;
let logged: string[];
let called: string[];
const listeners = new Set<(name: EventName, payload: unknown) => void>();

function backend() {
  return {
    assets: createAssets({ rendererDirectory: folder, payloads: () => store }),
    dispatch: async (method: string) => {
      called.push(method);
      return { ok: true as const, value: null };
    },
    upload: async (request: Request) => new Response(`${request.method} ${await request.text()}`),
    onEvent(listener: (name: EventName, payload: unknown) => void) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "web-server-"));
  await mkdir(join(folder, "assets"));
  await writeFile(join(folder, "index.html"), "<title>App</title>");
  store = new PayloadStore(join(folder, "responses"), { durable: false });
  logged = [];
  called = [];
  server = await startWebServer({ backend: backend(), port: 0, log: (message) => void logged.push(message) });
});
afterEach(async () => {
  await server.close();
  await rm(folder, { recursive: true, force: true });
});

interface RawResponse {
  readonly status: number;
  readonly head: string;
  readonly body: string;
}

/** Sends a request head exactly as written (fetch would repair it) and reads until the server hangs up. */
async function raw(requestLine: string, headers: Record<string, string>): Promise<RawResponse> {
  const socket = openTcp(server.port, "127.0.0.1");
  const lines = Object.entries({ Connection: "close", ...headers }).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.write(`${requestLine} HTTP/1.1\r\n${lines.join("")}\r\n`);
  const chunks: Buffer[] = [];
  socket.on("data", (chunk) => void chunks.push(Buffer.from(chunk)));
  await once(socket, "close");
  const [head = "", body = ""] = Buffer.concat(chunks).toString().split("\r\n\r\n", 2);
  return { status: Number(head.split(" ")[1]), head: head.toLowerCase(), body };
}

function host(): string {
  return `127.0.0.1:${server.port}`;
}

const UPGRADE = {
  Connection: "Upgrade",
  Upgrade: "websocket",
  "Sec-WebSocket-Version": "13",
  "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA==",
};

describe("the way in", () => {
  it("is the printed link: it sets a cookie that scripts and other sites cannot use, and leads to the page", async () => {
    const { pathname, searchParams } = new URL(server.url);
    expect(pathname).toBe("/");
    expect(Buffer.from(searchParams.get("token") ?? "", "base64url")).toHaveLength(32);
    const response = await fetch(server.url, { redirect: "manual" });
    expect(response.status).toBe(303);
    expect(response.headers.get("location")).toBe("/");
    const cookie = response.headers.get("set-cookie");
    expect(cookie).toMatch(new RegExp(`^mxm-dataio-${server.port}=[\\w-]{43}; Path=/; HttpOnly; SameSite=Strict$`));

    const page = await fetch(`http://${host()}/`, { headers: { cookie: await signIn(server) } });
    expect(await page.text()).toBe("<title>App</title>");
  });

  it("opens under the name localhost too", async () => {
    const headers = { Host: `localhost:${server.port}`, Cookie: await signIn(server) };
    expect((await raw("GET /", headers)).status).toBe(200);
  });

  it("uses a new token for every run", async () => {
    const other = await startWebServer({ backend: backend(), port: 0 });
    try {
      expect(new URL(other.url).searchParams.get("token")).not.toBe(new URL(server.url).searchParams.get("token"));
    } finally {
      await other.close();
    }
  });

  it.each([
    ["a wrong token", "/?token=wrong"],
    ["an empty token", "/?token="],
    ["the right token in the wrong place", "/assets/?token=TOKEN"],
  ])("stays shut for %s", async (_what, path) => {
    const token = new URL(server.url).searchParams.get("token") ?? "";
    const response = await fetch(`http://${host()}${path.replace("TOKEN", token)}`, { redirect: "manual" });
    expect(response.status).toBe(403);
    expect(response.headers.get("set-cookie")).toBeNull();
  });

  it("is explained in plain text to who comes without it", async () => {
    const response = await fetch(`http://${host()}/`);
    expect(response.status).toBe(403);
    expect(response.headers.get("content-type")).toBe("text/plain; charset=utf-8");
    expect(await response.text()).toContain("link that was printed");
  });

  it.each([
    ["no cookie", ""],
    ["a wrong cookie", "mxm-dataio-PORT=wrong"],
    ["an empty cookie", "mxm-dataio-PORT="],
    ["the token under another name", "other=TOKEN"],
    ["the cookie of another port", "mxm-dataio-1=TOKEN"],
    ["the token with more behind it", "mxm-dataio-PORT=TOKENx"],
  ])("lets nothing be read with %s", async (_what, template) => {
    const token = new URL(server.url).searchParams.get("token") ?? "";
    const cookie = template.replace("PORT", String(server.port)).replace("TOKEN", token);
    const { checksum } = await store.put(Buffer.from("private"));
    for (const path of ["/", "/index.html", `/${payloadUrl("a", checksum)}`]) {
      const response = await raw(`GET ${path}`, { Host: host(), Cookie: cookie });
      expect(response.status).toBe(403);
      expect(response.body).not.toMatch(/private|<title>/);
    }
  });

  it("finds its cookie among others", async () => {
    const cookie = `a=b; mxm-dataio-${server.port}=stale; ${await signIn(server)}; c`;
    expect((await raw("GET /", { Host: host(), Cookie: cookie })).status).toBe(200);
  });

  it.each([
    "evil.example:PORT",
    "127.0.0.1",
    "127.0.0.1:1",
    "localhost.:PORT",
    "[::1]:PORT",
    "127.0.0.1:PORT.evil.example",
  ])("is not opened under the name %s", async (name) => {
    const headers = { Host: name.replace("PORT", String(server.port)), Cookie: await signIn(server) };
    expect((await raw("GET /", headers)).status).toBe(403);
    const { search } = new URL(server.url);
    const link = await raw(`GET /${search}`, headers);
    expect(link.status).toBe(403);
    expect(link.head).not.toContain("set-cookie");
  });

  it("is on the loopback address alone", async () => {
    const addresses = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
    const outside = addresses.filter(({ internal, family }) => !internal && family === "IPv4");
    // On macOS the loopback has the one address, and others of its net never answer.
    const another = process.platform === "darwin" ? [] : [{ address: "127.0.0.2" }];
    for (const { address } of [...outside, ...another]) {
      const socket = openTcp(server.port, address);
      await expect(once(socket, "connect")).rejects.toMatchObject({ code: "ECONNREFUSED" });
    }
  });
});

describe("requests", () => {
  it("get payload bytes in ranges", async () => {
    const { checksum } = await store.put(Buffer.from("0123456789"));
    const headers = { cookie: await signIn(server), range: "bytes=2-4" };
    const response = await fetch(`http://${host()}/${payloadUrl("a", checksum)}`, { headers });
    expect(response.status).toBe(206);
    expect(response.headers.get("etag")).toBe(`"${checksum}"`);
    expect(await response.text()).toBe("234");
  });

  it("get a large payload whole", async () => {
    const bytes = Buffer.alloc(20_000_003, "abcdefghijk");
    const { checksum } = await store.put(bytes);
    const headers = { cookie: await signIn(server) };
    const response = await fetch(`http://${host()}/${payloadUrl("a", checksum)}`, { headers });
    expect(Buffer.from(await response.arrayBuffer()).equals(bytes)).toBe(true);
  });

  it("can be given up half-way without harm", async () => {
    const { checksum } = await store.put(Buffer.alloc(50_000_000, 1));
    const controller = new AbortController();
    const init = { headers: { cookie: await signIn(server) }, signal: controller.signal };
    const response = await fetch(`http://${host()}/${payloadUrl("a", checksum)}`, init);
    await response.body?.getReader().read();
    controller.abort();
    expect((await fetch(`http://${host()}/`, { headers: init.headers })).status).toBe(200);
    expect(logged).toEqual([]);
  });

  it("are broken off, and the operator told, when the file becomes shorter meanwhile", async () => {
    const { checksum } = await store.put(Buffer.alloc(50_000_000, 1));
    const headers = { cookie: await signIn(server) };
    const response = await fetch(`http://${host()}/${payloadUrl("a", checksum)}`, { headers });
    await truncate(store.pathOf(checksum), 40_000_000);
    await expect(response.arrayBuffer()).rejects.toThrow();
    await expect.poll(() => logged.length).toBe(1);
  });

  it("change nothing: only GET and HEAD are answered", async () => {
    for (const method of ["POST", "PUT", "DELETE"]) {
      const response = await fetch(`http://${host()}/`, { method, headers: { cookie: await signIn(server) } });
      expect(response.status).toBe(405);
    }
    expect(called).toEqual([]);
  });

  it("put a file to be sent from the app's own page alone", async () => {
    const put = async (headers: Record<string, string>) => {
      const answer = await fetch(`http://${host()}/upload?name=a`, { method: "PUT", body: "bytes", headers });
      return [answer.status, await answer.text()];
    };
    const cookie = await signIn(server);
    expect(await put({ cookie, origin: `http://${host()}` })).toEqual([200, "PUT bytes"]);
    expect((await put({ cookie, origin: "http://evil.example" }))[0]).toBe(403);
    expect((await put({ cookie }))[0]).toBe(403);
    expect((await put({ origin: `http://${host()}` }))[0]).toBe(403);
  });

  it.each(["GET http://127.0.0.1/", "OPTIONS *", "GET //evil.example/index.html"])(
    "for no path of ours get nothing: %s",
    async (requestLine) => {
      const response = await raw(requestLine, { Host: host(), Cookie: await signIn(server) });
      expect([400, 404]).toContain(response.status);
    },
  );
});

describe("the WebSocket", () => {
  it("opens for the page, and its calls reach the backend", async () => {
    const socket = await openSocket(server);
    socket.send(JSON.stringify({ type: "call", id: 1, method: "jobs.list", params: {} }));
    const [data] = await once(socket, "message");
    expect(JSON.parse(String(data))).toEqual({ type: "result", id: 1, ok: true, value: null });
    expect(called).toEqual(["jobs.list"]);
    socket.terminate();
  });

  it.each([
    ["without a cookie", { cookie: "", origin: "http://HOST", host: "HOST" }],
    ["without an Origin", { cookie: "COOKIE", origin: "", host: "HOST" }],
    ["from another site", { cookie: "COOKIE", origin: "http://evil.example", host: "HOST" }],
    ["from another port", { cookie: "COOKIE", origin: "http://127.0.0.1:1", host: "HOST" }],
    ["from a file or a sandboxed frame", { cookie: "COOKIE", origin: "null", host: "HOST" }],
    ["under a foreign name", { cookie: "COOKIE", origin: "http://evil.example", host: "evil.example" }],
  ])("is refused %s", async (_what, template) => {
    const cookie = await signIn(server);
    const fill = (text: string) => text.replace("HOST", host()).replace("COOKIE", cookie);
    const origin = template.origin === "" ? {} : { Origin: fill(template.origin) };
    const headers = { ...UPGRADE, Host: fill(template.host), Cookie: fill(template.cookie), ...origin };
    expect((await raw("GET /ws", headers)).status).toBe(403);
    expect(listeners.size).toBe(0);
  });

  it("is at one path only", async () => {
    const headers = { ...UPGRADE, Host: host(), Cookie: await signIn(server), Origin: `http://${host()}` };
    expect((await raw("GET /", headers)).status).toBe(404);
  });

  it("is closed on a frame that is larger than any call", async () => {
    const socket = await openSocket(server);
    socket.on("error", () => undefined);
    socket.send("x".repeat(16 * 1024 * 1024 + 1));
    const [code] = await once(socket, "close");
    expect(code).toBe(1009);
    expect(called).toEqual([]);
  });
});

describe("closing", () => {
  it("ends open sockets and frees the port", async () => {
    const socket = await openSocket(server);
    expect(listeners.size).toBe(1);
    const closed = once(socket, "close");
    await server.close();
    expect((await closed)[0]).toBe(1001);
    expect(listeners.size).toBe(0);
    await expect(fetch(`http://${host()}/`)).rejects.toThrow();
    server = await startWebServer({ backend: backend(), port: server.port });
  });

  it("does not wait for a download that nobody reads", async () => {
    const { checksum } = await store.put(Buffer.alloc(50_000_000, 1));
    const response = await fetch(`http://${host()}/${payloadUrl("a", checksum)}`, {
      headers: { cookie: await signIn(server) },
    });
    await server.close();
    await expect(response.arrayBuffer()).rejects.toThrow();
  });

  it("does not wait for who was refused and does not hang up", async () => {
    const socket = openTcp({ port: server.port, host: "127.0.0.1", allowHalfOpen: true });
    const headers = Object.entries({ Host: "elsewhere", ...UPGRADE }).map(([name, value]) => `${name}: ${value}\r\n`);
    socket.write(`GET /ws HTTP/1.1\r\n${headers.join("")}\r\n`);
    const [answer] = await once(socket, "data");
    expect(String(answer)).toContain("403");
    const patience = new Promise((resolve) => setTimeout(resolve, 5_000, "still open"));
    expect(await Promise.race([server.close(), patience])).toBeUndefined();
    socket.destroy();
  });

  it("is possible twice", async () => {
    await server.close();
    await server.close();
  });
});

describe("a port that is in use", () => {
  it("is told by the system's own code", async () => {
    const second = startWebServer({ backend: backend(), port: server.port });
    await expect(second).rejects.toMatchObject({ code: "EADDRINUSE" });
  });
});
