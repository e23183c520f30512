/**
 * What a mapping would run, and which secrets it would give to whom: what a person is asked to trust, once. Whatever of
 * it changes gives another digest, and is asked for again.
 */
import { createHash } from "node:crypto";
import { readFile, stat } from "node:fs/promises";
import { resolve } from "node:path";
import { canonicalJson, type JsonObject } from "../canonical-json.ts";
import { fromSystemError, systemCode } from "../errors.ts";
import { secretNamesIn } from "./secret-references.ts";
import type { SourceSettings } from "./source-settings.ts";

/** One line of what a person is shown. */
export interface TrustLine {
  readonly what: "program" | "folder" | "environment" | "file" | "content" | "options" | "secret";
  /** As it would run: references to secrets stay references. Of a content its SHA-256, or that there is none. */
  readonly text: string;
}

/** What is to be trusted. */
export interface TrustSubject {
  /** SHA-256 of all of it, with the content of the files that are named. */
  readonly digest: string;
  readonly lines: readonly TrustLine[];
}

/** Larger files are told apart by size and time alone. */
const MAX_HASHED_BYTES = 64 * 1024 * 1024;

/**
 * Null where nothing runs and no secret is given away.
 * @param folder what paths are relative to
 */
export async function trustSubject(settings: SourceSettings, folder: string): Promise<TrustSubject | null> {
  const secrets = secretNamesIn(settings);
  const lines: TrustLine[] = [];
  const files: string[] = [];
  switch (settings.adapter) {
    case "command": {
      const cwd = resolve(folder, settings.cwd ?? ".");
      lines.push({ what: "program", text: settings.run.map(shown).join(" ") }, { what: "folder", text: cwd });
      for (const [name, value] of Object.entries(settings.env ?? {})) {
        lines.push({ what: "environment", text: `${name}=${value}` });
      }
      // A script that an argument names is what really runs.
      files.push(...settings.run.map((word) => resolve(cwd, word)));
      break;
    }
    case "module":
      lines.push({ what: "file", text: resolve(folder, settings.file) });
      if (settings.options !== undefined) lines.push({ what: "options", text: canonicalJson(settings.options) });
      files.push(resolve(folder, settings.file));
      break;
    default:
      if (secrets.length === 0) return null;
  }
  for (const name of secrets) {
    const receiver = "baseUrl" in settings ? ` is sent to ${settings.baseUrl}` : "";
    lines.push({ what: "secret", text: `${name}${receiver}` });
  }
  const contents = await Promise.all(files.map(async (file) => [file, await contentOf(file)] as const));
  const named = contents.filter(([, content]) => content !== null);
  if (settings.adapter === "command") {
    for (const [file, content] of named) lines.push({ what: "file", text: file }, spokenContent(content));
  } else {
    // The file's own line comes first.
    for (const [, content] of contents) lines.splice(1, 0, spokenContent(content));
  }
  // How often and how it is cached is no matter of trust.
  const { rate, retry, cache, ttl, redact, ...running } = settings;
  const hash = createHash("sha256").update(canonicalJson({ folder: resolve(folder), ...parsedAgain(running) }));
  for (const [file, content] of named) hash.update(`\0${file}\0${content}`);
  return { digest: hash.digest("hex"), lines };
}

function spokenContent(content: string | null): TrustLine {
  if (content === null) return { what: "content", text: "there is no such file" };
  return { what: "content", text: /^[0-9a-f]{64}$/.test(content) ? `sha256 ${content}` : `${content} (bytes, time)` };
}

/** As plain JSON: without what is undefined. */
function parsedAgain(value: object): JsonObject {
  return JSON.parse(JSON.stringify(value));
}

/** A word as a person can tell it from its neighbours. */
function shown(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : JSON.stringify(word);
}

/** Null for what is no file. @throws ACCESS_DENIED, IO_FAILED */
async function contentOf(file: string): Promise<string | null> {
  try {
    const found = await stat(file);
    if (!found.isFile()) return null;
    if (found.size > MAX_HASHED_BYTES) return `${found.size} ${found.mtimeMs}`;
    return createHash("sha256")
      .update(await readFile(file))
      .digest("hex");
  } catch (error) {
    if (["ENOENT", "ENOTDIR", "ENAMETOOLONG"].includes(systemCode(error) ?? "")) return null;
    throw fromSystemError(error, `Cannot read ${file}`);
  }
}
