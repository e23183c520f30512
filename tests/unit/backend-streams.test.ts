/** Streams as a renderer meets them: real WebSocket and event-stream servers, frames read back from the archive. */
import { once } from "node:events";
import { createServer } from "node:http";
import { expect, it, onTestFinished } from "vitest";
import { type WebSocket, WebSocketServer } from "ws";
import type { Job, JobDetail } from "../../src/shared/contract.ts";
import { startBackend } from "../helpers/driven-backend.ts";

async function serve(answer: (socket: WebSocket) => void): Promise<string> {
  const server = new WebSocketServer({ host: "127.0.0.1", port: 0 });
  server.on("connection", answer);
  onTestFinished(() => {
    for (const socket of server.clients) socket.terminate();
    server.close();
  });
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  return `ws://127.0.0.1:${address.port}/`;
}

type StreamDetail = Extract<JobDetail, { readonly kind: "stream" }>;
function detailOf({ detail }: Job): StreamDetail {
  if (detail.kind !== "stream") throw new Error("no stream");
  return detail;
}
const subscription = (archiveId: string, url: string) =>
  ({ archiveId, source: "feed", adapter: "websocket", kind: "trades", paramsJson: JSON.stringify({ url }) }) as const;

it("archives what comes, tells counts a few times a second, and gives any part of the frames", async () => {
  let socket: WebSocket | undefined;
  const url = await serve((connected) => {
    socket = connected;
    for (let number = 0; number < 700; number += 1) connected.send(`{"n":${number}}`);
  });
  const app = await startBackend();
  const archiveId = app.archive.id;
  const job = await app.call("stream.start", subscription(archiveId, url));
  await expect.poll(async () => detailOf(await app.job(job.id)).messages, { timeout: 20_000 }).toBe(700);
  const running = detailOf(await app.job(job.id));
  expect(running).toMatchObject({ isOpen: true, frames: 701, label: url, ending: null });

  const frames = (start: number, limit: number) =>
    app.call("stream.frames", { archiveId, jobId: job.id, start, limit });
  expect(await frames(0, 2)).toMatchObject([
    { status: "stream_open", sequence: null, sizeBytes: 0, said: { url } },
    { status: "stream_message", sequence: 0, head: { form: "text", text: '{"n":0}' }, said: { frame: "text" } },
  ]);
  for (const start of [255, 256, 257, 600]) {
    expect((await frames(start, 3)).map(({ sequence }) => sequence)).toEqual([start - 1, start, start + 1]);
  }
  expect(await frames(900, 10)).toEqual([]);

  socket?.send(Buffer.from([0xff, 0x00]));
  await expect.poll(async () => detailOf(await app.job(job.id)).messages).toBe(701);
  expect(await frames(701, 1)).toMatchObject([{ head: { form: "hex", text: "ff 00" }, said: { frame: "binary" } }]);

  // The archive is closed and opened again, as by a window that looks at another one: the stream goes on.
  await app.call("archives.close", { archiveId });
  socket?.send("while it was closed");
  await expect.poll(async () => detailOf(await app.job(job.id)).messages).toBe(702);
  const { id: reopened } = await app.call("archives.open", { path: app.archive.path });
  expect(await app.call("stream.frames", { archiveId: reopened, jobId: job.id, start: 702, limit: 5 })).toMatchObject([
    { head: { text: "while it was closed" } },
  ]);

  await app.call("stream.stop", { jobId: job.id });
  const ended = await app.ended(job);
  expect(ended.state.status).toBe("succeeded");
  expect(detailOf(ended)).toMatchObject({
    isOpen: false,
    messages: 702,
    frames: 704,
    ending: { reason: "left", error: null },
  });
  const last = await app.call("stream.frames", { archiveId: reopened, jobId: job.id, start: 703, limit: 5 });
  expect(last).toMatchObject([{ status: "stream_closed", sequence: null, said: { reason: "left" } }]);
  const { items } = await app.call("sessions.list", { archiveId: reopened, cursor: null, limit: 5 });
  expect(items[0]).toMatchObject({ id: detailOf(ended).sessionId, responseCount: 704, failedCount: 0 });
  expect(items[0]?.endedAt).not.toBeNull();

  // A state at once, then one in every tenth of a second.
  const told = app.told(job).filter((event) => event.job.state.status === "running");
  const seconds = ((told.at(-1)?.at ?? 0) - (told[0]?.at ?? 0)) / 1000;
  expect(told.length).toBeLessThanOrEqual(2 + Math.ceil(seconds * 10.5));
});

