import { execFileSync, spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import Database from "better-sqlite3";
import { describe, expect, it } from "vitest";
import { referenceArchive, temporaryFolder } from "../archives.ts";
import { isWindows } from "../platform.ts";
import { commandEnv, linesOf, MAIN } from "./command.ts";
import { runHere } from "./in-process.ts";

/** What is offered for a command line whose last word is being written, without the descriptions. */
async function offered(...words: string[]): Promise<string[]> {
  const { stdout, stderr } = await runHere(["__complete", ...words]);
  expect(stderr).toBe("");
  return linesOf(stdout).map((line) => line.replace(/\t.*/, ""));
}

describe("what may come next", () => {
  it("is a command, an option, one of an option's choices, or a file", async () => {
    expect(await offered("se")).toEqual(["sessions", "send"]);
    expect(await offered("export", "--over")).toEqual(["--overwrite"]);
    expect(await offered("fetch", "--cache", "")).toEqual([
      "default",
      "only-if-cached",
      "bypass",
      "revalidate",
      "never",
    ]);
    expect(await offered("fetch", "--source", "x", "--adapter", "l")).toEqual(["local-file"]);
    expect(await offered("export", "--to", "")).toEqual([":folders"]);
    expect(await offered("fetch", "--params-file", "a")).toEqual([":files"]);
    expect(await offered("fetch", "--adapter", "command", "--", "--x")).toEqual([":files"]);
    expect(await offered("init", "")).toEqual([":folders"]);
    expect(await offered("init", "one", "")).toEqual([]);
    expect(await offered("config", "p")).toEqual(["path"]);
    expect(await offered("help", "rep")).toEqual(["replay", "repair"]);
    expect(await offered("fetch", "--cache=re")).toEqual(["--cache=revalidate"]);
    expect(await offered("verify", "--step", "payloads", "ha")).toEqual(["hashes"]);
    expect(await offered("verify", "--step", "payloads", "--th")).toEqual(["--threads"]);
    // A folder may be called like a command.
    expect(await offered("--archive", "sample", "ver")).toEqual(["verify"]);
    expect(await offered("--archive=sample", "ver")).toEqual(["verify"]);
    expect(await offered("completion", "b")).toEqual(["bash"]);
    expect(await offered("responses", "--status", "str")).toEqual(["stream_open", "stream_message", "stream_closed"]);
  });

  it("is what the archive has", async () => {
    const archive = referenceArchive("small");
    expect(await offered("responses", "-a", archive, "--source", "")).toEqual(["databento", "ibkr", "justetf"]);
    expect(await offered("--archive", archive, "requests", "--kind", "databento.m")).toHaveLength(3);
    expect(await offered("requests", "-a", archive, "--session", "9ef3")).toEqual([
      "9ef3f7d2-2bcf-45f5-b0b4-930b20bfc60a",
    ]);
    expect(await offered("cat", "-a", archive, "9817")).toEqual(["9817c9ff-4ce4-46da-830a-27bbb60a14b1"]);
    expect(await offered("cat", "-a", "/nonexistent", "")).toEqual([]);
    // Also what its configuration maps, as long as that can be understood.
    writeFileSync(join(archive, "dataio.config.yaml"), "sources: { vendor: { adapter: http } }");
    expect(await offered("fetch", "-a", archive, "--source", "v")).toEqual(["vendor"]);
    expect(await offered("trust", "-a", archive, "")).toEqual(["databento", "ibkr", "justetf", "vendor"]);
    writeFileSync(join(archive, "dataio.config.yaml"), "sources: [");
    expect(await offered("sources", "--sources", "")).toEqual([":files"]);
    expect(await offered("fetch", "-a", archive, "--source", "j")).toEqual(["justetf"]);
    expect(await offered(`--archive=${archive}`, "replay", "8961")).toEqual(["89615df2-0727-4e0c-bb32-22e81fe0dae8"]);
    expect(await offered("repair", "-a", archive, "--close-session", "9ef3")).toEqual([
      "9ef3f7d2-2bcf-45f5-b0b4-930b20bfc60a",
    ]);
  });
});

/** It loads the script as its head says; the one that macOS has cannot. */
function hasBash4(): boolean {
  return spawnSync("bash", ["-c", "test $BASH_VERSINFO -ge 4"]).status === 0;
}

describe("the scripts", () => {
  it("work in bash, and let no name of an archive be run", ({ skip }) => {
    skip(isWindows || !hasBash4(), "there is no Bash 4 or newer, and the one of macOS is older");
    const archive = referenceArchive("small");
    const bin = temporaryFolder();
    const db = new Database(join(archive, "dataio.sqlite"));
    db.prepare("UPDATE sessions SET source = ? WHERE source = 'ibkr'").run(`evil $(touch ${bin}/owned) \`x\``);
    db.prepare("UPDATE sessions SET source = ? WHERE source = 'databento'").run("evil\u001b[31m");
    db.close();
    writeFileSync(join(bin, "dataio"), `#!/bin/sh\nexec "${process.execPath}" "${MAIN}" "$@"\n`);
    chmodSync(join(bin, "dataio"), 0o755);
    const environment = commandEnv({ DATAIO_ARCHIVE: join(bin, "my archive", "small"), HOME: bin });
    mkdirSync(join(bin, "my archive"));
    renameSync(archive, join(bin, "my archive", "small"));
    const script = [
      "source <(dataio completion bash)",
      'compopt() { COMPREPLY+=("$*"); }',
      'offer() { COMP_LINE="dataio $1"; COMP_POINT=$' +
        '{#COMP_LINE}; _dataio dataio; printf "%s|" "$' +
        '{COMPREPLY[@]}"; echo; }',
      "offer 'se'",
      "offer 'responses --source ev'",
      "offer 'fetch --params-file da'",
      `offer 'export "$(touch ${bin}/owned)" --ov'`,
      "offer '-a my\\ archive/small responses --source=ju'",
      `offer "-a 'my archive/small' requests --kind suche/größe:"`,
      "offer '--archive=~/my\\ archive/small requests --kind suche/größe:'",
      "offer 'export --to '",
    ].join("\n");
    const text = execFileSync("bash", ["--norc", "-c", script], {
      env: { ...environment, PATH: `${bin}:${environment.PATH}` },
      encoding: "utf8",
      cwd: bin,
    });
    const [commands, sources, files, option, inOption, quoted, behindColon, folders] = linesOf(text);
    expect(commands).toBe("sessions|send|");
    expect(sources).toBe(`evil\\ \\$\\(touch\\ ${bin}/owned\\)\\ \\\`x\\\`|`);
    expect(files).toBe("-o default|");
    expect(option).toBe("--overwrite|");
    // Bash completes only what is behind the last = or :
    expect(inOption).toBe("justetf|");
    expect([quoted, behindColon]).toEqual(["1|", "1|"]);
    expect(folders).toBe("-o dirnames|");
    expect(existsSync(join(bin, "owned"))).toBe(false);
  });

  it("are there for zsh and fish", async () => {
    expect((await runHere(["completion", "zsh"])).stdout).toMatch(/^#compdef dataio\n/);
    expect((await runHere(["completion", "fish"])).stdout).toContain("complete -c dataio");
    expect((await runHere(["completion", "tcsh"])).code).toBe(2);
  });
});
