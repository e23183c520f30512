/** Where a configuration says that the archive is. */
import { dirname } from "node:path";
import { configValue, homeOf, type LoadedConfig, withHome } from "./config.ts";
import { configInvalid } from "./config-tree.ts";
import { type ArchiveLocation, archiveLocation } from "./location.ts";

/**
 * From `dataio.paths.root` (with `dataio.paths.db_path` and `dataio.paths.responses_dir`) as mxm-dataio 0.3 has it, else
 * from `paths.data_root`, `paths.db_path` and `paths.responses_dir`; the keys of the two are never mixed. Without a root it
 * is the folder of the database. `~` is the home; a relative path is relative to the working folder. Nothing on disk is
 * touched.
 * @throws CONFIG_INVALID when neither is there, or a path is no text
 */
export function archiveLocationFromConfig(
  config: LoadedConfig,
  env: Readonly<Record<string, string | undefined>> = process.env,
): ArchiveLocation {
  const pathAt = (key: string): string | undefined => {
    const value = configValue(config, key);
    if (value === undefined || value === null) return undefined;
    if (typeof value === "string" && value !== "" && !value.includes("\0")) return withHome(value, homeOf(env));
    const file = config.entries.find((entry) => entry.key === key)?.file ?? null;
    throw configInvalid(`${file ?? config.folder}: ${key} must be a path.`, { file, key });
  };
  for (const [root, below] of [
    ["dataio.paths.root", "dataio.paths"],
    ["paths.data_root", "paths"],
  ] as const) {
    const databasePath = pathAt(`${below}.db_path`);
    const responsesDirectory = pathAt(`${below}.responses_dir`);
    const folder = pathAt(root) ?? (databasePath === undefined ? undefined : dirname(databasePath));
    if (folder === undefined) continue;
    return archiveLocation(folder, {
      ...(databasePath === undefined ? {} : { databasePath }),
      ...(responsesDirectory === undefined ? {} : { responsesDirectory }),
    });
  }
  const found = config.files.filter((file) => file.found).map((file) => file.path);
  const where = found.length === 0 ? `no file in ${config.folder}` : `none of ${found.join(", ")}`;
  throw configInvalid(`There is no paths.data_root (nor dataio.paths.root): ${where} says it.`, {
    file: config.folder,
    key: "paths.data_root",
  });
}
