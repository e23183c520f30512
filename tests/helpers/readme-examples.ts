/** The examples of a README as programs: type-checked together, then run one after another in one folder. */
import { execFile, execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { ROOT } from "./root.ts";

export interface Block {
  readonly language: string;
  readonly code: string;
}

/** All code blocks of a Markdown file, in order. */
export function codeBlocks(path: string): Block[] {
  const text = readFileSync(path, "utf8");
  return [...text.matchAll(/^```(\w*)\n([\s\S]*?)^```$/gm)].map(([, language = "", code = ""]) => ({ language, code }));
}

/** What an example says it prints: comments behind `console.log`, and lines of comments alone that follow. */
export function promisedOutput(code: string): string[] {
  return code
    .split("\n")
    .flatMap((line) => /^\s*console\.log\(.*\); \/\/ (.*)$|^\s*\/\/ (.*)$/.exec(line)?.slice(1) ?? [])
    .filter((text) => text !== undefined);
}

/** Makes `folder` a project that finds the library, writes the programs into it, and type-checks them. */
export function writeExamples(folder: string, programs: readonly string[]): void {
  mkdirSync(join(folder, "node_modules", "@mxm"), { recursive: true });
  symlinkSync(join(ROOT, "packages/dataio"), join(folder, "node_modules", "@mxm", "dataio"), "junction");
  writeFileSync(join(folder, "package.json"), '{ "type": "module" }');
  for (const [index, program] of programs.entries()) writeFileSync(join(folder, `example-${index}.ts`), program);
  const config = {
    extends: join(ROOT, "tsconfig.base.json"),
    compilerOptions: { types: ["node"], typeRoots: [join(ROOT, "node_modules/@types")], preserveSymlinks: false },
    include: ["example-*.ts"],
  };
  writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(config));
  execFileSync(process.execPath, [join(ROOT, "node_modules/typescript/bin/tsc"), "-p", folder], { stdio: "inherit" });
}

/** Runs one of them; gives the lines that it printed. */
export async function runExample(
  folder: string,
  index: number,
  env: Readonly<Record<string, string>> = {},
): Promise<string[]> {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ["--conditions=@mxm/source", "--disable-warning=ExperimentalWarning", `example-${index}.ts`],
    { cwd: folder, env: { ...process.env, ...env } },
  );
  return stdout.trim().split("\n");
}
