/** The payload that a person means by an id. */
import { DataioError } from "../errors.ts";
import { isChecksum } from "../identity.ts";
import type { ArchiveListing } from "../listing.ts";
import { findOne } from "./filter-options.ts";

/**
 * The checksum of a response (by its id) or of a payload (by its checksum); the beginning of either will do.
 * @throws NotFoundError, UsageError; CHECKSUM_INVALID when the row has no usable checksum
 */
export function checksumOf(listing: ArchiveListing, text: string): string {
  const found = findOne(listing, text, ["response", "payload"]);
  const checksum = found.type === "payload" ? found.id : (listing.response(found.id)?.checksum ?? null);
  if (isChecksum(checksum)) return checksum;
  throw new DataioError("CHECKSUM_INVALID", `${found.type} ${found.id} has no usable checksum`);
}
