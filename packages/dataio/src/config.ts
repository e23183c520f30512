/**
 * Configuration as the Python package mxm-config 0.2 reads it, so that both find the same archive. Reads files, and never
 * writes one.
 *
 * In `<root>/<package>/`, from the lowest to the highest: `default.yaml`, `environment.yaml`, `machine.yaml`,
 * `profile.yaml`, `local.yaml`, then overrides. None of them has to be there. Maps are merged, everything else is replaced.
 * The names that were chosen are values too: `mxm_env`, `mxm_machine`, `mxm_profile`. References: config-references.ts.
 *
 * `environment.yaml`, `machine.yaml` and `profile.yaml` hold a block for each name (`dev:`, `prod:`), of which the chosen
 * one is the layer. A file that begins with settings instead, which shows by a key that the configuration has already (or
 * `paths`, or `dataio`), is the layer as a whole.
 */
import { homedir, hostname } from "node:os";
import { join, resolve } from "node:path";
import { type ConfigValue, memberOf, resolveConfig } from "./config-references.ts";
import {
  type ConfigLayer,
  type ConfigMap,
  type ConfigNode,
  type ConfigOrigin,
  configInvalid,
  configTree,
  mergedConfig,
} from "./config-tree.ts";
import { readConfigFile } from "./config-yaml.ts";
import { DataioError } from "./errors.ts";

/** How a configuration is found; everything has a default. */
export interface LoadConfigOptions {
  /** The folder that holds one folder for each package; default {@link configRoot}. */
  readonly root?: string;
  /** Which block of `environment.yaml`; default `$MXM_ENV`, else `dev`. */
  readonly environment?: string;
  /** Which block of `machine.yaml`; default `$MXM_MACHINE`, else the host's name. */
  readonly machine?: string;
  /** Which block of `profile.yaml`; default `$MXM_PROFILE`, else `default`, which need not be there. */
  readonly profile?: string;
  /** The highest layer: nested maps, as in a file. */
  readonly overrides?: Readonly<Record<string, unknown>>;
  /** Default `process.env`. */
  readonly env?: Readonly<Record<string, string | undefined>>;
}

/** A file that was looked for. */
export interface ConfigFile {
  readonly layer: ConfigLayer;
  readonly path: string;
  readonly found: boolean;
  /** The block that was taken; null when the file is a layer as a whole, or has none. */
  readonly block: string | null;
}

/** A single value, and where it was set. */
export interface ConfigEntry extends ConfigOrigin {
  /** With dots: `paths.data_root`. */
  readonly key: string;
  readonly value: ConfigValue;
}

/** A configuration, merged and with all references resolved. */
export interface LoadedConfig {
  readonly packageName: string;
  /** Where its files are, or would be. */
  readonly folder: string;
  /** In the order of their layers. */
  readonly files: readonly ConfigFile[];
  readonly values: { readonly [key: string]: ConfigValue };
  /** Every value that is no map, in the order in which the keys were first set. */
  readonly entries: readonly ConfigEntry[];
}

/** `$MXM_CONFIG_HOME`, else `$XDG_CONFIG_HOME/mxm`, else `~/.config/mxm`. What is empty counts as not set. */
export function configRoot(env: Readonly<Record<string, string | undefined>> = process.env): string {
  const home = homeOf(env);
  if (env.MXM_CONFIG_HOME) return resolve(withHome(env.MXM_CONFIG_HOME, home));
  if (env.XDG_CONFIG_HOME) return resolve(withHome(env.XDG_CONFIG_HOME, home), "mxm");
  return join(home, ".config", "mxm");
}

/**
 * Reads the configuration of a package.
 * @throws CONFIG_INVALID with `file`, `key`, `reference`, `line` and `column`, as far as they apply; PARAMS_INVALID for a
 *   name that is no folder's; ACCESS_DENIED, IO_FAILED
 */
