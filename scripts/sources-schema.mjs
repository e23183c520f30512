/** Writes the JSON schema of `dataio.config.yaml` to packages/dataio/sources.schema.json, for editors. usage: sources-schema.mjs */
import { writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { sourcesJsonSchema } from "../packages/dataio/src/sources/source-settings.ts";
import { requireNode } from "./require-node.mjs";

requireNode();
const root = resolve(import.meta.dirname, "..");
writeFileSync(join(root, "packages/dataio/sources.schema.json"), `${JSON.stringify(sourcesJsonSchema(), null, 2)}\n`);
