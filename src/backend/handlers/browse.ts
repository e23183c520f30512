/** Reading an open archive: its reader thread answers, and another one for the tables of requests and sessions. */

import { CodedError, coded } from "../coded-error.ts";
import type { BackendContext } from "../context.ts";
import type { Handlers } from "../dispatch.ts";
import { CANCELLED } from "../failure.ts";
import { writtenSnippets } from "../snippets.ts";
import type { SessionSumsQuery } from "../workers/browsing.ts";
import type { ReaderClient } from "../workers/reader-client.ts";

type BrowseMethod =
  | "sessions.list"
  | "rows.list"
  | "facets.list"
  | "identities.list"
  | "sessions.table"
  | "index.get"
  | "index.payloadText"
  | "rows.get"
  | "rows.snippets"
  | "ids.find"
  | "rows.history"
  | "rows.sameBytes"
  | "sources.list"
  | "payloads.check";

/** Parts in which sessions are summed at most: where rows come in all the time, what was summed holds no longer. */
const MOST_PARTS = 100;

/**
 * Has a reader sum what sessions came to at a moment, part by part: whoever asks it meanwhile is served between two.
 * @param reader the one that will be asked for the sessions, for sums are its own
 */
async function sumSessions(
  index: ReturnType<BackendContext["archives"]["index"]>,
  reader: () => ReaderClient | Promise<ReaderClient>,
  query: SessionSumsQuery,
  signal: AbortSignal,
): Promise<void> {
  if ((query.asOf ?? null) === null) return;
  for (let part = 0; part < MOST_PARTS; part += 1) {
    if (signal.aborted) throw new CodedError(CANCELLED);
    if (await index.whenReady(async () => (await reader()).call("sumSessions", query), signal)) return;
  }
}

export function browseHandlers({ archives }: BackendContext): Pick<Handlers, BrowseMethod> {
  return {
    "sessions.list": async ({ archiveId, ...page }, { signal }) => {
      const [index, reader] = [archives.index(archiveId), archives.reader(archiveId)];
      await sumSessions(index, () => reader, page, signal);
      return await index.whenReady(() => reader.call("sessions", page), signal);
    },
    "rows.list": ({ archiveId, ...query }, { signal }) => {
      const reader = archives.reader(archiveId);
      return archives.index(archiveId).whenReady(() => reader.call("rows", query), signal);
    },
    "facets.list": ({ archiveId, ...query }, { signal }) => {
      const reader = archives.reader(archiveId);
      return archives.index(archiveId).whenReady(() => reader.call("facets", query), signal);
    },
    "identities.list": ({ archiveId, ...query }, { signal }) => {
      const index = archives.index(archiveId);
      return index.whenReady(async () => (await index.lists()).call("identities", query), signal);
    },
    "sessions.table": async ({ archiveId, ...query }, { signal }) => {
      const index = archives.index(archiveId);
      await sumSessions(index, () => index.lists(), query, signal);
      return await index.whenReady(async () => (await index.lists()).call("sessionTable", query), signal);
    },
    "index.get": ({ archiveId }) => archives.index(archiveId).state,
    "index.payloadText": ({ archiveId, settings }) => archives.index(archiveId).searchContents(settings),
    "rows.get": ({ archiveId, ref }) => archives.reader(archiveId).call("row", ref),
    "rows.snippets": async ({ archiveId, refs, ...how }) => {
      const reader = archives.reader(archiveId);
      const archive = archives.location(archiveId).root;
      return writtenSnippets(await Promise.all(refs.map((ref) => reader.call("row", ref))), { ...how, archive });
    },
    "rows.history": ({ archiveId, ...query }) => archives.reader(archiveId).call("history", query),
    "rows.sameBytes": ({ archiveId, ...query }) => archives.reader(archiveId).call("sameBytes", query),
    "ids.find": ({ archiveId, text }) => archives.reader(archiveId).call("find", text),
    "sources.list": ({ archiveId }) => archives.reader(archiveId).call("sources"),
    "payloads.check": async ({ archiveId, checksum }, { signal }) => {
      const payloads = archives.payloads(archiveId);
      if (payloads === null) throw coded("ARCHIVE_NOT_OPEN", "This archive is not open (any more).");
      const result = await payloads.verify(checksum, { signal });
      archives.index(archiveId).takeInChecked([{ checksum, state: result.state }], false);
      return {
        state: result.state,
        sizeBytes: result.state === "missing" ? null : result.sizeBytes,
        actualChecksum: result.state === "corrupt" ? result.actual : null,
      };
    },
  };
}
