/**
 * Names of exported files from a template, safe on Linux, macOS and Windows. Pure: the window shows the same names before
 * anything is written.
 */

/** What a template may say, in braces. */
export const NAME_FIELDS = [
  "source",
  "date",
  "time",
  "kind",
  "id",
  "ext",
  "name",
  "method",
  "status",
  "sequence",
  "session",
  "request",
  "checksum",
] as const;
/** One of {@link NAME_FIELDS}. */
export type NameField = (typeof NAME_FIELDS)[number];

/** The values of one file; null where nothing is known. */
export type NameFacts = Readonly<Record<NameField, string | null>>;

/** A folder for each source and day. */
export const DEFAULT_NAME_TEMPLATE = "{source}/{date}/{kind}-{id}.{ext}";

/** UTF-16 units of one part of a path, and of a whole path below the target: Windows ends at 260 with what is above. */
const MAX_PART = 100;
const MAX_PATH = 200;
/** Bytes of one part: most file systems end at 255, and a suffix is still to come. */
const MAX_PART_BYTES = 200;
/** Beyond this a template is a mistake. */
const MAX_TEMPLATE = 500;
const PLACEHOLDER = /\{([^{}]*)\}/g;
const encoder = new TextEncoder();

/** Why a text is no template, for people; null for one that is. */
export function nameTemplateProblem(template: string): string | null {
  if (template.trim() === "") return "A template is not empty.";
  if (template.length > MAX_TEMPLATE) return `A template has at most ${MAX_TEMPLATE} characters.`;
  const fields: readonly string[] = NAME_FIELDS;
  for (const [, field = ""] of template.matchAll(PLACEHOLDER)) {
    if (!fields.includes(field)) return `There is no {${field}}; there are ${NAME_FIELDS.join(", ")}.`;
  }
  if (/[{}]/.test(template.replace(PLACEHOLDER, ""))) return "A brace has no partner.";
  return template.endsWith("/") ? "A template ends with the name of a file, not of a folder." : null;
}

/**
 * The path, with `/` between its parts, that a template gives a file. Never absolute, never leads out of its folder.
 * Two files may have the same: see {@link NameBook}.
 */
export function exportName(template: string, facts: NameFacts): string {
  const parts = template.split(/[/\\]/).filter((part) => part !== "");
  const filled = parts.map((part) =>
    part.replace(PLACEHOLDER, (whole, field: string) => {
      const value = Object.hasOwn(facts, field) ? facts[field as NameField] : whole;
      return value === null || value === "" ? "unknown" : value.slice(0, 1_000);
    }),
  );
  const room = Math.max(8, Math.min(MAX_PART, Math.floor(MAX_PATH / Math.max(1, filled.length)) - 1));
  const safe = filled.map((part) => safePart(part, room));
  return safe.length === 0 ? "payload" : safe.join("/");
}

/** The names that files would have, in this order, collisions numbered. */
export function previewNames(template: string, files: readonly NameFacts[]): string[] {
  const book = new NameBook();
  return files.map((facts) => book.take(exportName(template, facts)));
}

// Windows keeps these for devices, whatever their extension.
const DEVICES = /^(?:con|prn|aux|nul|conin\$|conout\$|clock\$|(?:com|lpt)[0-9¹²³])(?:\s*\.|\s*$)/iu;

/** One part of a path that every file system takes. */
function safePart(text: string, room: number): string {
  const clean = text
    .normalize("NFC")
    // Controls, hidden and direction characters, lone surrogates, separators, and what Windows forbids.
    .replace(/[\p{C}\p{Zl}\p{Zp}<>:"/\\|?*]+/gu, "_")
    .replace(/^[\s.]+/u, "_")
    .replace(/^_(?=_)/, "");
  const dot = clean.lastIndexOf(".");
  const extension = dot > 0 && clean.length - dot <= 12 ? clean.slice(dot) : "";
  const base = trimmed(shortened(clean.slice(0, clean.length - extension.length), room - extension.length));
  const part = trimmed((base === "" ? "_" : base) + extension);
  return DEVICES.test(part) ? `_${part}` : part;
}

/** Windows drops spaces and dots at the end, so that two names would be one. */
function trimmed(text: string): string {
  return text.replace(/[\s.]+$/u, "");
}

function shortened(text: string, room: number): string {
  if (text.length <= room && text.length * 3 <= MAX_PART_BYTES) return text;
  let kept = "";
  let bytes = 0;
  for (const character of text) {
    bytes += encoder.encode(character).length;
    if (kept.length + character.length > room || bytes > MAX_PART_BYTES) break;
    kept += character;
  }
  return kept;
}

/**
 * The names that are taken, as the least discerning file system compares them: without regard to case and to how a character
 * is composed. Holds numbers instead of texts, some 50 bytes a name; that two names may look alike to it by chance costs
 * a number, nothing else.
 */
export class NameBook {
  readonly #files = new Map<number, number>();
  readonly #folders = new Set<number>();
  readonly #isTaken: (path: string) => boolean;

  /** @param isTaken what else has a name already, such as the files of the target */
  constructor(isTaken: (path: string) => boolean = () => false) {
    this.#isTaken = isTaken;
  }

  /** The path itself, or the first of `name (2).ext`, `name (3).ext` … that is free. Takes it, with all of `suffixes`. */
  take(path: string, suffixes: readonly string[] = []): string {
    const parts = path.split("/");
    const file = parts.pop() ?? "";
    const folder = this.#folder(parts);
    const wanted = folder + file;
    let number = this.#files.get(key(wanted)) ?? 1;
    let name = number === 1 ? wanted : folder + numbered(file, number);
    const all = () => [name, ...suffixes.map((suffix) => `${name}${suffix}`)];
    while (all().some((one) => this.#files.has(key(one)) || this.#folders.has(key(one)) || this.#isTaken(one))) {
      number += 1;
      name = folder + numbered(file, number);
    }
    this.#files.set(key(wanted), number + 1);
    for (const one of all()) if (!this.#files.has(key(one))) this.#files.set(key(one), 1);
    return name;
  }

  /** A folder cannot have the name of a file. */
  #folder(parts: readonly string[]): string {
    let path = "";
    for (const part of parts) {
      let name = part;
      for (let number = 2; this.#files.has(key(path + name)); number += 1) name = numbered(part, number);
      path += name;
      this.#folders.add(key(path));
      path += "/";
    }
    return path;
  }
}

function numbered(name: string, number: number): string {
  const dot = name.lastIndexOf(".");
  return dot > 0 ? `${name.slice(0, dot)} (${number})${name.slice(dot)}` : `${name} (${number})`;
}

/** 53 bits of a path as file systems compare it. */
function key(path: string): number {
  const text = path.normalize("NFC").toUpperCase().toLowerCase().normalize("NFD");
  let a = 0xdeadbeef;
  let b = 0x41c6ce57;
  for (let index = 0; index < text.length; index += 1) {
    const unit = text.charCodeAt(index);
    a = Math.imul(a ^ unit, 2654435761);
    b = Math.imul(b ^ unit, 1597334677);
  }
  a = Math.imul(a ^ (a >>> 16), 2246822507) ^ Math.imul(b ^ (b >>> 13), 3266489909);
  b = Math.imul(b ^ (b >>> 16), 2246822507) ^ Math.imul(a ^ (a >>> 13), 3266489909);
  return 4294967296 * (b & 0x1fffff) + (a >>> 0);
}