export async function loadConfig(packageName: string, options: LoadConfigOptions = {}): Promise<LoadedConfig> {
  if (!/^(?!\.)[^/\\\0]+$/.test(packageName)) {
    throw new DataioError("PARAMS_INVALID", `Not the name of a package: ${JSON.stringify(packageName)}`);
  }
  const { env = process.env } = options;
  const folder = join(options.root === undefined ? configRoot(env) : resolve(options.root), packageName);
  const chosen = {
    environment: options.environment ?? (env.MXM_ENV?.trim() || "dev"),
    machine: options.machine ?? (env.MXM_MACHINE?.trim() || hostname()),
    profile: options.profile ?? (env.MXM_PROFILE?.trim() || "default"),
  };
  const context = { mxm_env: chosen.environment, mxm_machine: chosen.machine, mxm_profile: chosen.profile };
  const files: ConfigFile[] = [];
  let merged = mapOf(context, { layer: "context", file: null });
  for (const layer of ["default", "environment", "machine", "profile", "local"] as const) {
    const origin = { layer, file: join(folder, `${layer}.yaml`) };
    const document = await readConfigFile(origin);
    const name = layer === "default" || layer === "local" ? null : chosen[layer];
    const { part, block } = document === undefined ? ABSENT : layerIn(document, name, merged);
    files.push({ layer, path: origin.file, found: document !== undefined, block });
    if (part !== null) merged = mergedConfig(merged, part);
  }
  merged = mergedConfig(merged, mapOf(options.overrides ?? {}, { layer: "overrides", file: null }));
  return { packageName, folder, files, ...resolved(merged, env) };
}

/** The value at a key with dots; undefined when there is none. */
export function configValue(config: LoadedConfig, key: string): ConfigValue | undefined {
  let value: ConfigValue | undefined = config.values;
  for (const name of key.split(".")) value = value === undefined ? undefined : memberOf(value, name);
  return value;
}

/** `~` and what is below it. @throws CONFIG_INVALID for another person's home */
export function withHome(path: string, home: string): string {
  if (path === "~") return home;
  if (/^~[/\\]/.test(path)) return join(home, path.slice(2));
  if (path.startsWith("~")) throw configInvalid(`Only ~ alone stands for a home, not ${path}.`, { path });
  return path;
}

/** `$HOME` first, as in Python. */
export function homeOf(env: Readonly<Record<string, string | undefined>>): string {
  return env.HOME || homedir();
}

const ABSENT = { part: null, block: null };

/** What of a file is its layer: the block of the chosen name, or all of it. */
function layerIn(
  document: ConfigMap,
  name: string | null,
  below: ConfigMap,
): { part: ConfigMap | null; block: string | null } {
  if (name === null || document.entries.size === 0) return { part: document, block: null };
  const { origin } = document;
  const { file, layer } = origin;
  const block = document.entries.get(name);
  if (block?.kind === "map") return { part: block, block: name };
  // A block that is left empty.
  if (block?.kind === "scalar" && block.value === null) return { part: null, block: name };
  const keys = [...document.entries.keys()];
  if (block !== undefined) throw configInvalid(`${file}: ${name} must be a map.`, { file, key: name });
  if (keys.some((key) => below.entries.has(key) || key === "paths" || key === "dataio"))
    return { part: document, block: null };
  if (layer === "profile" && name === "default") return ABSENT;
  throw configInvalid(`${file} has no block for the ${layer} "${name}"; it has ${keys.join(", ")}.`, {
    file,
    key: name,
    reference: name,
  });
}

function mapOf(value: Readonly<Record<string, unknown>>, origin: ConfigOrigin): ConfigMap {
  const tree = configTree(value, origin);
  if (tree.kind === "map") return tree;
  throw configInvalid(`The ${origin.layer} must be a map.`, { file: null, key: "" });
}

function resolved(
  root: ConfigMap,
  env: Readonly<Record<string, string | undefined>>,
): Pick<LoadedConfig, "values" | "entries"> {
  const read = resolveConfig(root, { env, home: homeOf(env), cwd: process.cwd(), now: new Date() });
  const values: Record<string, ConfigValue> = Object.create(null);
  const entries: ConfigEntry[] = [];
  const collect = (node: ConfigNode, path: readonly string[]) => {
    if (node.kind !== "map" || node.entries.size === 0)
      entries.push({ key: path.join("."), value: read(node), ...node.origin });
    else for (const [name, child] of node.entries) collect(child, [...path, name]);
  };
  for (const [name, node] of root.entries) {
    values[name] = read(node);
    collect(node, [name]);
  }
  return { values, entries };
}
