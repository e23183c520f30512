import { spawnSync } from "node:child_process";
import { closeSync, existsSync, openSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { temporaryFolder } from "../archives.ts";
import { commandEnv, dataio, MAIN } from "./command.ts";
import { runHere } from "./in-process.ts";

describe("help", () => {
  let help = "";
  let commands: string[] = [];
  beforeAll(async () => {
    help = (await runHere(["--help"])).stdout;
    commands = [...help.matchAll(/^ {2}(\w+) (?:\[|<| )/gm)].map((match) => match[1] ?? "");
  });

  it("names every command and every exit code, and the version is the package's", async () => {
    const all = ["init", "sessions", "requests", "responses", "show", "cat", "fetch", "send", "stream", "replay"];
    expect(commands).toEqual(
      expect.arrayContaining([
        ...all,
        "sources",
        "trust",
        "verify",
        "repair",
        "export",
        "config",
        "sample",
        "completion",
      ]),
    );
    for (const code of ["0", "1", "2", "3", "4", "130"]) expect(help).toMatch(new RegExp(`^ {2}${code} `, "m"));
    const manifest = JSON.parse(readFileSync(join(import.meta.dirname, "../../package.json"), "utf8"));
    expect(await dataio(["--version"])).toMatchObject({ code: 0, stdout: `${manifest.version}\n`, stderr: "" });
  });

  it("has an example for every command, which the command understands", async () => {
    for (const command of [...commands, "config path"].filter((name) => !/^(help|completion)$/.test(name))) {
      const { code, stdout } = await runHere([...command.split(" "), "--help"]);
      expect(code, command).toBe(0);
      const examples = [...stdout.matchAll(/^ {2}\$ dataio (.*)$/gm)].map((match) => match[1] ?? "");
      expect(examples, command).not.toEqual([]);
      for (const example of examples) {
        const words = example.match(/'[^']*'|\S+/g)?.map((word) => word.replace(/^'|'$/g, "")) ?? [];
        const end = words.findIndex((word) => word === "&&" || word === ">");
        // No archive is there, so most fail; but how they are used is looked at before.
        const run = await runHere(end === -1 ? words : words.slice(0, end), { cwd: temporaryFolder() });
        expect(run.stderr, example).not.toMatch(/see dataio --help|no duration|no moment|not JSON|written as/);
      }
    }
  });

  it("is told to stdout where it was asked for, and to stderr where a command is missing", async () => {
    const [asked, missing] = [await runHere(["help", "fetch"]), await runHere([])];
    expect(asked).toMatchObject({ code: 0, stderr: "" });
    expect(asked.stdout).toMatch(/^Usage: dataio fetch/);
    expect(missing).toMatchObject({ code: 2, stdout: "" });
    expect(missing.stderr).toMatch(/^Usage: dataio/);
  });

  it("is about the whole command where it is asked for before a command, whatever a folder is called", async () => {
    for (const args of [
      ["--help", "fetch"],
      ["--archive", "sample", "--help"],
      ["--archive=verify", "-h"],
      ["-a", "export", "help"],
    ]) {
      const { code, stdout } = await runHere(args);
      expect(code, args.join(" ")).toBe(0);
      expect(stdout, args.join(" ")).toBe(help);
    }
    const typo = await runHere(["-a", "sample", "respones"]);
    expect(typo.stderr).toContain("Did you mean responses?");
  });

  it.skipIf(!existsSync("/dev/full"))("fails where nobody can read it", () => {
    for (const [args, said] of [
      [["--help"], "dataio: Cannot write to standard output: no space left on device"],
      [["config", "--json"], '{"error":{"code":"NO_SPACE"'],
    ] as const) {
      const full = openSync("/dev/full", "w");
      onTestFinished(() => closeSync(full));
      const { status, stderr } = spawnSync(process.execPath, [MAIN, ...args], {
        env: commandEnv(),
        stdio: ["ignore", full, "pipe"],
        encoding: "utf8",
      });
      expect(status).toBe(1);
      expect(stderr.startsWith(said), stderr).toBe(true);
    }
  });
});
