import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { temporaryFolder } from "../../packages/dataio/test/archives.ts";
import { ROOT } from "../helpers/root.ts";

const readme = readFileSync(join(ROOT, "README.md"), "utf8");
const blocks = [...readme.matchAll(/```ts\n([\s\S]*?)```/g)].map((match) => match[1] ?? "");

it("has four library examples, which type-check, run one after another, and print what they say", () => {
  expect(blocks).toHaveLength(4);
  const folder = temporaryFolder();
  mkdirSync(join(folder, "node_modules", "@mxm"), { recursive: true });
  symlinkSync(join(ROOT, "packages/dataio"), join(folder, "node_modules", "@mxm", "dataio"), "junction");
  writeFileSync(join(folder, "package.json"), '{ "type": "module" }');
  for (const [index, block] of blocks.entries()) writeFileSync(join(folder, `example-${index}.ts`), block);
  const config = {
    extends: join(ROOT, "tsconfig.base.json"),
    compilerOptions: { types: ["node"], typeRoots: [join(ROOT, "node_modules/@types")], preserveSymlinks: false },
    include: ["example-*.ts"],
  };
  writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(config));
  const run = (...args: string[]) => execFileSync(process.execPath, args, { cwd: folder, encoding: "utf8" });
  run(join(ROOT, "node_modules/typescript/bin/tsc"), "-p", folder);
  for (const [index, block] of blocks.entries()) {
    const promised = [...block.matchAll(/console\.log\(.*\); \/\/ (.*)$/gm)].map((match) => match[1]);
    expect(promised.length).toBeGreaterThan(0);
    expect(run(`example-${index}.ts`).trim().split("\n")).toEqual(promised);
  }
});

it("names commands that exist", () => {
  const { scripts }: { scripts: Record<string, string> } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));
  for (const [, command] of readme.matchAll(/npm (?:run )?(start|test|serve)\b/g))
    expect(Object.keys(scripts)).toContain(command);
});
