/** What "copy as" writes, read by the programs that it is for: a hostile text stays one text. */
import { spawnSync } from "node:child_process";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type SnippetForm, snippetOf, snippetText } from "../../src/index.ts";
import { fitsShell, pythonString, scriptString, shellWord } from "../../src/snippets/quoting.ts";

const SIGNS = [
  "'",
  '"',
  "\\",
  "$",
  "`",
  "!",
  "\n",
  "\r",
  "\x1b",
  "\x7f",
  "\u0085",
  "\u202e",
  "{",
  "%",
  "@",
  "-",
  "é",
  "😀",
  "\ufeff",
  "1",
  "a",
  "\ud800",
];
const hostile = fc.array(fc.constantFrom(...SIGNS), { maxLength: 12 }).map((signs) => signs.join(""));
const texts = fc.sample(hostile, { numRuns: 300, seed: 7 });

/** What the program prints; null when this machine has none. */
function printed(program: string, args: readonly string[]): string | null {
  const { error, status, stdout, stderr } = spawnSync(program, args, { encoding: "utf8" });
  if (error !== undefined) return null;
  if (status !== 0) throw new Error(stderr);
  return stdout;
}

describe("literals of copied requests", () => {
  it("are one word to a shell", ({ skip }) => {
    const words = texts.filter(fitsShell);
    const script = `printf '%s\\0' ${words.map(shellWord).join(" ")}`;
    skip(process.platform === "win32", "the bash of Windows takes wildcards in its arguments for names of files");
    // The bash of macOS is of 2007, and people there have zsh.
    const read = printed(process.platform === "darwin" ? "zsh" : "bash", ["-c", script]);
    if (read === null) return skip("there is no bash");
    expect(read.split("\0").slice(0, -1)).toEqual(words);
    // Nothing that acts on a terminal is left in what is pasted, line ends within quotes included.
    expect(script).not.toMatch(/[\p{Cc}\u202e\ufeff]/u);
  });

  it("are the same string to Node", () => {
    const read = printed(process.execPath, [
      "-e",
      `process.stdout.write(JSON.stringify([${texts.map(scriptString).join(", ")}]))`,
    ]);
    expect(JSON.parse(read ?? "")).toEqual(texts);
  });

  it("are the same string to Python", ({ skip }) => {
    const read = printed("python3", ["-c", `import json\nprint(json.dumps([${texts.map(pythonString).join(", ")}]))`]);
    if (read === null) return skip("there is no Python");
    expect(JSON.parse(read)).toEqual(texts);
  });
});

describe("several copied requests as one text", () => {
  const AsyncFunction = Object.getPrototypeOf(async () => {}).constructor;
  const joined = (form: SnippetForm) => {
    const written = ["a", "b", "response"].flatMap((name) => {
      const paramsJson = JSON.stringify({ url: `http://h/${name}`, headers: { "x-response": name } });
      const request = { archive: "/a", source: "s", kind: "k", method: "GET", bodyJson: null, bucket: null, tag: null };
      const copied = snippetOf(form, { ...request, paramsJson });
      return "text" in copied ? [copied.text] : [];
    });
    return snippetText(form, written);
  };

  it("run as a whole in JavaScript", () => {
    const text = joined("fetch");
    expect(text.match(/^const \w+/gm)).toEqual(["const response", "const response2", "const response3"]);
    expect(() => new AsyncFunction(text)).not.toThrow();
  });

  it("run as a whole in Python", ({ skip }) => {
    const text = joined("requests");
    expect(text.match(/^import/gm)).toHaveLength(1);
    expect(text.match(/^\w+ = /gm)).toEqual(["response = ", "response2 = ", "response3 = "]);
    if (printed("python3", ["-c", "import ast, sys\nast.parse(sys.argv[1])", text]) === null)
      skip("there is no Python");
  });

  it("stand one below the other for a shell", () => {
    expect(joined("curl").match(/^curl/gm)).toHaveLength(3);
  });
});
