/**
 * Names of exported files from a template, safe on Linux, macOS and Windows. Pure: the window shows the same names before
 * anything is written.
 */
import { FlatSet } from "./flat-set.ts";

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
const ASCII = /^[ -~]*$/;
const KNOWN_FOLDERS = 1_000;

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
  return nameMaker(template)(facts);
}

/** {@link exportName} for many files: the template is read once. */
export function nameMaker(template: string): (facts: NameFacts) => string {
  const parts = template
    .split(/[/\\]/)
    .filter((part) => part !== "")
    // By turns a text and the name of a field.
    .map((part) => part.split(PLACEHOLDER));
  const room = Math.max(8, Math.min(MAX_PART, Math.floor(MAX_PATH / Math.max(1, parts.length)) - 1));
  return (facts) => {
    const safe = parts.map((pieces) => {
      let filled = "";
      for (const [index, piece] of pieces.entries()) filled += index % 2 === 0 ? piece : filledBy(facts, piece);
      return safePart(filled, room);
    });
    return safe.length === 0 ? "payload" : safe.join("/");
  };
}

function filledBy(facts: NameFacts, field: string): string {
  const value = Object.hasOwn(facts, field) ? facts[field as NameField] : `{${field}}`;
  return value === null || value === "" ? "unknown" : value.slice(0, 1_000);
}

/** The names that files would have, in this order, collisions numbered. */
export function previewNames(template: string, files: readonly NameFacts[]): string[] {
  const book = new NameBook();
  const nameOf = nameMaker(template);
  return files.map((facts) => book.take(nameOf(facts)));
}

// Windows keeps these for devices, whatever their extension.
const DEVICES = /^(?:con|prn|aux|nul|conin\$|conout\$|clock\$|(?:com|lpt)[0-9¹²³])(?:\s*\.|\s*$)/iu;

/** What most names are made of, and what the steps below would leave as it is. */
const PLAIN = /^[A-Za-z0-9-][\w-]*(?:[. ][\w-]+)*$/;

/** One part of a path that every file system takes. */
function safePart(text: string, room: number): string {
  if (text.length <= room && PLAIN.test(text)) return DEVICES.test(text) ? `_${text}` : text;
  const clean = text
    .normalize("NFC")
    // Controls, hidden and direction characters, lone surrogates, separators, and what Windows forbids.
    .replace(/[\p{C}\p{Zl}\p{Zp}<>:"/\\|?*]+/gu, "_");
  // Before the beginning is made visible: its dots may be all there is but the extension.
  const dot = clean.lastIndexOf(".");
  const extension = dot > 0 && clean.length - dot <= 12 ? clean.slice(dot) : "";
  const start = clean
    .slice(0, clean.length - extension.length)
    .replace(/^[\s.]+/u, "_")
    .replace(/^_(?=_)/, "");
  const base = trimmed(shortened(start, room - extension.length));
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
 * is composed. Holds digests instead of texts, some 20 bytes a name; that two names may look alike to it by chance costs
 * a number, nothing else.
 */
export class NameBook {
  readonly #files = new FlatSet(2);
  /** The number that is tried next, of names that were wanted more than once. */
  readonly #numbers = new Map<number, number>();
  readonly #folders = new FlatSet(2);
  /** What some folders were named: rows that come together mostly share them. */
  readonly #known = new Map<string, string>();
  readonly #key = new Uint32Array(2);
  readonly #isTaken: (path: string) => boolean;

  /** @param isTaken what else has a name already, such as the files of the target */
  constructor(isTaken: (path: string) => boolean = () => false) {
    this.#isTaken = isTaken;
  }

  /** The path itself, or the first of `name (2).ext`, `name (3).ext` … that is free. Takes it, with all of `suffixes`. */
  take(path: string, suffixes: readonly string[] = []): string {
    const slash = path.lastIndexOf("/") + 1;
    const folder = slash === 0 ? "" : this.#folder(path.slice(0, slash - 1));
    const file = path.slice(slash);
    const wanted = folder + file;
    if (this.#takes([wanted, ...suffixes.map((suffix) => wanted + suffix)])) return wanted;
    const [low = 0, high = 0] = this.#keyOf(wanted);
    const mark = (high % 2 ** 21) * 2 ** 32 + low;
    for (let number = this.#numbers.get(mark) ?? 2; ; number += 1) {
      const name = folder + numbered(file, number);
      if (!this.#takes([name, ...suffixes.map((suffix) => name + suffix)])) continue;
      this.#numbers.set(mark, number + 1);
      return name;
    }
  }

  /** Takes all of them, or none where one is not free. */
  #takes(names: readonly string[]): boolean {
    for (const name of names) {
      const digest = this.#keyOf(name);
      if (this.#files.has(digest) || this.#folders.has(digest) || this.#isTaken(name)) return false;
    }
    for (const name of names) this.#files.add(this.#keyOf(name));
    return true;
  }

  /** Holds until it is called again. */
  #keyOf(path: string): Uint32Array {
    return digestInto(this.#key, comparable(path));
  }

  /** A folder cannot have the name of a file. With a slash at its end. */
  #folder(wanted: string): string {
    const known = this.#known.get(wanted);
    if (known !== undefined) return known;
    let path = "";
    for (const part of wanted.split("/")) {
      let name = part;
      for (let number = 2; this.#files.has(this.#keyOf(path + name)); number += 1) name = numbered(part, number);
      path += name;
      this.#folders.add(this.#keyOf(path));
      path += "/";
    }
    if (this.#known.size >= KNOWN_FOLDERS) this.#known.clear();
    this.#known.set(wanted, path);
    return path;
  }
}

function numbered(name: string, number: number): string {
  const dot = name.lastIndexOf(".");
  return dot > 0 ? `${name.slice(0, dot)} (${number})${name.slice(dot)}` : `${name} (${number})`;
}

/** What is not seen, such as the selectors of variants: macOS does not compare it. */
const UNSEEN = /\p{Default_Ignorable_Code_Point}+/gu;

/** A path as the least discerning file system compares it. */
function comparable(path: string): string {
  if (ASCII.test(path)) return path.toLowerCase();
  return path.replace(UNSEEN, "").normalize("NFC").toUpperCase().toLowerCase().normalize("NFD");
}

/** Puts 64 bits into `digest`. */
function digestInto(digest: Uint32Array, text: string): Uint32Array {
  let a = 0xdeadbeef;
  let b = 0x41c6ce57;
  for (let index = 0; index < text.length; index += 1) {
    const unit = text.charCodeAt(index);
    a = Math.imul(a ^ unit, 2654435761);
    b = Math.imul(b ^ unit, 1597334677);
  }
  digest[0] = Math.imul(a ^ (a >>> 16), 2246822507) ^ Math.imul(b ^ (b >>> 13), 3266489909);
  digest[1] = Math.imul(b ^ (b >>> 16), 2246822507) ^ Math.imul(digest[0] ^ (digest[0] >>> 13), 3266489909);
  return digest;
}
