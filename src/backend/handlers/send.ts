/** Sending: shown in full first, then once, under the ticket of what was shown. */
import {
  canonicalJson,
  DataioError,
  parseJson,
  planSend,
  type RequestInit,
  type SourceSettings,
  sha256Hex,
} from "@mxm/dataio";
import type { Job, Params, PlannedSend, SendPlan, TrustLine } from "../../shared/contract.ts";
import { MOST_SENT_BYTES } from "../../shared/upload-url.ts";
import { coded } from "../coded-error.ts";
import type { BackendContext } from "../context.ts";
import type { Handlers } from "../dispatch.ts";
import { requestLabel } from "../jobs/fetch-job.ts";
import { runSend, type SendDetail } from "../jobs/send-job.ts";
import { notMapped, plannedSourceFor, requireObject, sourceFor } from "../opening.ts";
import { SendTickets } from "../send-tickets.ts";

type SendOrder = Params<"send.plan">;

/** What was shown, and is sent. */
interface PlannedOrder {
  readonly order: Pick<SendOrder, "archiveId" | "source" | "adapter">;
  readonly init: RequestInit;
  /** What goes out; a file is read once more, and is as it was. @throws SEND_CHANGED, NOT_FOUND */
  readonly payload: () => Promise<Buffer>;
  readonly sizeBytes: number;
  readonly checksum: string;
  readonly url: string | null;
  readonly label: string;
  /** Changes when another program would run, or the source is mapped in another way. */
  readonly mappedAs: string;
}

/** Bytes that a person is shown. */
const SHOWN_BYTES = 16 * 1024;

export function sendHandlers(context: BackendContext): Pick<Handlers, "send.plan" | "send.start"> {
  const { archives } = context;
  const tickets = new SendTickets<PlannedOrder>();
  return {
    "send.plan": async (order) => {
      archives.requireWritable(order.archiveId);
      requireObject(order.paramsJson);
      const { body, payload } = await payloadOf(context, order);
      const init = { kind: order.kind, method: "SEND", paramsJson: order.paramsJson, ...body } as const;
      const { adapter, lines, mappedAs } = await mappedOf(context, order);
      const planned = await plannedBy(context, order, init, payload);
      const { source, archiveId } = order;
      const ticket = tickets.issue({
        order: { archiveId, source, adapter: order.adapter },
        init,
        // What is kept of a plan is no file: some of those may be large.
        payload:
          order.payload.type === "file" ? async () => (await payloadOf(context, order)).payload : async () => payload,
        sizeBytes: payload.byteLength,
        checksum: sha256Hex(payload),
        url: planned.http?.url ?? null,
        label: planned.http === null ? labelOf(order.paramsJson) : `${planned.http.method} ${planned.http.url}`,
        mappedAs,
      });
      return { ticket, adapter, lines, ...planned, ...shownBytes(payload) };
    },
    "send.start": ({ ticket }) => tickets.start(ticket, (planned) => startSend(context, planned)),
  };
}

async function startSend(context: BackendContext, planned: PlannedOrder): Promise<Job> {
  // Nobody takes the store away before the job holds it.
  const held = context.archives.hold(planned.order.archiveId);
  try {
    return await startHeldSend(context, planned);
  } finally {
    held.release();
  }
}

async function startHeldSend(context: BackendContext, planned: PlannedOrder): Promise<Job> {
  const { archives, jobs, log } = context;
  const { order, init, sizeBytes, checksum, url, label, mappedAs } = planned;
  const { archiveId, source, adapter } = order;
  if ((await mappedOf(context, order)).mappedAs !== mappedAs) {
    throw coded("SEND_CHANGED", "How this source is asked has changed since it was shown. Look at it once more.");
  }
  const payload = await planned.payload();
  const store = await archives.store(archiveId);
  const opened = await sourceFor(context, archiveId, source, adapter);
  const detail: SendDetail = {
    kind: "send",
    archiveId,
    source,
    sessionId: null,
    label,
    sizeBytes,
    checksum,
    outcome: null,
  };
  return jobs.start(`${source}: send ${init.kind}`, detail, async (handle) => {
    const onWritten = () => void archives.refresh(archiveId);
    try {
      await runSend({ store, opened, init, payload, url, onWritten }, handle, log);
    } finally {
      await opened.adapter.close?.();
      await archives.refresh(archiveId);
    }
  });
}

