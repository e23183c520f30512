/** Streams of the host, and what a person does with them. */
import type { Job } from "../../shared/contract.ts";
import type { ComposerDraft } from "../features/fetch/draft.ts";
import { EMPTY_SUBSCRIPTION, type SubscriptionDraft, subscriptionOf } from "../features/streams/subscription-draft.ts";
import type { App } from "./app.ts";
import { whenWritable } from "./commands.ts";
import { hasEnded } from "./jobs.ts";

/** Asks what to subscribe to, once the archive may be written. */
export function newSubscription(app: App, draft: SubscriptionDraft = startingDraft(app)): void {
  whenWritable(app, () => app.ui.getState().set({ dialog: { kind: "subscribe", draft } }));
}

/** Goes on with a composed request as a subscription. */
export function subscribeToComposed(app: App, { source, kind, paramsJson }: ComposerDraft): void {
  // The dialog takes what the source is mapped to, else what the address is made for.
  newSubscription(app, { source, kind, paramsJson, adapter: "mapped" });
}

function startingDraft(app: App): SubscriptionDraft {
  const { items, selectedId } = app.sessions.getState();
  const source = items.find((item) => item.id === selectedId)?.source ?? "";
  return { ...EMPTY_SUBSCRIPTION, source };
}

/** The stream that runs, or ran last. */
export function latestStream(app: App): Job | null {
  const streams = app.jobs.getState().jobs.filter(({ detail }) => detail.kind === "stream");
  return streams.find((job) => !hasEnded(job)) ?? streams[0] ?? null;
}

/** Asks whether to subscribe once more to what a stream was of. */
export function subscribeAgain(app: App, { id, detail }: Job): void {
  const { archive } = app.archives.getState();
  if (detail.kind !== "stream" || archive === null) return;
  void app.attempt("What was subscribed to could not be read", async () => {
    const [first] = await app.client.call("stream.frames", { archiveId: archive.id, jobId: id, start: 0, limit: 1 });
    const named = { ...EMPTY_SUBSCRIPTION, source: detail.source, kind: detail.requestKind };
    if (first === undefined) return newSubscription(app, named);
    const ref = { type: "response", id: first.id } as const;
    newSubscription(app, subscriptionOf(await app.client.call("rows.get", { archiveId: archive.id, ref })));
  });
}

/** Leaves a stream; its end is recorded. */
export function stopStream(app: App, jobId: string): void {
  void app.attempt("The stream could not be stopped", () => app.client.call("stream.stop", { jobId }));
}
