/**
 * One YAML file of a configuration, its words read as mxm-config reads them: `no` is false. With merge keys (`<<`); no
 * tags, no second document, no key twice.
 */
import { readFile, stat } from "node:fs/promises";
import { type Document, isScalar, LineCounter, parseDocument, visit } from "yaml";
import { CONFIG_SCALARS } from "./config-scalars.ts";
import { type ConfigMap, type ConfigOrigin, configInvalid, configTree } from "./config-tree.ts";
import { fromSystemError, isDataioError, systemCode } from "./errors.ts";

const MAX_FILE_BYTES = 1024 * 1024;

/**
 * The map that a file holds, an empty one for an empty file; undefined when there is no file.
 * @throws CONFIG_INVALID with `file`, `line` and `column`; ACCESS_DENIED, IO_FAILED
 */
export async function readConfigFile(origin: ConfigOrigin & { readonly file: string }): Promise<ConfigMap | undefined> {
  const { file } = origin;
  let text: string;
  try {
    const { size } = await stat(file);
    if (size > MAX_FILE_BYTES) throw configInvalid(`${file} has more than ${MAX_FILE_BYTES} bytes.`, { file });
    text = new TextDecoder("utf-8", { fatal: true }).decode(await readFile(file));
  } catch (error) {
    if (systemCode(error) === "ENOENT" || systemCode(error) === "ENOTDIR") return undefined;
    if (error instanceof TypeError) throw configInvalid(`${file} is no UTF-8 text.`, { file }, error);
    throw fromSystemError(error, `Cannot read ${file}`);
  }
  return parseConfig(text, origin);
}

function parseConfig(text: string, origin: ConfigOrigin & { readonly file: string }): ConfigMap {
  const { file } = origin;
  let value: unknown;
  try {
    const lines = new LineCounter();
    const document = parseDocument(text, {
      stringKeys: true,
      merge: true,
      // Also where a file declares a version of YAML.
      schema: "failsafe",
      customTags: (known) => [...known, ...CONFIG_SCALARS],
      resolveKnownTags: false,
      logLevel: "error",
      lineCounter: lines,
      // Both would take a time that grows with the square of the file: minutes for what is allowed here.
      prettyErrors: false,
      uniqueKeys: false,
    });
    // A tag that nobody knows is only worth a warning there, and its value would be read as something else.
    const [error] = [...document.errors, ...document.warnings];
    const repeated = error === undefined ? repeatedKey(document) : undefined;
    const at = error?.pos[0] ?? repeated;
    if (at !== undefined) {
      const { line, col: column } = lines.linePos(at);
      const reason = error?.message.split("\n")[0] ?? "Map keys must be unique";
      throw configInvalid(`${file}:${line}:${column}: ${reason}.`, { file, line, column }, error);
    }
    value = document.toJS({ mapAsMap: true });
  } catch (error) {
    if (isDataioError(error)) throw error;
    // Aliases that lead nowhere or would make an enormous tree, merge keys without a map: all of it is in the text.
    const reason = error instanceof Error ? error.message : String(error);
    throw configInvalid(`${file}: ${reason}.`, { file }, error);
  }
  const tree = configTree(value ?? new Map(), origin);
  if (tree.kind !== "map") throw configInvalid(`${file} must hold a map, not a ${tree.kind}.`, { file });
  return tree;
}

/** Where a map has a key for the second time, as an offset into the text; undefined when none does. */
function repeatedKey(document: Document.Parsed): number | undefined {
  let found: number | undefined;
  visit(document, {
    Map(_, map) {
      const names = new Set<unknown>();
      for (const { key } of map.items) {
        if (!isScalar(key)) continue;
        if (names.has(key.value)) {
          found = key.range?.[0] ?? 0;
          return visit.BREAK;
        }
        names.add(key.value);
      }
      return undefined;
    },
  });
  return found;
}
