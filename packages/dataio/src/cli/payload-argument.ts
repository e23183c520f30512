/** The payload that a person means by an id. */
import { DataioError } from "../errors.ts";
import { isChecksum } from "../identity.ts";
import type { ArchiveListing } from "../listing.ts";
import { findOne } from "./filter-options.ts";

/** A payload, and the response that was meant; where only the payload was named, the newest one that has it. */
export interface MeantPayload {
  readonly checksum: string;
  /** Null when it was only sent. */
  readonly responseId: string | null;
}

/**
 * What is meant by a response (by its id) or a payload (by its checksum); the beginning of either will do.
 * @throws NotFoundError, UsageError; CHECKSUM_INVALID when the row has no usable checksum
 */
export function payloadOf(listing: ArchiveListing, text: string): MeantPayload {
  const { type, id } = findOne(listing, text, ["response", "payload"]);
  const response = type === "response" ? listing.response(id) : listing.responsesOf("payload", id, 1)[0];
  const checksum = type === "response" ? response?.checksum : id;
  if (isChecksum(checksum)) return { checksum, responseId: response?.id ?? null };
  throw new DataioError("CHECKSUM_INVALID", `The ${type} ${id} has no usable checksum`);
}
