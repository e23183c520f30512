/** What an id, a hash or a checksum stands for, and the row that leads to it. */
import { ArchiveListing, type ArchiveLocation, type FoundId } from "@mxm/dataio";
import type { FoundRow } from "../../shared/contract.ts";

const TYPES: readonly FoundId["type"][] = ["response", "request", "session", "resolution", "payload"];

/** At most six. What was sent is found by a scan, so this is nothing for the main thread. */
export function foundRows(location: ArchiveLocation, text: string): FoundRow[] {
  using listing = new ArchiveListing(location);
  return listing.find(text, TYPES).map((found) => ({ ...found, row: rowOf(listing, found) }));
}

/** Of requests and payloads the newest response, for that is the row that stands for them. */
function rowOf(listing: ArchiveListing, { type, id }: FoundId): FoundRow["row"] {
  switch (type) {
    case "session":
      return null;
    case "response":
    case "resolution":
      return { type, id };
    case "request":
    case "payload": {
      const response = listing.responsesOf(type, id, 1)[0];
      if (response !== undefined) return { type: "response", id: response.id };
      return type === "request" ? { type, id } : null;
    }
  }
}
