/** Sources and who answers for them; secrets by name; what a person trusts. */
import { existsSync } from "node:fs";
import { checkedSource, DataioError, saveSource } from "@mxm/dataio";
import type { TrustQuestion } from "../../shared/contract.ts";
import { coded } from "../coded-error.ts";
import type { BackendContext } from "../context.ts";
import type { Handlers } from "../dispatch.ts";

type SourceMethod =
  | "sources.configured"
  | "sources.save"
  | "secrets.list"
  | "secrets.set"
  | "secrets.remove"
  | "trust.get"
  | "trust.grant";

export function sourceHandlers(context: BackendContext): Pick<Handlers, SourceMethod> {
  const { mappings, secrets, trust, archives, readOnly } = context;
  const question = async (archiveId: string, source: string): Promise<TrustQuestion> => {
    const mapping = await mappings.find(archiveId, source);
    const subject = mapping === undefined ? null : await mappings.subjectOf(mapping);
    if (subject === null) return { source, state: "not-needed", digest: "", lines: [] };
    const state = (await trust.has(archives.location(archiveId).root, subject.digest)) ? "given" : "needed";
    return { source, state, ...subject };
  };
  const listed = async (archiveId: string | null) => {
    const { sources } = archiveId === null ? { sources: [] } : await mappings.list(archiveId);
    return secrets.list(sources.flatMap(({ mapping }) => mapping?.secrets ?? []));
  };
  return {
    "sources.configured": ({ archiveId }) => mappings.list(archiveId),
    "sources.save": async ({ archiveId, place, source, settings }) => {
      if (place === "archive") {
        const { readOnly: locked, name } = archives.get(archiveId);
        if (locked) throw new DataioError("READ_ONLY", `The archive ${name} is open for reading only.`);
        // A folder that was renamed or deleted meanwhile is not made again for this.
        const { root, databasePath } = archives.location(archiveId);
        if (!existsSync(databasePath)) throw coded("ARCHIVE_GONE", `The archive is not at ${root} any more.`);
      } else if (readOnly) throw new DataioError("READ_ONLY", "This app was started read-only.");
      const checked = settings === null ? null : checkedSource(source, settings);
      await saveSource(mappings.fileOf(archiveId, place), source, checked);
      return mappings.list(archiveId);
    },
    "secrets.list": ({ archiveId }) => listed(archiveId),
    "secrets.set": async ({ archiveId, name, value }) => {
      await secrets.set(name, value);
      return listed(archiveId);
    },
    "secrets.remove": async ({ archiveId, name }) => {
      await secrets.remove(name);
      return listed(archiveId);
    },
    "trust.get": ({ archiveId, source }) => question(archiveId, source),
    "trust.grant": async ({ archiveId, source, digest }) => {
      const asked = await question(archiveId, source);
      // What a person read is what is allowed; it may have changed meanwhile.
      if (asked.digest !== digest) {
        throw coded("TRUST_CHANGED", "What would run has changed since it was shown. Look at it once more.");
      }
      await trust.grant(archives.location(archiveId).root, digest);
      return question(archiveId, source);
    },
  };
}
