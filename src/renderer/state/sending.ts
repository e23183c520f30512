/** Sending, and asking again for something changed. */
import type { RowDetail } from "../../shared/contract.ts";
import { payloadUrl } from "../../shared/payload-url.ts";
import { type ComposerDraft, EMPTY_DRAFT, proposedAdapter } from "../features/fetch/draft.ts";
import { EMPTY_SEND, fromSent, type SendDraft } from "../features/send/send-draft.ts";
import { subscriptionOf } from "../features/streams/subscription-draft.ts";
import type { App } from "./app.ts";
import { newFetch, whenWritable } from "./commands.ts";
import { newSubscription } from "./streams.ts";

/** Sent bytes up to this many can be edited here. */
const MOST_EDITED = 256 * 1024;

/** Asks what to send, once the archive may be written. */
export function newSend(app: App, draft: SendDraft = startingDraft(app)): void {
  whenWritable(app, () => app.ui.getState().set({ dialog: { kind: "send", draft, step: "write" } }));
}

function startingDraft(app: App): SendDraft {
  const { items, selectedId } = app.sessions.getState();
  return { ...EMPTY_SEND, source: items.find((item) => item.id === selectedId)?.source ?? "" };
}

/** The request of the inspected row, to be changed and asked, sent or subscribed to again. Nothing goes out by this. */
export function editAgain(app: App, ref = app.selection.getState().active): void {
  const { archive } = app.archives.getState();
  if (archive === null || ref === null) return;
  void app.attempt("The request could not be read", async () => {
    const detail = await app.client.call("rows.get", { archiveId: archive.id, ref });
    const { request, row } = detail;
    if (request === null) throw new Error("The archive does not say what was asked for here.");
    if (request.method === "SUBSCRIBE") return newSubscription(app, subscriptionOf(detail));
    if (request.method !== "SEND" && request.method !== "COMMAND") return newFetch(app, fetchOf(detail, request));
    const checksum = detail.resolution?.sentChecksum ?? null;
    const sent = request.bodyJson === null && checksum !== null ? await sentBytes(archive.id, checksum) : null;
    newSend(app, fromSent(row.source ?? "", request, checksum, sent));
  });
}

function fetchOf({ row }: RowDetail, request: NonNullable<RowDetail["request"]>): ComposerDraft {
  const paramsJson = request.paramsJson ?? "{}";
  return {
    ...EMPTY_DRAFT,
    source: row.source ?? "",
    kind: request.kind,
    method: request.method === "POST" ? "POST" : "GET",
    paramsJson,
    bodyJson: request.bodyJson ?? "",
    adapter: proposedAdapter(paramsJson) ?? "http",
    cache: "bypass",
  };
}

/** Null where there are too many of them, or they are not there. */
async function sentBytes(archiveId: string, checksum: string): Promise<Uint8Array | null> {
  const url = payloadUrl(archiveId, checksum);
  const head = await fetch(url, { method: "HEAD" });
  if (!head.ok || Number(head.headers.get("content-length") ?? 0) > MOST_EDITED) return null;
  const answer = await fetch(url);
  return answer.ok ? new Uint8Array(await answer.arrayBuffer()) : null;
}
