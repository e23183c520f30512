// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are references in YAML
/**
 * Configuration: any YAML, and anything that is none, is read or refused as CONFIG_INVALID; soon, for every file of the
 * size that is allowed; and a key is never more than a key.
 */
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { configValue, loadConfig } from "../../src/config.ts";
import { archiveLocationFromConfig } from "../../src/config-location.ts";
import { anyKey, anyText } from "./arbitraries.ts";
import { guardPrototypes, outcomeOf, within } from "./outcome.ts";

guardPrototypes();

const ENV = { HOME: "/home/ada", MXM_MACHINE: "bridge" };
let root: string;
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), "dataio-fuzz-"));
  mkdirSync(join(root, "demo"));
});
afterAll(() => {
  rmSync(root, { recursive: true, force: true });
});

const load = (text: string | Buffer, overrides: Record<string, unknown> = {}) => {
  writeFileSync(join(root, "demo", "default.yaml"), text);
  return loadConfig("demo", { root, env: ENV, overrides });
};

const token = fc.constantFrom(
  ..."abc:-?[]{},&*!|>'\"%@`#~\\$. \t\n",
  "\n  ",
  ": ",
  "- ",
  "? ",
  "&a ",
  "*a",
  "<<: ",
  "!!",
  "---\n",
  "...\n",
  "%YAML 1.1\n",
  "__proto__",
  "constructor",
  "${",
  "}",
  "${a}",
  "${a.b}",
  "${env:HOME}",
  "\\${",
  "null",
  "1e999",
  "0x",
  "\u0000",
  "\ufeff",
  "😀",
);
const yamlLike = fc.array(token, { maxLength: 25 }).map((tokens) => tokens.join(""));

/** Objects as JSON.parse makes them: `__proto__` is a key of its own. */
const { tree: anyTree } = fc.letrec<{ tree: unknown }>((tie) => ({
  tree: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    fc.constantFrom<unknown>(null, true, 1, "x", "${a}", "${__proto__}", "${constructor.prototype}"),
    anyText,
    fc.array(tie("tree"), { maxLength: 3 }),
    fc.array(fc.tuple(anyKey, tie("tree")), { maxLength: 4 }).map((members) => Object.fromEntries(members)),
  ),
}));

describe("a configuration", () => {
  it("is read or refused, whatever its file holds, and reading makes no file", async () => {
    const anyFile = fc.oneof(
      yamlLike,
      anyTree.map((tree) => JSON.stringify(tree)),
      fc.uint8Array({ maxLength: 30 }).map((bytes) => Buffer.from(bytes)),
    );
    await fc.assert(
      fc.asyncProperty(anyFile, async (text) => {
        const found = await outcomeOf(() => load(text));
        expect(readdirSync(root, { recursive: true })).toHaveLength(2);
        if (found.state === "refused") expect(found.code).toBe("CONFIG_INVALID");
        else {
          const location = await outcomeOf(() => archiveLocationFromConfig(found.value, ENV));
          if (location.state === "refused") expect(location.code).toBe("CONFIG_INVALID");
        }
      }),
      { numRuns: 300 },
    );
  });

  it("has every override under its key, hostile ones as well", async () => {
    const members = fc.uniqueArray(fc.tuple(anyKey, anyText), { maxLength: 5, selector: ([key]) => key });
    await fc.assert(
      fc.asyncProperty(members, async (pairs) => {
        const plain = pairs.filter(([key, value]) => !value.includes("${") && !key.startsWith("mxm_"));
        const { values } = await load("", { settings: Object.fromEntries(plain) });
        expect(Object.entries(values.settings ?? {})).toEqual(Object.entries(Object.fromEntries(plain)));
      }),
      { numRuns: 100 },
    );
  });

  it("finds nothing by a name that objects have by themselves", async () => {
    const config = await load("a: {b: [1]}\n");
    for (const name of ["__proto__", "constructor", "toString", "a.__proto__", "a.b.length", "a.b.__proto__.push"]) {
      expect(configValue(config, name)).toBeUndefined();
    }
  });

  it.each(["a: {<<: 1}", "a: {<<: [1]}", "a: &x [1]\nb: {<<: *x}", "a: &x {<<: *x}"])(
    "is refused by its name where a merge key has no map: %j",
    async (text) => {
      await expect(load(text)).rejects.toMatchObject({ code: "CONFIG_INVALID" });
    },
  );

  it("has no key twice, at whatever depth, and says where the second one is", async () => {
    for (const [text, line, column] of [
      ["a: 1\nb: {c: 1, d: {}, c: 2}", 2, 18],
      ["a:\n  - x: 1\n    x: 1", 3, 5],
      ["a: 1\n'a': 2", 2, 1],
      ["a: {<<: {x: 1}, <<: {x: 2}}", 1, 17],
    ] as const) {
      await expect(load(text)).rejects.toMatchObject({ code: "CONFIG_INVALID", details: { line, column } });
    }
  });
});

describe("a large configuration", () => {
  const numbered = (count: number, line: (index: number) => string) => Array.from({ length: count }, (_, n) => line(n));
  it.each<[string, string]>([
    ["keys", numbered(20_000, (n) => `k${n}: 1`).join("\n")],
    ["keys in a line", `a: {${numbered(20_000, (n) => `k${n}`).join(",")}}`],
    ["errors", "]".repeat(30_000)],
    ["texts without a separator", '"a"'.repeat(50_000)],
    ["anchors", "&a ".repeat(20_000)],
    ["backslashes", `a: '${"\\".repeat(100_000)} \${mxm_env}'`],
    ["references", `a: '${"${mxm_env}".repeat(50_000)}'`],
    ["unclosed references", `a: '${"x}".repeat(50_000)}\${'`],
    ["a deep list", "- ".repeat(20_000)],
    ["deep brackets", `a: ${"[".repeat(20_000)}${"]".repeat(20_000)}`],
    ["deep maps", numbered(1200, (n) => `${" ".repeat(n)}a:`).join("\n")],
    ["a long integer", `a: ${"9".repeat(500_000)}`],
    ["a long key", `b: '\${${"x.".repeat(100_000)}y}'`],
    ["an index many times", `b: '\${x${"[0]".repeat(100_000)}}'`],
  ])("of %s is read or refused soon", async (_, text) => {
    const found = await within(3500, () => outcomeOf(() => load(text)));
    if (found.state === "refused") expect(found.code).toBe("CONFIG_INVALID");
  });
});
