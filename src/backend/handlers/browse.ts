/** Reading an open archive: its reader thread answers, and another one for the tables of requests and sessions. */

import { coded } from "../coded-error.ts";
import type { BackendContext } from "../context.ts";
import type { Handlers } from "../dispatch.ts";

type BrowseMethod =
  | "sessions.list"
  | "rows.list"
  | "facets.list"
  | "identities.list"
  | "sessions.table"
  | "index.get"
  | "index.payloadText"
  | "rows.get"
  | "ids.find"
  | "rows.history"
  | "rows.sameBytes"
  | "sources.list"
  | "payloads.check";

export function browseHandlers({ archives }: BackendContext): Pick<Handlers, BrowseMethod> {
  return {
    "sessions.list": ({ archiveId, ...page }, { signal }) => {
      const reader = archives.reader(archiveId);
      return archives.index(archiveId).whenReady(() => reader.call("sessions", page), signal);
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
    "sessions.table": ({ archiveId, ...query }, { signal }) => {
      const index = archives.index(archiveId);
      return index.whenReady(async () => (await index.lists()).call("sessionTable", query), signal);
    },
    "index.get": ({ archiveId }) => archives.index(archiveId).state,
    "index.payloadText": ({ archiveId, settings }) => archives.index(archiveId).searchContents(settings),
    "rows.get": ({ archiveId, ref }) => archives.reader(archiveId).call("row", ref),
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
