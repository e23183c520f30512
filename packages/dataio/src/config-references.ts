/**
 * References within a configuration, as OmegaConf has them: `${a.b}` is the value at `a.b` from the root, `${list.0}` and
 * `${list[0]}` an item, `${a.${b}}` a key that is itself looked up. A text that is one reference and nothing else becomes
 * that very value, of whatever type; elsewhere the value stands in the text as Python writes it (`True`, `1.0`). `\${` is a plain `${`, and
 * `\\${` a backslash before a reference.
 *
 * `${env:NAME}`, `${env:NAME,otherwise}` (a word, or a text in quotes; also `oc.env`), `${home:}`, `${cwd:}` and `${timestamp:}` are what mxm-config
 * knows besides. References relative to their place (`${.b}`) are not supported.
 */
import { pythonFloatRepr } from "./canonical-json.ts";
import { type ConfigMap, type ConfigNode, type ConfigScalar, configInvalid, placeOf } from "./config-tree.ts";

/** What `${name:…}` reads. */
export interface ReferenceContext {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly home: string;
  readonly cwd: string;
  readonly now: Date;
}

/** A value once it is resolved; maps have no prototype. */
export type ConfigValue = ConfigScalar | readonly ConfigValue[] | { readonly [key: string]: ConfigValue };

const MAX_NESTING = 16;
/** References that lead to references, with the maps around them. */
const MAX_CHAIN = 300;
/** Of all values and characters together: references can make exponentially many. */
const MAX_WEIGHT = 4_000_000;

/**
 * Every node's value, with all references resolved.
 * @throws CONFIG_INVALID with `file`, `key` and `reference`: a reference to nothing, in a circle, or that cannot be read
 */
export function resolveConfig(root: ConfigMap, context: ReferenceContext): (node: ConfigNode) => ConfigValue {
  const resolver = new Resolver(root, context);
  resolver.valueOf(root, []);
  return (node) => resolver.valueOf(node, []);
}

interface Resolved {
  readonly value: ConfigValue;
  readonly weight: number;
  /** The part of the tree whose value it is, where that is another than the one that was resolved. */
  readonly target?: Target;
}

interface Target {
  readonly node: ConfigNode;
  readonly path: readonly string[];
}

class Resolver {
  readonly #root: ConfigMap;
  readonly #context: ReferenceContext;
  readonly #done = new Map<ConfigNode, Resolved>();
  /** What is being resolved, with its key. */
  readonly #open = new Map<ConfigNode, string>();

  constructor(root: ConfigMap, context: ReferenceContext) {
    this.#root = root;
    this.#context = context;
  }

  valueOf(node: ConfigNode, path: readonly string[]): ConfigValue {
    return this.#resolve(node, path).value;
  }

  #resolve(node: ConfigNode, path: readonly string[]): Resolved {
    const known = this.#done.get(node);
    if (known !== undefined) return known;
    const key = path.join(".");
    if (this.#open.has(node)) {
      const circle = [...this.#open.values()].slice([...this.#open.keys()].indexOf(node));
      throw configInvalid(`${placeOf(node.origin, key)} refers to itself: ${[...circle, key].join(" -> ")}.`, {
        file: node.origin.file,
        key,
        reference: circle[1] ?? key,
      });
    }
    if (this.#open.size >= MAX_CHAIN) {
      throw configInvalid(`${placeOf(node.origin, key)} stands at the end of too many references.`, {
        file: node.origin.file,
        key,
      });
    }
    this.#open.set(node, key);
    const resolved = this.#fresh(node, path);
    this.#open.delete(node);
    if (resolved.weight > MAX_WEIGHT) {
      throw configInvalid(`${placeOf(node.origin, key)} becomes too large.`, { file: node.origin.file, key });
    }
    this.#done.set(node, resolved);
    return resolved;
  }