it("says how a stream ended: by its source, with an error, or before it began; cancelling leaves it", async () => {
  const app = await startBackend();
  const archiveId = app.archive.id;
  const run = async (url: string) => app.ended(await app.call("stream.start", subscription(archiveId, url)));
  const good = await run(
    await serve((socket) => {
      socket.send("one");
      socket.close(1000, "market closed");
    }),
  );
  expect(good.state.status).toBe("succeeded");
  expect(detailOf(good)).toMatchObject({
    messages: 1,
    frames: 3,
    ending: { reason: "ended", said: "code 1000: market closed" },
  });
  const bad = await run(await serve((socket) => socket.close(1011, "out of memory")));
  expect(bad.state).toMatchObject({ status: "failed", error: { code: "NETWORK_FAILED" } });
  expect(detailOf(bad)).toMatchObject({
    messages: 0,
    frames: 2,
    ending: { reason: "failed", error: { message: expect.stringContaining("1011 (out of memory)") } },
  });
  const [closed] = await app.call("stream.frames", { archiveId, jobId: bad.id, start: 1, limit: 1 });
  expect(closed?.said).toMatchObject({ reason: "failed", error: expect.stringContaining("out of memory") });
  const none = await run("ws://127.0.0.1:1/");
  expect(none.state).toMatchObject({ status: "failed", error: { details: { code: "ECONNREFUSED" } } });
  expect(detailOf(none)).toMatchObject({ frames: 1, messages: 0 });

  const open = await app.call("stream.start", subscription(archiveId, await serve((socket) => socket.send("hi"))));
  await expect.poll(async () => detailOf(await app.job(open.id)).messages).toBe(1);
  await app.call("jobs.cancel", { jobId: open.id });
  expect(await app.ended(open)).toMatchObject({
    state: { status: "cancelled" },
    detail: { messages: 1, frames: 3, ending: { reason: "left" } },
  });
  expect(await app.refused("stream.frames", { archiveId, jobId: "none", start: 0, limit: 1 })).toMatchObject({
    code: "JOB_UNKNOWN",
  });
});

it("subscribes as a source is mapped, and never writes where it may not", async () => {
  const server = createServer((_, response) => {
    response.writeHead(200, { "content-type": "text/event-stream" });
    response.end('event: price\nid: 1\ndata: {"p":30.0}\n\n');
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  const app = await startBackend();
  const archiveId = app.archive.id;
  const settings = { adapter: "sse", baseUrl: `http://127.0.0.1:${address.port}/` };
  await app.call("sources.save", { archiveId, place: "archive", source: "news", settings });
  const order = { archiveId, source: "news", adapter: "mapped", kind: "prices", paramsJson: "{}" } as const;
  const job = await app.ended(await app.call("stream.start", order));
  expect(detailOf(job)).toMatchObject({ messages: 1, ending: { reason: "ended", said: null } });
  const frames = await app.call("stream.frames", { archiveId, jobId: job.id, start: 1, limit: 1 });
  expect(frames).toMatchObject([{ head: { text: '{"p":30.0}' }, said: { event: "price", id: "1" } }]);

  await app.call("sources.save", { archiveId, place: "archive", source: "news", settings: { adapter: "http" } });
  const wrong = await app.ended(await app.call("stream.start", order));
  expect(wrong.state).toMatchObject({ status: "failed", error: { code: "CAPABILITY_MISSING" } });
  await app.call("archives.setReadOnly", { archiveId, readOnly: true });
  expect(await app.refused("stream.start", order)).toMatchObject({ code: "READ_ONLY" });
});
