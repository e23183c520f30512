/** Sending as a renderer meets it, to real servers and programs that count what comes. */
import { writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import type { CallParams, Job, SendOutcome, SentFile } from "../../src/shared/contract.ts";
import { uploadUrl } from "../../src/shared/upload-url.ts";
import { startBackend } from "../helpers/driven-backend.ts";

interface Received {
  readonly method: string | undefined;
  readonly url: string | undefined;
  readonly rawHeaders: readonly string[];
  readonly body: string;
}

async function serve(answer: (response: ServerResponse, request: IncomingMessage) => void) {
  const received: Received[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const { method, url, rawHeaders } = request;
      received.push({ method, url, rawHeaders, body: Buffer.concat(chunks).toString("utf8") });
      answer(response, request);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const close = () => {
    server.closeAllConnections();
    server.close();
  };
  onTestFinished(close);
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  return { url: `http://127.0.0.1:${address.port}/`, received, close };
}

const outcomeOf = ({ detail }: Job): SendOutcome | null => (detail.kind === "send" ? detail.outcome : null);

it("shows exactly what goes out, sends it once however often it is asked, and records both sides", async () => {
  const server = await serve((response) => {
    // Slow enough that a second click comes while the first is under way.
    setTimeout(() => response.writeHead(201, { "content-type": "application/json" }).end('{"id":1}'), 100);
  });
  const app = await startBackend();
  const archiveId = app.archive.id;
  await app.call("secrets.set", { archiveId, name: "DESK", value: "s3cr3t value" });
  await app.call("sources.save", {
    archiveId,
    place: "archive",
    source: "broker",
    settings: {
      adapter: "http",
      baseUrl: server.url,
      query: { key: "${secret:DESK}" },
      headers: { authorization: "Bearer ${secret:DESK}", "x-desk": ["a", "b"] },
      retry: 3,
    },
  });
  const order: CallParams<"send.plan"> = {
    archiveId,
    source: "broker",
    adapter: "mapped",
    kind: "order",
    paramsJson: '{"url": "orders", "method": "put", "headers": {"cookie": "id=7"}}',
    payload: { type: "json", text: '{"qty": 30.0, "sym": "ü"}' },
  };
  expect(await app.refused("send.plan", order)).toMatchObject({ code: "TRUST_NEEDED", details: { source: "broker" } });
  const { digest } = await app.call("trust.get", { archiveId, source: "broker" });
  await app.call("trust.grant", { archiveId, source: "broker", digest });

  const plan = await app.call("send.plan", order);
  const body = '{"qty":30.0,"sym":"\\u00fc"}';
  expect(plan).toMatchObject({
    adapter: "http",
    http: { method: "PUT", url: `${server.url}orders?key=\${secret:DESK}` },
    archivedCredentials: ["cookie"],
    sizeBytes: body.length,
    head: { form: "text", text: body },
    isCut: false,
  });
  expect(JSON.stringify(plan)).not.toContain("s3cr3t");
  expect(JSON.stringify(plan)).not.toContain("id=7");
  expect(server.received).toEqual([]);

  const [first, second] = await Promise.all([
    app.call("send.start", { ticket: plan.ticket }),
    app.call("send.start", { ticket: plan.ticket }),
  ]);
  expect(second.id).toBe(first.id);
  const job = await app.ended(first);
  expect((await app.call("send.start", { ticket: plan.ticket })).id).toBe(first.id);
  expect(job.state.status).toBe("succeeded");
  expect(outcomeOf(job)).toMatchObject({ status: "answered", row: { type: "response" } });

  expect(server.received).toHaveLength(1);
  const [call] = server.received;
  expect(call).toMatchObject({ method: "PUT", body });
  const raw = call?.rawHeaders ?? [];
  const lines = raw.flatMap((text, index) => (index % 2 === 0 ? [`${text.toLowerCase()}: ${raw[index + 1]}`] : []));
  const planned = (plan.http?.headers ?? []).map(({ name, value }) => `${name}: ${value ?? "id=7"}`);
  expect(planned.map((line) => line.replace("${secret:DESK}", "s3cr3t value")).toSorted()).toEqual(lines.toSorted());

  const outcome = outcomeOf(job);
  if (outcome?.status !== "answered") throw new Error("not answered");
  const row = await app.call("rows.get", { archiveId, ref: outcome.row });
  expect(row.row).toMatchObject({ method: "SEND", kind: "order", status: "ack", source: "broker" });
  expect(row.resolution?.sentChecksum).toBe(plan.checksum);
  expect(row.payload?.state).toBe("ok");
});

it("never tries again, and says of a failure whether anything went out and what was recorded", async () => {
  const app = await startBackend();
  const archiveId = app.archive.id;
  const send = async (url: string, payload: CallParams<"send.plan">["payload"] = { type: "text", text: "buy" }) => {
    const paramsJson = JSON.stringify({ url, headers: { "content-type": "text/plain" } });
    const plan = await app.call("send.plan", {
      archiveId,
      source: "b",
      adapter: "http",
      kind: "o",
      paramsJson,
      payload,
    });
    const job = await app.ended(await app.call("send.start", { ticket: plan.ticket }));
    return { plan, job, outcome: outcomeOf(job) };
  };
  const busy = await serve((response) => response.writeHead(503, { "retry-after": "0" }).end("busy"));
  const refused = await send(busy.url);
  expect(refused.job.state.status).toBe("succeeded");
  expect(refused.outcome).toMatchObject({ status: "refused", row: { type: "response" }, sizeBytes: 4 });
  expect(busy.received).toHaveLength(1);

  const broken = await serve((response) => response.destroy());
  const lost = await send(broken.url, { type: "hex", text: "00 ff\n10" });
  expect(lost.plan.head).toEqual({ form: "hex", text: "00ff10" });
  expect(lost.job.state).toMatchObject({ status: "failed", error: { code: "NETWORK_FAILED" } });
  expect(lost.outcome).toMatchObject({ status: "failed", sent: "unknown", row: { type: "resolution" } });
  await app.call("send.start", { ticket: lost.plan.ticket });
  expect(broken.received).toHaveLength(1);
  // What was sent is kept, also when nobody answered, and can be sent again from there.
  const again = await send(busy.url, { type: "archived", checksum: lost.plan.checksum });
  expect(again.plan.checksum).toBe(lost.plan.checksum);
  expect(busy.received).toHaveLength(2);

  busy.close();
  const nobody = await send(busy.url);
  expect(nobody.outcome).toMatchObject({ status: "failed", sent: "no", row: { type: "resolution" } });
  const moved = await serve((response) => response.writeHead(307, { location: busy.url }).end());
  expect((await send(moved.url)).outcome).toMatchObject({ status: "failed", sent: "unknown" });

  expect(await app.refused("send.start", { ticket: "never" })).toMatchObject({ code: "SEND_EXPIRED" });
  const bad = { archiveId, source: "b", adapter: "http", kind: "o", paramsJson: '{"url": "http://x/"}' } as const;
  expect(await app.refused("send.plan", { ...bad, payload: { type: "hex", text: "0" } })).toMatchObject({
    code: "PARAMS_INVALID",
  });
  await app.call("archives.setReadOnly", { archiveId, readOnly: true });
  expect(await app.refused("send.plan", { ...bad, payload: { type: "text", text: "" } })).toMatchObject({
    code: "READ_ONLY",
  });
});

it("sends by a program that was allowed, and not by another, nor by a source that cannot", async () => {
  const app = await startBackend();
  const archiveId = app.archive.id;
  const script = join(app.archive.path, "deliver.mjs");
  const text = [
    'let told = ""; for await (const chunk of process.stdin) told += chunk;',
    "const { verb, payload_base64 } = JSON.parse(told);",
    'process.stdout.write(verb + " " + Buffer.from(payload_base64, "base64"));',
  ].join("\n");
  writeFileSync(script, text);
  const map = (settings: Record<string, unknown>) =>
    app.call("sources.save", { archiveId, place: "archive", source: "mail", settings });
  const allow = async () => {
    const { digest } = await app.call("trust.get", { archiveId, source: "mail" });
    await app.call("trust.grant", { archiveId, source: "mail", digest });
  };
  const order = {
    archiveId,
    source: "mail",
    adapter: "mapped",
    kind: "report",
    paramsJson: "{}",
    payload: { type: "text", text: "hello" },
  } as const;
  await map({ adapter: "command", run: [process.execPath, "deliver.mjs"] });
  await allow();
  const plan = await app.call("send.plan", order);
  expect(plan).toMatchObject({ adapter: "command", http: null });
  expect(plan.lines).toContainEqual({ what: "file", text: script });
  const job = await app.ended(await app.call("send.start", { ticket: plan.ticket }));
  const outcome = outcomeOf(job);
  if (outcome?.status !== "answered") throw new Error(JSON.stringify(job.state));
  expect(outcome.sizeBytes).toBe("send hello".length);

  const shown = await app.call("send.plan", order);
  writeFileSync(script, `${text}\n// another`);
  await allow();
  expect(await app.refused("send.start", { ticket: shown.ticket })).toMatchObject({ code: "SEND_CHANGED" });

  await map({ adapter: "websocket", baseUrl: "ws://127.0.0.1:1/" });
  expect(await app.refused("send.plan", order)).toMatchObject({ code: "CAPABILITY_MISSING" });
});

it("sends a file as it was chosen, whose bytes no window held", async () => {
  const server = await serve((response) => void response.writeHead(201).end());
  const app = await startBackend();
  const bytes = Buffer.from([0, 255, 10, 7]);
  const put = new Request(`http://127.0.0.1/${uploadUrl("order.bin")}`, { method: "PUT", body: bytes });
  const file = (await (await app.backend.upload(put)).json()) as SentFile;
  const order: CallParams<"send.plan"> = {
    archiveId: app.archive.id,
    source: "broker",
    adapter: "http",
    kind: "order",
    paramsJson: JSON.stringify({ url: `${server.url}orders` }),
    payload: { type: "file", id: file.id },
  };
  const plan = await app.call("send.plan", order);
  expect(plan).toMatchObject({ sizeBytes: 4, checksum: file.checksum, head: { form: "hex", text: "00ff0a07" } });
  const job = await app.ended(await app.call("send.start", { ticket: plan.ticket }));
  expect(job.detail).toMatchObject({ sizeBytes: 4, checksum: file.checksum, outcome: { status: "answered" } });
  expect(server.received).toHaveLength(1);
  expect(await app.refused("send.plan", { ...order, payload: { type: "file", id: "none" } })).toMatchObject({
    code: "NOT_FOUND",
  });
});
