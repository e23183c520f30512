/**
 * The library's API reference as Markdown, from its doc comments. usage: api-reference.mjs [FOLDER], default docs/api.
 * Ends with 1 when something that is exported has no doc comment, shows a type that is not exported, or links to nothing.
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { Extractor, ExtractorConfig } from "@microsoft/api-extractor";
import { requireNode } from "./require-node.mjs";

requireNode();
const root = resolve(import.meta.dirname, "..");
const packageFolder = join(root, "packages/dataio");
const output = resolve(process.argv[2] ?? join(root, "docs/api"));
const work = mkdtempSync(join(tmpdir(), "dataio-api-"));

/** A type that is shown and not exported, a link that leads nowhere. */
const PROBLEMS = new Set(["ae-forgotten-export", "ae-unresolved-link"]);

/** Runs a script of Node's, and ends with its exit code unless it succeeded. */
function run(...args) {
  const { status } = spawnSync(process.execPath, args, { stdio: ["ignore", "ignore", "inherit"] });
  if (status !== 0) throw new Error(`${args[0]} ended with ${status}`);
}

try {
  run(join(root, "scripts/build-library.mjs"), join(work, "dist"));
  const entry = join(work, "dist/index.d.ts");
  const compilerOptions = { target: "ES2023", module: "NodeNext", moduleResolution: "NodeNext", types: ["node"] };
  const model = join(work, "dataio.api.json");
  const config = ExtractorConfig.prepare({
    configObjectFullPath: undefined,
    packageJsonFullPath: join(packageFolder, "package.json"),
    configObject: {
      projectFolder: packageFolder,
      mainEntryPointFilePath: entry,
      compiler: { overrideTsconfig: { compilerOptions: { ...compilerOptions, skipLibCheck: true }, files: [entry] } },
      docModel: { enabled: true, apiJsonFilePath: model },
    },
  });
  const problems = [];
  Extractor.invoke(config, {
    localBuild: true,
    messageCallback: (message) => {
      if (PROBLEMS.has(message.messageId)) problems.push(`${message.sourceFilePath}: ${message.text}`);
      // Release tags and strict TSDoc are not ours; what cannot be compiled is.
      message.handled = message.category !== "Compiler";
    },
  });
  const undocumented = findUndocumented(JSON.parse(readFileSync(model, "utf8")), []);
  for (const name of undocumented) console.error(`${name} has no doc comment.`);
  for (const text of problems) console.error(text);
  if (undocumented.length + problems.length > 0) process.exitCode = 1;

  rmSync(output, { recursive: true, force: true });
  const documenter = join(root, "node_modules/@microsoft/api-documenter/bin/api-documenter");
  run(documenter, "markdown", "--input-folder", work, "--output-folder", output);
  console.log(`The API reference is in ${output}`);
} finally {
  rmSync(work, { recursive: true, force: true });
}

/** Exports, and the methods of those that are classes or interfaces, without a doc comment. A property's name may say all. */
function findUndocumented(item, path) {
  const name = item.name === undefined || item.kind === "Package" ? [] : [item.name];
  const here = [...path, ...name].filter((part) => part !== "");
  const exempt = ["Package", "EntryPoint", "Property", "PropertySignature", "IndexSignature"].includes(item.kind);
  const found = !exempt && !item.docComment && !item.name?.startsWith("[Symbol.") ? [here.join(".")] : [];
  return [...found, ...(item.members ?? []).flatMap((member) => findUndocumented(member, here))];
}
