/**
 * The address of a view: what stands behind the `#` of the page. Which archive it is, and texts of further fields by their
 * names. Pure; which fields there are stands in address-sync.ts. Any text is an address; what is none names no archive.
 */

export interface Address {
  /** Absolute folder; null for the doors. */
  readonly archive: string | null;
  /** Session, filter, order …: whatever the view needs to come back. */
  readonly fields: ReadonlyMap<string, string>;
}

const ARCHIVE = "archive";
/** Longer ones nobody has; what browsers keep of them differs. */
const LONGEST = 100_000;

export function parseAddress(hash: string): Address {
  const fields = new Map<string, string>();
  if (hash.length <= LONGEST) {
    for (const [name, text] of new URLSearchParams(hash.replace(/^#/, ""))) {
      if (!fields.has(name)) fields.set(name, text);
    }
  }
  const archive = fields.get(ARCHIVE) ?? "";
  fields.delete(ARCHIVE);
  return { archive: archive === "" ? null : archive, fields };
}

/** With the `#`; empty for the doors. */
export function printAddress({ archive, fields }: Address): string {
  if (archive === null) return "";
  const text = new URLSearchParams([[ARCHIVE, archive], ...fields]).toString();
  // Paths and filters are read by people; these signs may stand there as they are.
  return `#${text.replaceAll("%2F", "/").replaceAll("%3A", ":").replaceAll("%2C", ",")}`;
}

export function isSameAddress(one: Address, other: Address): boolean {
  return printAddress(sorted(one)) === printAddress(sorted(other));
}

function sorted({ archive, fields }: Address): Address {
  return { archive, fields: new Map([...fields].sort(([one], [other]) => (one < other ? -1 : 1))) };
}
