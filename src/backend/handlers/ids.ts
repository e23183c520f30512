/** What an id stands for. Every place that is asked has an index, so this needs no thread of its own. */
import { ArchiveListing, archiveLocation, type FoundId } from "@mxm/dataio";
import type { FoundRow, OpenArchive } from "../../shared/contract.ts";
import type { Handlers } from "../dispatch.ts";

const TYPES: readonly FoundId["type"][] = ["response", "request", "session", "resolution", "payload"];

/** What of the context is needed: where an open archive is. */
interface Opened {
  readonly archives: { get(archiveId: string): Pick<OpenArchive, "path"> };
}

export function idHandlers({ archives }: Opened): Pick<Handlers, "ids.find"> {
  return {
    "ids.find": ({ archiveId, text }) => {
      using listing = new ArchiveListing(archiveLocation(archives.get(archiveId).path));
      return listing.find(text, TYPES).map((found): FoundRow => ({ ...found, ...rowOf(listing, found) }));
    },
  };
}

/** Of requests and payloads the newest response, for that is the row that stands for them. */
function rowOf(listing: ArchiveListing, { type, id }: FoundId): Pick<FoundRow, "row"> {
  switch (type) {
    case "session":
      return { row: null };
    case "response":
    case "resolution":
      return { row: { type, id } };
    case "request":
    case "payload": {
      const response = listing.responsesOf(type, id, 1)[0];
      if (response !== undefined) return { row: { type: "response", id: response.id } };
      return { row: type === "request" ? { type, id } : null };
    }
  }
}
