/** The app's small documents, where something else has them open. */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { rename } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { z } from "zod";
import { temporaryFolder } from "../../packages/dataio/test/archives.ts";
import { JsonFile } from "../../src/backend/json-file.ts";

/** A rename that fails so often before it is done, and what was waited between. */
function heldFor(times: number, code: string) {
  const waited: number[] = [];
  let left = times;
  const system = {
    rename: async (from: string, to: string) => {
      if (left > 0) {
        left -= 1;
        throw Object.assign(new Error(`${code}: ${to}`), { code });
      }
      await rename(from, to);
    },
    waitMs: async (milliseconds: number) => {
      waited.push(milliseconds);
    },
  };
  return { system, waited };
}

const SCHEMA = z.object({ n: z.number() });

it.each(["EPERM", "EBUSY", "EACCES"])("is replaced once it is let go of: %s", async (code) => {
  const path = join(temporaryFolder(), "settings.json");
  const { system, waited } = heldFor(3, code);
  const file = new JsonFile(path, SCHEMA, system);
  await Promise.all([file.write({ n: 1 }), file.write({ n: 2 })]);
  expect(await file.read()).toEqual({ n: 2 });
  expect(waited).toHaveLength(3);
  expect(waited).toEqual(waited.toSorted((a, b) => a - b));
});

it("gives up in the end, or at once where waiting does not help, leaves the old document, and goes on", async () => {
  const folder = temporaryFolder();
  const path = join(folder, "settings.json");
  writeFileSync(path, '{"n":0}');
  for (const [code, tries] of [
    ["EPERM", 6],
    ["ENOSPC", 1],
  ] as const) {
    const { system, waited } = heldFor(tries, code);
    const file = new JsonFile(path, SCHEMA, system);
    await expect(file.write({ n: 1 })).rejects.toMatchObject({ code });
    expect(waited).toHaveLength(tries - 1);
    expect(readFileSync(path, "utf8")).toBe('{"n":0}');
    expect(readdirSync(folder)).toEqual(["settings.json"]);
  }
  const held = heldFor(6, "EPERM");
  const file = new JsonFile(path, SCHEMA, held.system);
  await file.write({ n: 1 }).catch(() => {});
  await file.write({ n: 2 });
  expect(await file.read()).toEqual({ n: 2 });
});

it("is put aside where it cannot be understood, also when it is held", async () => {
  const path = join(temporaryFolder(), "settings.json");
  writeFileSync(path, "no JSON");
  const { system } = heldFor(1, "EBUSY");
  expect(await new JsonFile(path, SCHEMA, system).read()).toBeNull();
  expect(readFileSync(`${path}.unreadable`, "utf8")).toBe("no JSON");
});
