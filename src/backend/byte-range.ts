/**
 * The `Range` header of RFC 9110 (section 14), for one range of bytes.
 */

export type ByteRange =
  /** No range was asked for, or not in a way that has to be honoured: send everything. */
  | { readonly kind: "whole" }
  /** Bytes from `start` up to `endExclusive`; never empty. */
  | { readonly kind: "part"; readonly start: number; readonly endExclusive: number }
  | { readonly kind: "unsatisfiable" };

/** Reads a `Range` header against a representation of `size` bytes. Several ranges at once count as none. */
export function parseRange(header: string | null, size: number): ByteRange {
  const match = /^bytes=(\d*)-(\d*)$/i.exec(header?.replaceAll(/\s/g, "") ?? "");
  const [, first = "", last = ""] = match ?? [];
  if (first === "" && last === "") return { kind: "whole" };
  if (first === "") return part(size - Math.min(Number(last), size), size, size);
  if (last !== "" && Number(last) < Number(first)) return { kind: "whole" };
  return part(Number(first), last === "" ? size : Number(last) + 1, size);
}

function part(start: number, endExclusive: number, size: number): ByteRange {
  return start < size ? { kind: "part", start, endExclusive: Math.min(endExclusive, size) } : { kind: "unsatisfiable" };
}
