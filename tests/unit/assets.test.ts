import { createHash } from "node:crypto";
import { mkdir, mkdtemp, readdir, readlink, realpath, rm, symlink, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { PayloadStore } from "@mxm/dataio";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createAssets } from "../../src/backend/assets.ts";
import { decodeProblem, type PayloadUrlOptions, PROBLEM_HEADER, payloadUrl } from "../../src/shared/payload-url.ts";

const ORIGIN = "http://127.0.0.1:4000";
const PNG = Buffer.from("89504e470d0a1a0a0000000d4948445200000001000000010806000000", "hex");

let folder: string;
let renderer: string;
let store: PayloadStore;
let logged: string[];
let assets: (request: Request) => Promise<Response>;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "assets-"));
  renderer = join(folder, "renderer");
  await mkdir(join(renderer, "assets"), { recursive: true });
  await writeFile(join(renderer, "index.html"), "<!doctype html><title>App</title>");
  await writeFile(join(renderer, "assets/index-B3x.js"), "console.log(1)");
  await writeFile(join(folder, "secret.txt"), "nobody may read this");
  store = new PayloadStore(join(folder, "responses"), { durable: false });
  logged = [];
  assets = createAssets({
    rendererDirectory: renderer,
    payloads: (archiveId) => (archiveId === "a 1" ? store : null),
    log: (message) => void logged.push(message),
  });
});
afterEach(() => rm(folder, { recursive: true, force: true }));

function get(path: string, init: RequestInit = {}): Promise<Response> {
  return assets(new Request(new URL(path, ORIGIN), init));
}

async function put(data: Uint8Array | string): Promise<string> {
  return (await store.put(typeof data === "string" ? Buffer.from(data) : data)).checksum;
}

function getPayload(checksum: string, headers: Record<string, string> = {}, options: PayloadUrlOptions = {}) {
  return get(payloadUrl("a 1", checksum, options), { headers });
}

describe("the renderer's files", () => {
  it("serves the page at the root, under a policy without foreign content", async () => {
    const response = await get("/");
    expect(response.status).toBe(200);
    expect(await response.text()).toContain("<title>App</title>");
    expect(response.headers.get("content-type")).toBe("text/html; charset=utf-8");
    expect(response.headers.get("content-length")).toBe("33");
    expect(response.headers.get("cache-control")).toBe("no-cache");
    const policy = response.headers.get("content-security-policy")?.split("; ");
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("script-src 'self'");
    expect(policy).toContain("connect-src 'self' ws://127.0.0.1:4000");
    expect(policy).toContain("frame-ancestors 'none'");
  });

  it("names no WebSocket where the host is not HTTP", async () => {
    const response = await assets(new Request("app://main/"));
    expect(response.status).toBe(200);
    expect(response.headers.get("content-security-policy")).toContain("connect-src 'self';");
  });

  it("lets hashed files be kept for good", async () => {
    const response = await get("/assets/index-B3x.js");
    expect(response.headers.get("content-type")).toBe("text/javascript; charset=utf-8");
    expect(response.headers.get("cache-control")).toContain("immutable");
    expect(response.headers.get("x-content-type-options")).toBe("nosniff");
  });

  it("answers HEAD with the headers alone", async () => {
    const response = await get("/", { method: "HEAD" });
    expect(response.headers.get("content-length")).toBe("33");
    expect(await response.text()).toBe("");
  });

  it.each([
    "/missing.js",
    "/assets",
    "/assets/",
    "/../secret.txt",
    "/%2e%2e/secret.txt",
    "/..%2fsecret.txt",
    "/assets/..%2f..%2fsecret.txt",
    "/..%5csecret.txt",
    "/%00",
    "/%ff",
    "/linked.txt",
    "/linked-folder/secret.txt",
    "//secret.txt",
    "/index.html/",
  ])("finds nothing at %s", async (path) => {
    await symlink(join(folder, "secret.txt"), join(renderer, "linked.txt"));
    await symlink(folder, join(renderer, "linked-folder"));
    const response = await get(ORIGIN + path);
    expect(response.status).toBe(404);
    expect(await response.text()).not.toContain("nobody may read this");
  });

  it.each(["POST", "PUT", "DELETE", "OPTIONS"])("refuses %s", async (method) => {
    const response = await get("/", { method });
    expect(response.status).toBe(405);
    expect(response.headers.get("allow")).toBe("GET, HEAD");
  });

  it("says so, and tells the operator, when the renderer is not built", async () => {
    await rm(renderer, { recursive: true });
    const response = await get("/");
    expect(response.status).toBe(500);
    expect(await response.json()).toMatchObject({ code: "INTERNAL" });
    expect(logged).toHaveLength(1);
  });
});

