/**
 * Configuration as a tree of which every part knows the file that it came from. What is made here is not trusted: depth
 * and size are bounded, and keys are only ever keys of Maps.
 */
import { DataioError, type ErrorDetails } from "./errors.ts";

/** The layers of a configuration, from the lowest to the highest. */
export type ConfigLayer = "context" | "default" | "environment" | "machine" | "profile" | "local" | "overrides";

/** Where a value was set. */
export interface ConfigOrigin {
  /** `context` holds what was chosen, `overrides` what the caller gave. */
  readonly layer: ConfigLayer;
  /** Null for the context and the overrides, which are in no file. */
  readonly file: string | null;
}

/** A value that holds no other. An integer beyond the safe range is a bigint. */
export type ConfigScalar = string | number | bigint | boolean | null;
/** A map as it was written, references and all. */
export type ConfigMap = { readonly kind: "map"; readonly entries: ReadonlyMap<string, ConfigNode> } & From;
/** A part of a configuration, and where it was set. */
export type ConfigNode =
  | ConfigMap
  | ({ readonly kind: "list"; readonly items: readonly ConfigNode[] } & From)
  | ({
      readonly kind: "scalar";
      readonly value: ConfigScalar;
      /** Whether a number is one that Python keeps with its fraction, also where that is zero: `1.0`. */
      readonly isFloat: boolean;
    } & From);
interface From {
  readonly origin: ConfigOrigin;
}

const MAX_DEPTH = 64;
/** Far more than a person writes; aliases in YAML can make more. */
const MAX_NODES = 100_000;

/** An error of what a configuration says. `at` is where, as far as it is known. */
export function configInvalid(message: string, at: ErrorDetails, cause?: unknown): DataioError {
  return new DataioError("CONFIG_INVALID", message, { details: at, cause });
}

/** Where a key was set, for messages: `<file>: paths.data_root`. */
export function placeOf(origin: ConfigOrigin, key: string): string {
  return `${origin.file ?? `the ${origin.layer}`}: ${key === "" ? "the whole" : key}`;
}

/**
 * Maps, plain objects, lists and scalars as a tree.
 * @throws CONFIG_INVALID for anything else, and for what is too deep or too much
 */
export function configTree(value: unknown, origin: ConfigOrigin): ConfigNode {
  let nodes = 0;
  const build = (part: unknown, path: readonly string[]): ConfigNode => {
    const key = path.join(".");
    const invalid = (problem: string) =>
      configInvalid(`${placeOf(origin, key.slice(0, 200))} ${problem}.`, { file: origin.file, key });
    nodes += 1;
    if (nodes > MAX_NODES) throw invalid(`brings more than ${MAX_NODES} values`);
    if (path.length > MAX_DEPTH) throw invalid(`is more than ${MAX_DEPTH} levels deep`);
    if (Array.isArray(part)) {
      return { kind: "list", items: part.map((item, index) => build(item, [...path, String(index)])), origin };
    }
    if (isScalar(part)) {
      // The integers of a file come as bigints. JavaScript's own numbers are floats where they have a fraction.
      const isFloat = typeof part === "number" && (origin.file !== null || !Number.isInteger(part));
      return { kind: "scalar", value: asNumber(part), isFloat, origin };
    }
    const members = membersOf(part);
    if (members === null) throw invalid("is no text, number, boolean, list or map");
    const entries = members.map(([name, member]) => [name, build(member, [...path, name])] as const);
    return { kind: "map", entries: new Map(entries), origin };
  };
  return build(value, []);
}

/** `layer` over `base`: maps are merged key by key, everything else is replaced, also by null. */
export function mergedConfig(base: ConfigMap, layer: ConfigMap): ConfigMap {
  const entries = new Map(base.entries);
  for (const [key, node] of layer.entries) {
    const below = entries.get(key);
    entries.set(key, below?.kind === "map" && node.kind === "map" ? mergedConfig(below, node) : node);
  }
  return { ...layer, entries };
}

function membersOf(value: unknown): [string, unknown][] | null {
  if (value instanceof Map) return [...value].map(([key, member]) => [String(key), member]);
  if (typeof value !== "object" || value === null) return null;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || prototype === Object.prototype ? Object.entries(value) : null;
}

function isScalar(value: unknown): value is ConfigScalar {
  return value === null || ["string", "number", "bigint", "boolean"].includes(typeof value);
}

/** Integers come exact, and stay bigints where a number would not be. */
function asNumber(value: ConfigScalar): ConfigScalar {
  return typeof value === "bigint" && Number.isSafeInteger(Number(value)) ? Number(value) : value;
}
