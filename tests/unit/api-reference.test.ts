import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { temporaryFolder } from "../../packages/dataio/test/archives.ts";
import { ROOT } from "../helpers/root.ts";

it("documents every export of the library", { timeout: 60_000 }, () => {
  const folder = temporaryFolder();
  // Ends with 1, and names them, where exports are undocumented.
  execFileSync(process.execPath, [join(ROOT, "scripts/api-reference.mjs"), folder], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  const page = readFileSync(join(folder, "dataio.dataiosession.fetchall.md"), "utf8");
  expect(page).toContain("CLOSED");
});
