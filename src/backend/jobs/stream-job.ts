/**
 * A subscription as a job: everything that comes is archived, whoever looks. What the job tells is counts; frames are read
 * back from the archive. It writes by a store of its own, so closing the archive in a window does not end it.
 */
import {
  type ArchiveLocation,
  ArchiveReader,
  DataIoSession,
  isDataioError,
  type OpenedSource,
  type RequestInit,
  type Response,
  type Store,
  type StreamFrame,
} from "@mxm/dataio";
import type { JobDetail, StreamEnding } from "../../shared/contract.ts";
import { type Log, toErrorShape } from "../failure.ts";
import type { FramePlaces } from "../frame-places.ts";
import type { JobHandle } from "../jobs.ts";

export type StreamDetail = Extract<JobDetail, { readonly kind: "stream" }>;

export interface StreamWork {
  readonly store: Store;
  /** Who streams; closed by whoever opened it. */
  readonly opened: OpenedSource;
  readonly init: RequestInit;
  /** Leaves the stream, whose end is then recorded as left. */
  readonly stop: AbortSignal;
  readonly places: FramePlaces;
}

/** Archives until the source ends the stream, it is left, or it fails. @throws why it failed */
export async function runStream(work: StreamWork, handle: JobHandle<StreamDetail>, log: Log): Promise<void> {
  const { store, opened, init, places } = work;
  const left = AbortSignal.any([work.stop, handle.signal]);
  await using session = await DataIoSession.open({ store, ...opened, mode: "async" });
  const request = session.request(init);
  let detail: StreamDetail = { ...handle.detail, sessionId: session.session.id, requestId: request.id };
  const report = (change: Partial<StreamDetail>) => {
    detail = { ...detail, ...change };
    handle.report({ done: detail.messages, total: null }, detail);
  };
  const count = (frame: Pick<Response, "id" | "status" | "sizeBytes" | "sequence">) => {
    places.add(frame.id);
    report({
      isOpen: frame.status !== "stream_closed",
      frames: detail.frames + 1,
      messages: detail.messages + (frame.sequence === null ? 0 : 1),
      bytes: detail.bytes + (frame.sizeBytes ?? 0),
    });
  };
  report({});

  const stream = session.stream(request);
  let leaving: Promise<unknown> | undefined;
  const leave = () => {
    leaving ??= stream.return?.();
    // It is waited for below; until then its failure is nobody's.
    leaving?.catch(() => {});
  };
  left.addEventListener("abort", leave, { once: true });
  if (left.aborted) leave();
  let ending: StreamEnding = { reason: "ended", said: null, error: null };
  try {
    for await (const frame of stream) count(frame);
    if (leaving !== undefined) ending = { ...ending, reason: "left" };
    await leaving;
  } catch (error) {
    ending = { reason: "failed", said: null, error: toErrorShape(error, `The stream ${init.kind}`, log) };
    throw error;
  } finally {
    left.removeEventListener("abort", leave);
    // What was archived after we had left, and the end itself.
    const last = settle(store.location, request.id, places, detail.frames, count);
    report({ isOpen: false, ending: { ...ending, said: saidBy(last) } });
  }
}

/** Counts what was archived and not delivered; gives the last frame. Nothing where the archive cannot be read any more. */
function settle(
  location: ArchiveLocation,
  requestId: string,
  places: FramePlaces,
  seen: number,
  count: (frame: StreamFrame) => void,
): StreamFrame | undefined {
  try {
    using reader = new ArchiveReader(location);
    const read = (start: number) => reader.frames({ requestId, ...places.before(start), limit: 500 });
    // Once more the last one that was delivered, which may be the end.
    let last = seen === 0 ? undefined : read(seen - 1)[0];
    for (let start = seen; ; ) {
      const frames = read(start);
      for (const frame of frames) count(frame);
      start += frames.length;
      last = frames.at(-1) ?? last;
      if (frames.length === 0) return last;
    }
  } catch (error) {
    if (isDataioError(error)) return undefined;
    throw error;
  }
}

function saidBy(frame: StreamFrame | undefined): string | null {
  if (frame?.status !== "stream_closed") return null;
  const { close_code: code, close_reason: reason } = frame.said;
  if (code === undefined) return null;
  return reason === undefined || reason === "" ? `code ${code}` : `code ${code}: ${reason}`;
}
