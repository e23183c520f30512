import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { temporaryFolder } from "../../packages/dataio/test/archives.ts";
import { codeBlocks, promisedOutput, runExample, writeExamples } from "../helpers/readme-examples.ts";
import { ROOT } from "../helpers/root.ts";

const path = join(ROOT, "README.md");

it("has four library examples, which type-check, run one after another, and print what they say", async () => {
  const programs = codeBlocks(path).flatMap(({ language, code }) => (language === "ts" ? [code] : []));
  expect(programs).toHaveLength(4);
  const folder = temporaryFolder();
  writeExamples(folder, programs);
  for (const [index, program] of programs.entries()) {
    const promised = promisedOutput(program);
    expect(promised.length).toBeGreaterThan(0);
    expect(await runExample(folder, index)).toEqual(promised);
  }
});

it("names commands that exist", () => {
  const { scripts }: { scripts: Record<string, string> } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));
  for (const [, command] of readFileSync(path, "utf8").matchAll(/npm (?:run (\S+?)|start|test)[\s`]/g)) {
    if (command !== undefined) expect(Object.keys(scripts)).toContain(command);
  }
});
