import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { temporaryFolder } from "../../packages/dataio/test/archives.ts";
import { ROOT } from "../helpers/root.ts";

const FORBIDDEN = [
  ["src/renderer/features/a.ts", "../../backend/backend.ts"],
  ["src/renderer/a.ts", "../main/index.ts"],
  ["src/renderer/a.ts", "@mxm/dataio"],
  ["src/renderer/a.ts", "node:fs"],
  ["src/renderer/a.ts", "electron"],
  ["src/preload/a.ts", "../backend/backend.ts"],
  ["src/shared/a.ts", "../backend/backend.ts"],
  ["src/shared/a.ts", "electron"],
  ["src/backend/a.ts", "electron"],
  ["src/backend/handlers/a.ts", "../../web/server.ts"],
  ["src/backend/a.ts", "../../packages/dataio/src/store.ts"],
  ["src/main/a.ts", "@mxm/dataio"],
  ["src/main/a.ts", "../web/server.ts"],
  ["src/web/a.ts", "electron"],
  ["src/web/a.ts", "../main/index.ts"],
  ["packages/dataio/src/a.ts", "../../../src/shared/contract.ts"],
  ["packages/dataio/src/adapters/a.ts", "../../../../src/backend/jobs.ts"],
  ["packages/dataio/src/a.ts", "electron"],
  ["tests/e2e/a.ts", "electron"],
] as const;

const ALLOWED = [
  ["src/renderer/features/a.ts", "../../shared/contract.ts"],
  ["src/preload/a.ts", "electron"],
  ["src/backend/a.ts", "@mxm/dataio"],
  ["src/backend/a.ts", "../shared/contract.ts"],
  ["src/main/a.ts", "electron"],
  ["src/main/a.ts", "../backend/backend.ts"],
  ["src/web/a.ts", "../backend/backend.ts"],
  ["packages/dataio/src/a.ts", "./store.ts"],
] as const;

/** Lints a tree of such files under the project's own rules; gives the files that were found at fault. */
function filesAtFault(imports: readonly (readonly [file: string, specifier: string])[]): string[] {
  const folder = temporaryFolder();
  cpSync(join(ROOT, "biome.json"), join(folder, "biome.json"));
  for (const [index, [file, specifier]] of imports.entries()) {
    const path = join(folder, file.replace("a.ts", `case-${index}.ts`));
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, `import { x } from "${specifier}";\n\nx();\n`);
  }
  const biome = join(ROOT, "node_modules/@biomejs/biome/bin/biome");
  const args = [
    biome,
    "lint",
    "--vcs-enabled=false",
    "--only=style/noRestrictedImports",
    "--max-diagnostics=none",
    "--reporter=github",
  ];
  const { stdout } = spawnSync(process.execPath, args, { cwd: folder, encoding: "utf8" });
  return [
    ...new Set([...stdout.matchAll(/^::error .*?file=(?:.*[\\/])?case-(\d+)\.ts/gm)].map((match) => match[1] ?? "")),
  ];
}

describe("imports go one way", () => {
  it("refuses every import that leads the other way", () => {
    expect(
      filesAtFault(FORBIDDEN)
        .map(Number)
        .sort((a, b) => a - b),
    ).toEqual(FORBIDDEN.map((_, index) => index));
  });

  it("accepts those that the architecture has", () => {
    expect(filesAtFault(ALLOWED)).toEqual([]);
  });

  it("src/shared takes nothing but types from the library", () => {
    for (const name of readdirSync(join(ROOT, "src/shared"))) {
      const source = readFileSync(join(ROOT, "src/shared", name), "utf8");
      const statements = [...source.matchAll(/^(import|export)\b[^;]*?from "@mxm\/dataio";/gm)].map(
        (match) => match[0],
      );
      for (const statement of statements) expect(statement, name).toMatch(/^(import|export) type /);
    }
  });

  it("nothing outside the Electron host and its stand-in names electron as a module", () => {
    const offenders = ["src", "packages", "tests", "scripts"].flatMap((folder) =>
      readdirSync(join(ROOT, folder), { recursive: true, encoding: "utf8" })
        .map((name) => join(folder, name))
        .filter((path) => /\.(ts|tsx|mts|mjs|js)$/.test(path) && !path.includes("node_modules"))
        .filter((path) => !/^(src\/(main|preload)|tests\/helpers)\//.test(path.replaceAll("\\", "/")))
        .filter((path) =>
          /(from|import|require)\s*\(?\s*["']electron["']/.test(readFileSync(join(ROOT, path), "utf8")),
        ),
    );
    // This file quotes such imports to prove that they are refused.
    expect(offenders.filter((path) => !path.endsWith("import-rules.test.ts"))).toEqual([]);
  });
});