/** Who would deliver. @throws CAPABILITY_MISSING for an adapter that cannot send, TRUST_NEEDED, ADAPTER_UNKNOWN */
async function mappedOf(
  { mappings }: BackendContext,
  { archiveId, source, adapter }: Pick<SendOrder, "archiveId" | "source" | "adapter">,
): Promise<{ readonly adapter: string; readonly lines: readonly TrustLine[]; readonly mappedAs: string }> {
  if (adapter !== "mapped") return { adapter, lines: [], mappedAs: adapter };
  const mapping = await mappings.find(archiveId, source);
  if (mapping === undefined) throw notMapped(source);
  const { settings, folder } = mapping;
  if (!SENDERS.has(settings.adapter)) {
    throw new DataioError("CAPABILITY_MISSING", `The adapter of "${source}" (${settings.adapter}) cannot send.`);
  }
  const subject = await mappings.requireTrust(archiveId, source, mapping);
  const mappedAs = JSON.stringify([settings, folder, subject?.digest]);
  return { adapter: settings.adapter, lines: settings.adapter === "http" ? [] : (subject?.lines ?? []), mappedAs };
}

/** Whether a module can is known once it runs. */
const SENDERS: ReadonlySet<SourceSettings["adapter"]> = new Set(["http", "command", "module"]);

/** As it would be sent, with references in the place of secrets. Runs nothing. */
async function plannedBy(
  context: BackendContext,
  { archiveId, source, adapter }: SendOrder,
  init: RequestInit,
  payload: Buffer,
): Promise<PlannedSend> {
  const opened = await plannedSourceFor(context, archiveId, source, adapter);
  try {
    return planSend(init, payload, opened);
  } finally {
    await opened.adapter.close?.();
  }
}

/** The bytes, and the request's body where they are one. @throws JSON_INVALID, PARAMS_INVALID, TOO_LARGE, PAYLOAD_… */
async function payloadOf(
  { archives, sentFiles }: BackendContext,
  { archiveId, payload }: SendOrder,
): Promise<{ readonly body: Pick<RequestInit, "bodyJson">; readonly payload: Buffer }> {
  switch (payload.type) {
    case "json": {
      if (payload.text.trim() === "") return { body: {}, payload: Buffer.alloc(0) };
      const bytes = Buffer.from(canonicalJson(parseJson(payload.text)), "utf8");
      return { body: { bodyJson: payload.text }, payload: bytes };
    }
    case "text":
      return { body: {}, payload: Buffer.from(payload.text, "utf8") };
    case "hex": {
      const digits = payload.text.replaceAll(/\s+/g, "");
      if (!/^([0-9a-f]{2})*$/i.test(digits)) {
        throw new DataioError("PARAMS_INVALID", "Bytes are written as pairs of hexadecimal digits.");
      }
      return { body: {}, payload: Buffer.from(digits, "hex") };
    }
    case "archived": {
      const store = archives.payloads(archiveId);
      if (store === null) throw coded("ARCHIVE_NOT_OPEN", "This archive is not open (any more).");
      return { body: {}, payload: await store.read(payload.checksum, { limitBytes: MOST_SENT_BYTES }) };
    }
    case "file":
      return { body: {}, payload: (await sentFiles.read(payload.id)).bytes };
  }
}

function shownBytes(payload: Buffer): Pick<SendPlan, "sizeBytes" | "checksum" | "head" | "isCut"> {
  const bytes = payload.subarray(0, SHOWN_BYTES);
  let head: SendPlan["head"];
  try {
    const isWhole = bytes.length === payload.length;
    head = {
      form: "text",
      text: new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes, { stream: !isWhole }),
    };
  } catch {
    head = { form: "hex", text: bytes.toString("hex") };
  }
  return { sizeBytes: payload.length, checksum: sha256Hex(payload), head, isCut: bytes.length < payload.length };
}

function labelOf(paramsJson: string): string {
  return requestLabel(parseJson(paramsJson), paramsJson);
}
