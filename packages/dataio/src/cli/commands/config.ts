/** `dataio config`: the configuration as it is after merging, and where each value comes from. */
import type { Command } from "commander";
import { canonicalJson, type JsonValue } from "../../canonical-json.ts";
import { type ConfigEntry, loadConfig } from "../../config.ts";
import type { ConfigValue } from "../../config-references.ts";
import { CONFIG_PACKAGE } from "../archive-option.ts";
import type { Cli } from "../cli.ts";
import { addCommand } from "../command-help.ts";
import { printable } from "../printable.ts";
import { writeTable } from "../table.ts";

interface ConfigOptions {
  readonly package: string;
  readonly json?: true;
}

export function addConfig(program: Command, cli: Cli): void {
  const config = addCommand(program, "config", "print the merged configuration and where each value comes from", [
    "dataio config",
    "dataio config path",
  ])
    .option("--package <package>", "whose configuration", CONFIG_PACKAGE)
    .option("--json", "one JSON object")
    .action(async (options: ConfigOptions) => {
      const loaded = await loadConfig(options.package, { env: cli.env });
      if (options.json === true) {
        const entries = loaded.entries.map((entry) => ({ ...entry, value: asJson(entry.value) }));
        await cli.output.json({ folder: loaded.folder, entries });
        return;
      }
      await writeTable(
        cli.output,
        [
          { title: "KEY", value: (row: ConfigEntry) => row.key },
          { title: "VALUE", value: (row) => asText(row.value), cuttable: true },
          { title: "FROM", value: (row) => row.file ?? row.layer },
        ],
        loaded.entries,
      );
    });

  addCommand(config, "path", "print where the configuration's files are looked for, and which are there", [
    "dataio config path --json",
  ])
    .option("--package <package>", "whose configuration", CONFIG_PACKAGE)
    .option("--json", "one JSON object")
    .action(async (options: ConfigOptions) => {
      const loaded = await loadConfig(options.package, { env: cli.env });
      if (options.json === true) {
        await cli.output.json({ folder: loaded.folder, files: loaded.files.map((file) => ({ ...file })) });
        return;
      }
      for (const { path, found, block } of loaded.files) {
        const said = found ? `found${block === null ? "" : `, block ${block}`}` : "not there";
        await cli.output.line(`${printable(path)}  ${printable(said)}`);
      }
    });
}

function asText(value: ConfigValue): string {
  return typeof value === "string" ? value : canonicalJson(asJson(value), { ensureAscii: false });
}

/** Numbers that JSON has no form for become their text. */
function asJson(value: ConfigValue): JsonValue {
  if (typeof value === "number") return Number.isFinite(value) ? value : String(value);
  if (typeof value !== "object" || value === null) return value;
  if (isList(value)) return value.map(asJson);
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, asJson(member)]));
}

function isList(value: ConfigValue): value is readonly ConfigValue[] {
  return Array.isArray(value);
}
