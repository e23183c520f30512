/** Which payloads are searched: what a person can choose, and what stands in the field. */
import type { Params } from "../../../shared/contract.ts";
import { formatBytes } from "../../format/quantities.ts";

/** Bytes of each payload that are searched. */
const SIZES = [65_536, 262_144, 1_048_576, 4_194_304];
export const USUAL_SIZE = "1048576";
export const SIZE_CHOICES = SIZES.map((size) => ({
  value: String(size),
  label: formatBytes(size).replace(".0 ", " "),
}));

/** Types as they are written in a field: `json, text/csv`. */
export function typesOf(text: string): string[] {
  return text.split(/[\s,;]+/).filter((type) => type !== "");
}

export function limitsOf(size: string, types: string): NonNullable<Params<"index.payloadText">["settings"]> {
  return { maxBytes: Number(size), types: typesOf(types) };
}

export function spokenTypes(types: readonly string[]): string {
  return types.length === 0 ? "all text" : types.join(", ");
}