describe("payload bytes", () => {
  it("come whole, with the checksum as ETag", async () => {
    const checksum = await put("0123456789");
    const response = await getPayload(checksum);
    expect(response.status).toBe(200);
    expect(response.headers.get("etag")).toBe(`"${checksum}"`);
    expect(response.headers.get("content-length")).toBe("10");
    expect(response.headers.get("accept-ranges")).toBe("bytes");
    expect(await response.text()).toBe("0123456789");
  });

  it.each([
    ["bytes=0-0", "bytes 0-0/10", "0"],
    ["bytes=2-4", "bytes 2-4/10", "234"],
    ["bytes=7-", "bytes 7-9/10", "789"],
    ["bytes=-3", "bytes 7-9/10", "789"],
    ["bytes=-30", "bytes 0-9/10", "0123456789"],
    ["bytes=5-999999999999999999999", "bytes 5-9/10", "56789"],
  ])("come in part for %s", async (range, contentRange, text) => {
    const response = await getPayload(await put("0123456789"), { range });
    expect(response.status).toBe(206);
    expect(response.headers.get("content-range")).toBe(contentRange);
    expect(response.headers.get("content-length")).toBe(String(text.length));
    expect(await response.text()).toBe(text);
  });

  it.each(["bytes=10-", "bytes=10-20", "bytes=-0"])("do not reach to %s", async (range) => {
    const response = await getPayload(await put("0123456789"), { range });
    expect(response.status).toBe(416);
    expect(response.headers.get("content-range")).toBe("bytes */10");
    expect(await response.text()).toBe("");
  });

  it.each(["bytes=0-1,4-5", "bytes=4-2", "bytes=a-b", "bytes=-", "lines=0-1", "nonsense"])(
    "come whole for %s",
    async (range) => {
      const response = await getPayload(await put("0123456789"), { range });
      expect(response.status).toBe(200);
      expect(await response.text()).toBe("0123456789");
    },
  );

  it("come in part only while they are the ones that are meant", async () => {
    const checksum = await put("0123456789");
    const part = await getPayload(checksum, { range: "bytes=0-1", "if-range": `"${checksum}"` });
    expect(part.status).toBe(206);
    const whole = await getPayload(checksum, { range: "bytes=0-1", "if-range": '"another"' });
    expect(whole.status).toBe(200);
    expect(await whole.text()).toBe("0123456789");
  });

  it("are not sent again to who has them", async () => {
    const checksum = await put("0123456789");
    for (const tag of [`"${checksum}"`, `"x", W/"${checksum}"`, "*"]) {
      const response = await getPayload(checksum, { "if-none-match": tag });
      expect(response.status).toBe(304);
      expect(await response.text()).toBe("");
    }
    expect((await getPayload(checksum, { "if-none-match": '"another"' })).status).toBe(200);
  });

  it("may be none at all", async () => {
    const checksum = await put("");
    const response = await getPayload(checksum);
    expect(response.status).toBe(200);
    expect(response.headers.get("content-length")).toBe("0");
    expect(await response.text()).toBe("");
    expect((await getPayload(checksum, { range: "bytes=0-" })).status).toBe(416);
  });

  it("are measured by HEAD", async () => {
    const url = payloadUrl("a 1", await put("0123456789"));
    const response = await get(url, { method: "HEAD", headers: { range: "bytes=0-1" } });
    expect(response.status).toBe(200);
    expect(response.headers.get("content-length")).toBe("10");
    expect(await response.text()).toBe("");
  });

  it("span chunks without a byte lost", async () => {
    const bytes = Buffer.alloc(3_000_017, "abcdefghijk");
    const checksum = await put(bytes);
    const part = await getPayload(checksum, { range: "bytes=1000000-2999999" });
    expect(Buffer.from(await part.arrayBuffer()).equals(bytes.subarray(1_000_000, 3_000_000))).toBe(true);
  });

  it.each([
    ["a page", "<!doctype html><script>alert(1)</script>"],
    ["a script", "alert(1)"],
    ["a PDF", "%PDF-1.7\n"],
    ["XML with a stylesheet", '<?xml version="1.0"?><?xml-stylesheet href="x.xsl"?><a/>'],
    ["a page that mentions SVG", "<html><body><svg onload=alert(1)></svg>"],
  ])("are never a document type: %s", async (_what, text) => {
    const response = await getPayload(await put(text));
    expect(response.headers.get("content-type")).toBe("application/octet-stream");
    expect(response.headers.get("x-content-type-options")).toBe("nosniff");
    expect(response.headers.get("content-security-policy")).toBe("default-src 'none'; sandbox");
    expect(response.headers.get("cross-origin-resource-policy")).toBe("same-origin");
  });

  it.each([
    ["image/png", PNG],
    ["image/gif", Buffer.from("GIF89a\u0001\u0000\u0001\u0000")],
    ["image/svg+xml", Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>')],
    [
      "image/svg+xml",
      Buffer.from('\uFEFF<?xml version="1.0"?>\n<!-- a > b --><!DOCTYPE svg [<!ENTITY a "b">]>\n<svg\n></svg>'),
    ],
  ])("are an image by their bytes: %s", async (type, bytes) => {
    const response = await getPayload(await put(bytes));
    expect(response.headers.get("content-type")).toBe(type);
    expect(response.headers.get("content-security-policy")).toBe("default-src 'none'; sandbox");
  });

  it("are recognised quickly, however hostile", async () => {
    const started = performance.now();
    for (const text of ["<!---->".repeat(600), "<!DOCTYPE [".repeat(400), "<?".repeat(2000), "<!".repeat(2000)]) {
      expect((await getPayload(await put(text))).headers.get("content-type")).toBe("application/octet-stream");
    }
    expect(performance.now() - started).toBeLessThan(1000);
  });

  it.each([
    ["no file", "a 1", "0".repeat(64), 404, "PAYLOAD_MISSING"],
    ["no checksum", "a 1", "../../secret.txt", 400, "CHECKSUM_INVALID"],
    ["no such archive", "b", "0".repeat(64), 404, "NOT_FOUND"],
  ])("cannot be had: %s", async (_what, archiveId, checksum, status, code) => {
    const response = await get(payloadUrl(archiveId, checksum));
    expect(response.status).toBe(status);
    expect(response.headers.get("content-type")).toBe("application/json");
    expect(await response.json()).toMatchObject({ code });
    expect(logged).toEqual([]);
  });
});

describe("downloads", () => {
  it("are attachments, verified before the first byte", async () => {
    const checksum = await put("<html>");
    const response = await getPayload(checksum, {}, { download: "page.html" });
    expect(response.status).toBe(200);
    expect(response.headers.get("content-type")).toBe("application/octet-stream");
    expect(response.headers.get("content-disposition")).toBe(
      "attachment; filename=\"page.html\"; filename*=UTF-8''page.html",
    );
    expect(await response.text()).toBe("<html>");
  });

  it.each([
    ["Zürich (1).csv", 'filename="Z_rich (1).csv"', "Z%C3%BCrich%20%281%29.csv"],
    ['a"b%41\r\nX: y', 'filename="a_b_41__X: y"', "a%22b%2541__X%3A%20y"],
    ["../../etc/passwd", 'filename=".._.._etc_passwd"', ".._.._etc_passwd"],
    ["exe.\u202Egpj", 'filename="exe._gpj"', "exe._gpj"],
    ["😀.bin", 'filename="__.bin"', "%F0%9F%98%80.bin"],
  ])("carry the name %j without harm", async (name, plain, extended) => {
    const response = await getPayload(await put("x"), {}, { download: name });
    const disposition = response.headers.get("content-disposition");
    expect(disposition).toBe(`attachment; ${plain}; filename*=UTF-8''${extended}`);
  });

  it("of an image are no image any more", async () => {
    const response = await getPayload(await put(PNG), {}, { download: "a.png" });
    expect(response.headers.get("content-type")).toBe("application/octet-stream");
  });

  it("are refused when the bytes are damaged, unless that is what is wanted", async () => {
    const checksum = await put("0123456789");
    await truncate(store.pathOf(checksum), 4);
    const refused = await getPayload(checksum, {}, { download: "a" });
    expect(refused.status).toBe(409);
    const actual = createHash("sha256").update("0123").digest("hex");
    expect(await refused.json()).toMatchObject({
      code: "PAYLOAD_CORRUPT",
      details: { checksum, actual, sizeBytes: 4 },
    });
    const head = await get(payloadUrl("a 1", checksum, { download: "a" }), { method: "HEAD" });
    expect(head.status).toBe(409);
    const taken = await getPayload(checksum, {}, { download: "a", evenIfDamaged: true });
    expect(taken.status).toBe(200);
    expect(await taken.text()).toBe("0123");
  });

  it("decode what is packed, and break off where they cannot", async () => {
    const packed = await put(gzipSync("plain ".repeat(100_000)));
    const options = { download: "plain.txt", decode: "gzip" } as const;
    const answer = await getPayload(packed, { range: "bytes=0-3" }, options);
    expect(answer.status).toBe(200);
    expect(answer.headers.get("content-length")).toBeNull();
    expect(answer.headers.get("content-type")).toBe("application/octet-stream");
    expect(answer.headers.get("content-disposition")).toContain("plain.txt");
    expect(await answer.text()).toBe("plain ".repeat(100_000));
    const cut = await put(gzipSync("plain ".repeat(100_000)).subarray(0, 100));
    await expect((await getPayload(cut, {}, options)).text()).rejects.toThrow();
    const asked = await get(payloadUrl("a 1", cut, options), { method: "HEAD" });
    expect(asked.status).toBe(422);
    expect(decodeProblem(asked.headers.get(PROBLEM_HEADER))).toMatchObject({ code: "PAYLOAD_UNDECODABLE" });
  });

  it("decode no bomb to its end, and say the limit where they are asked first", async () => {
    const member = gzipSync(Buffer.alloc(1024 * 1024));
    const bomb = await put(Buffer.concat(Array.from({ length: 257 }, () => member)));
    const options = { download: "zeros", decode: "gzip" } as const;
    const asked = await get(payloadUrl("a 1", bomb, options), { method: "HEAD" });
    expect(asked.status).toBe(413);
    const problem = { code: "TOO_LARGE", message: expect.stringContaining("larger than 256 MiB") };
    expect(decodeProblem(asked.headers.get(PROBLEM_HEADER))).toMatchObject(problem);
    const answer = await getPayload(bomb, {}, options);
    let received = 0;
    const taken = async () => {
      for await (const chunk of answer.body ?? []) received += chunk.byteLength;
    };
    await expect(taken()).rejects.toMatchObject(problem);
    expect(received).toBeLessThanOrEqual(256 * 1024 * 1024);
  });

  it("of what is not there are refused, wanted damaged or not", async () => {
    for (const evenIfDamaged of [false, true]) {
      const response = await getPayload("0".repeat(64), {}, { download: "a", evenIfDamaged });
      expect(response.status).toBe(404);
      expect(await response.json()).toMatchObject({ code: "PAYLOAD_MISSING" });
    }
  });
});

describe("a payload that is being sent", () => {
  /** How often this process has a file open. */
  async function timesOpen(path: string): Promise<number> {
    const real = await realpath(path);
    const descriptors = await readdir("/proc/self/fd");
    const targets = await Promise.all(descriptors.map((fd) => readlink(`/proc/self/fd/${fd}`).catch(() => "")));
    return targets.filter((target) => target === real).length;
  }

  it("breaks off when its file becomes shorter", async () => {
    const checksum = await put(Buffer.alloc(5_000_000, 1));
    const response = await getPayload(checksum);
    await truncate(store.pathOf(checksum), 2_500_000);
    await expect(response.arrayBuffer()).rejects.toThrow("became shorter");
  });

  describe.runIf(process.platform === "linux")("holds its file open", () => {
    it.each(["cancel", "abort"] as const)("until %s", async (how) => {
      const checksum = await put(Buffer.alloc(5_000_000, 1));
      const controller = new AbortController();
      const response = await get(payloadUrl("a 1", checksum), { signal: controller.signal });
      const reader = response.body?.getReader();
      const first = await reader?.read();
      expect(first?.value?.byteLength).toBe(1024 * 1024);
      expect(await timesOpen(store.pathOf(checksum))).toBe(1);
      if (how === "cancel") await reader?.cancel();
      else controller.abort();
      await expect.poll(() => timesOpen(store.pathOf(checksum))).toBe(0);
    });
  });
});
