/** The requests of a session that is being composed: one of them is written, the others wait in their order. */
import type { ComposerDraft, SessionRequest } from "./draft.ts";
import { eachValues } from "./for-each.ts";

/** All requests, in their order. */
export function requestsOf(draft: ComposerDraft): SessionRequest[] {
  return draft.queue.toSpliced(draft.place, 0, currentOf(draft));
}

/** The request that is being written, by itself. */
export function currentOf({ id, kind, method, paramsJson, bodyJson, each }: ComposerDraft): SessionRequest {
  return { id, kind, method, paramsJson, bodyJson, each };
}

/** The draft with the request at `place` to be written next. */
export function written(draft: ComposerDraft, place: number): ComposerDraft {
  return withRequests(draft, requestsOf(draft), place);
}

/** The draft with a copy of its request behind it, to be changed into another. It is asked once. */
export function added(draft: ComposerDraft): ComposerDraft {
  return { ...duplicated(draft, draft.place), each: "" };
}

/** The draft with a copy of a request behind it, which is written next. */
export function duplicated(draft: ComposerDraft, place: number): ComposerDraft {
  const all = requestsOf(draft);
  const request = all[place];
  if (request === undefined) return draft;
  const copy = { ...request, id: Math.max(...all.map(({ id }) => id)) + 1 };
  return withRequests(draft, all.toSpliced(place + 1, 0, copy), place + 1);
}

/** The draft without a request; the last one stays. */
export function removed(draft: ComposerDraft, place: number): ComposerDraft {
  const all = requestsOf(draft);
  if (all.length < 2) return draft;
  const current = draft.place > place ? draft.place - 1 : Math.min(draft.place, all.length - 2);
  return withRequests(draft, all.toSpliced(place, 1), current);
}

/** The draft with a request one place further up (-1) or down (1). */
export function moved(draft: ComposerDraft, place: number, by: -1 | 1): ComposerDraft {
  const all = requestsOf(draft);
  const request = all[place];
  if (request === undefined || all[place + by] === undefined) return draft;
  const order = all.toSpliced(place, 1).toSpliced(place + by, 0, request);
  return withRequests(
    draft,
    order,
    order.findIndex(({ id }) => id === draft.id),
  );
}

/** How often a request is asked. */
export function timesOf({ each }: Pick<SessionRequest, "each">): number {
  return Math.max(1, eachValues(each).length);
}

/** How many requests the session will have. */
export function countOf(draft: ComposerDraft): number {
  return requestsOf(draft).reduce((sum, request) => sum + timesOf(request), 0);
}

function withRequests(draft: ComposerDraft, all: readonly SessionRequest[], place: number): ComposerDraft {
  const current = all[place];
  return current === undefined ? draft : { ...draft, ...current, place, queue: all.toSpliced(place, 1) };
}