  #fresh(node: ConfigNode, path: readonly string[]): Resolved {
    let weight = 1;
    const part = (child: ConfigNode, name: string) => {
      const resolved = this.#resolve(child, [...path, name]);
      weight += resolved.weight;
      return resolved.value;
    };
    switch (node.kind) {
      case "map": {
        const members: Record<string, ConfigValue> = Object.create(null);
        for (const [name, child] of node.entries) members[name] = part(child, name);
        return { value: members, weight };
      }
      case "list":
        return { value: node.items.map((item, index) => part(item, String(index))), weight };
      case "scalar":
        if (typeof node.value !== "string" || !node.value.includes("${")) return { value: node.value, weight };
        return this.#text(node.value, node, path);
    }
  }

  #text(text: string, node: ConfigNode, path: readonly string[]): Resolved {
    const key = path.join(".");
    const at = { file: node.origin.file, key };
    const read = (reference: string): Resolved => {
      try {
        return reference.includes(":") ? { value: this.#called(reference), weight: 1 } : this.#at(reference);
      } catch (error) {
        if (!(error instanceof ReferenceProblem)) throw error;
        const message = `${placeOf(node.origin, key)} refers to \${${reference}}, ${error.message}.`;
        throw configInvalid(message, { ...at, reference });
      }
    };
    let position = 0;
    /** Up to the end, or up to the brace that closes a reference. */
    const parse = (nesting: number): Resolved => {
      if (nesting > MAX_NESTING) throw configInvalid(`${placeOf(node.origin, key)} nests too many references.`, at);
      let joined = "";
      let weight = 1;
      let alone: Resolved | undefined;
      const start = position;
      while (position < text.length && !(nesting > 0 && text[position] === "}")) {
        const slashes = slashesAt(text, position);
        if (!text.startsWith("${", position + slashes)) {
          // All of them at once: to look again from the second one on would never end where there are many.
          const plain = Math.max(slashes, 1);
          joined += text.slice(position, position + plain);
          position += plain;
          continue;
        }
        position += slashes + 2;
        joined += "\\".repeat(slashes >> 1);
        if (slashes % 2 === 1) {
          joined += "${";
          continue;
        }
        const begun = position;
        const inner = parse(nesting + 1);
        if (text[position] !== "}") {
          throw configInvalid(`${placeOf(node.origin, key)} has a "\${" that is never closed.`, at);
        }
        position += 1;
        const found = read(String(inner.value).trim());
        weight += found.weight;
        if (begun === start + 2 && isEnd(text, position, nesting)) alone = found;
        else {
          joined += asText(found, () => {
            const message = `${placeOf(node.origin, key)} puts a ${kindOf(found.value)} into a text.`;
            return configInvalid(message, { ...at, reference: String(inner.value).trim() });
          });
          if (joined.length > MAX_WEIGHT) throw configInvalid(`${placeOf(node.origin, key)} becomes too large.`, at);
        }
      }
      return alone ?? { value: joined, weight: weight + joined.length };
    };
    return parse(0);
  }

  /** @throws ReferenceProblem when nothing is there */
  #at(reference: string): Resolved {
    const names = reference.replace(/\[(\d+)\]/g, ".$1").split(".");
    if (names.some((name) => name === "")) {
      throw new ReferenceProblem(
        reference.startsWith(".") ? "which is relative; give it from the root" : "which is no key",
      );
    }
    let here: Target = { node: this.#root, path: [] };
    for (const [index, name] of names.entries()) {
      // On within what a reference leads to.
      if (here.node.kind === "scalar") here = this.#resolve(here.node, here.path).target ?? here;
      const node = childOf(here.node, name);
      if (node === undefined) throw nothingAt(names.slice(0, index + 1));
      here = { node, path: [...here.path, name] };
    }
    const resolved = this.#resolve(here.node, here.path);
    return { ...resolved, target: resolved.target ?? here };
  }

  /** @throws ReferenceProblem for a name that is not known, and for a variable that `oc.env` needs */
  #called(reference: string): ConfigValue {
    const [name = "", ...rest] = reference.split(":");
    const [argument = "", ...others] = rest.join(":").split(",");
    switch (name) {
      case "env":
      case "oc.env": {
        const set = this.#context.env[argument.trim()];
        if (set !== undefined) return set;
        if (others.length > 0) return otherwise(others.join(",").trim(), name === "oc.env");
        if (name === "env") return null;
        throw new ReferenceProblem("which is not set in the environment");
      }
      case "home":
        return this.#context.home;
      case "cwd":
        return this.#context.cwd;
      case "timestamp": {
        const { now } = this.#context;
        const local = new Date(now.getTime() - now.getTimezoneOffset() * 60_000);
        return local.toISOString().slice(0, "2025-10-21T16:38:04".length);
      }
      default:
        throw new ReferenceProblem("which nothing here can answer");
    }
  }
}

class ReferenceProblem extends Error {}

function nothingAt(path: readonly string[]): ReferenceProblem {
  return new ReferenceProblem(`but there is no ${path.join(".")}`);
}

/** What a variable that is not set is instead; quotes make a text of it. `oc.env` makes a text of everything but null. */
function otherwise(word: string, asText: boolean): ConfigValue {
  const quoted = /^(["'])(.*)\1$/s.exec(word);
  if (quoted !== null) return (quoted[2] ?? "").replace(/\\(["'])/g, "$1");
  if (/^null$/i.test(word)) return null;
  if (/^(?:true|false)$/i.test(word)) {
    const isTrue = word.toLowerCase() === "true";
    return asText ? (isTrue ? "True" : "False") : isTrue;
  }
  const number = /^[-+]?(?:0|[1-9]\d*)$/.test(word) ? Number(word) : Number.NaN;
  return !asText && Number.isSafeInteger(number) ? number : word;
}

function childOf(node: ConfigNode, name: string): ConfigNode | undefined {
  switch (node.kind) {
    case "map":
      return node.entries.get(name);
    case "list":
      return node.items[indexOf(name)];
    case "scalar":
      return undefined;
  }
}

/** What a map or list has under a name; undefined when it has nothing, or is neither. */
export function memberOf(value: ConfigValue, name: string): ConfigValue | undefined {
  if (isList(value)) return value[indexOf(name)];
  if (typeof value !== "object" || value === null) return undefined;
  return Object.hasOwn(value, name) ? value[name] : undefined;
}

function isList(value: ConfigValue): value is readonly ConfigValue[] {
  return Array.isArray(value);
}

function indexOf(name: string): number {
  return /^\d+$/.test(name) ? Number(name) : -1;
}

/** How many backslashes stand at a position. */
function slashesAt(text: string, position: number): number {
  let end = position;
  while (text[end] === "\\") end += 1;
  return end - position;
}

function isEnd(text: string, position: number, nesting: number): boolean {
  return position === text.length || (nesting > 0 && text[position] === "}");
}

function asText({ value, target }: Resolved, problem: () => Error): string {
  if (value === null || typeof value === "object") throw problem();
  if (typeof value === "boolean") return value ? "True" : "False";
  const isFloat = target?.node.kind === "scalar" && target.node.isFloat;
  if (typeof value !== "number" || !isFloat) return String(value);
  return Number.isFinite(value) ? pythonFloatRepr(value) : String(value).replace("Infinity", "inf").toLowerCase();
}

function kindOf(value: ConfigValue): string {
  if (value === null) return "null";
  return isList(value) ? "list" : "map";
}
