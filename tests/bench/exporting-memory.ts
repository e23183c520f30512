/**
 * Exports the newest payloads of an archive to a stored zip, and prints the most memory that the process had, in MiB.
 * usage: exporting-memory.ts ARCHIVE ZIP PAYLOADS
 */
import { exportArchive } from "@mxm/dataio";

const [root = "", path = "", limit = ""] = process.argv.slice(2);
const scope = { type: "list", filter: {}, limit: Number(limit) } as const;
const { exported } = await exportArchive(root, { scope, target: { type: "zip", path, compression: "store" } });
if (exported !== Number(limit)) throw new Error(`Only ${exported} were exported.`);
console.log(Math.round(process.resourceUsage().maxRSS / 1024));
