/**
 * Runs benchmarks and prints both sides of each with their ratio. usage: run.ts [NAME …] [--quick]
 * Figures are noisy: compare within a run. BENCH_DIR names the folder, and so the disk, to work on.
 */
import { cpus } from "node:os";
import { parseArgs } from "node:util";
import { type Bench, line } from "./figures.ts";

/** In the order in which they run; each is a file beside this one. */
const NAMES = ["writing", "lookup", "verifying", "exporting", "opening", "large", "growth", "crash"];

const { values, positionals } = parseArgs({
  options: { quick: { type: "boolean", default: false } },
  allowPositionals: true,
});
const unknown = positionals.filter((name) => !NAMES.includes(name));
if (unknown.length > 0) {
  console.error(`There is no benchmark ${unknown.join(", ")}; there are ${NAMES.join(", ")}.`);
  process.exit(2);
}
console.log(`Node ${process.version}, ${cpus().length} x ${cpus()[0]?.model ?? "unknown processor"}\n`);
console.log("| what | against | ours | peer | ratio | target |\n|---|---|---|---|---|---|");
for (const name of positionals.length > 0 ? NAMES.filter((one) => positionals.includes(one)) : NAMES) {
  const { default: bench }: { default: Bench } = await import(`./${name}.ts`);
  const figures = await bench({ quick: values.quick, say: (text) => console.error(`  ${name}: ${text}`) });
  for (const figure of figures) console.log(line(figure).text);
}
