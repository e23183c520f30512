/**
 * What a person allowed archives to run, and to whom they may give secrets: digests by the folder of the archive, in one
 * file of the person's configuration for the command and the app. It never stands in an archive, which may come from
 * somebody else.
 */
import { mkdir, readFile, realpath } from "node:fs/promises";
import { dirname, join } from "node:path";
import { z } from "zod";
import { PendingFile } from "../atomic-file.ts";
import { configRoot } from "../config.ts";
import { DataioError, fromSystemError, systemCode } from "../errors.ts";
import { underFolderLock } from "./folder-lock.ts";

/** Digests by the absolute folder of the archive. */
const schema = z.record(z.string(), z.array(z.string().regex(/^[0-9a-f]{64}$/)));
type Trusted = Readonly<Record<string, readonly string[]>>;

/** Where a person's file is: `mxm-dataio/trusted.json` in the folder of configurations. */
export function trustFilePath(env: Readonly<Record<string, string | undefined>> = process.env): string {
  return join(configRoot(env), "mxm-dataio", "trusted.json");
}

/** The file, read anew each time: others may write it too. */
export class TrustFile {
  readonly path: string;

  constructor(path: string) {
    this.path = path;
  }

  /** Whether what has this digest is allowed for the archive. @throws CONFIG_INVALID, ACCESS_DENIED, IO_FAILED */
  async has(folder: string, digest: string): Promise<boolean> {
    const trusted = await this.#read();
    return digestsOf(trusted, folder).includes(digest) || digestsOf(trusted, await realOf(folder)).includes(digest);
  }

  /** Allows what has this digest for the archive, from now on. @throws CONFIG_INVALID, ACCESS_DENIED, NO_SPACE, IO_FAILED */
  async grant(folder: string, digest: string): Promise<void> {
    await this.grantAll({ [folder]: [digest] });
  }

  /** Allows digests for several archives at once, by their folders. @throws as {@link TrustFile.grant} */
  async grantAll(granted: Readonly<Record<string, readonly string[]>>): Promise<void> {
    try {
      await mkdir(dirname(this.path), { recursive: true });
    } catch (error) {
      throw fromSystemError(error, `Cannot make ${dirname(this.path)}`);
    }
    // One writer at a time, whichever process it is in: each adds to what the others allowed.
    const add = async (isHeld: () => Promise<boolean>) => {
      const before = await this.#read();
      const after = new Map<string, readonly string[]>(Object.entries(before));
      for (const [folder, digests] of Object.entries(granted)) {
        const real = await realOf(folder);
        after.set(real, [...new Set([...(after.get(real) ?? []), ...digests])]);
      }
      return await this.#write(Object.fromEntries(after), isHeld);
    };
    while (!(await underFolderLock(`${this.path}.lock`, add)));
  }

  /** False where somebody else may have written since it was read: then it has to be read anew. */
  async #write(trusted: Trusted, isHeld: () => Promise<boolean>): Promise<boolean> {
    const pending = await PendingFile.create(dirname(this.path), { label: "trusted.json" });
    try {
      await pending.write(Buffer.from(`${JSON.stringify(trusted, null, 2)}\n`, "utf8"));
      if (!(await isHeld())) return false;
      await pending.replace(this.path);
      return true;
    } finally {
      pending.discard();
    }
  }

  async #read(): Promise<Trusted> {
    let text: string;
    try {
      text = await readFile(this.path, "utf8");
    } catch (error) {
      if (systemCode(error) === "ENOENT") return {};
      throw fromSystemError(error, `Cannot read ${this.path}`);
    }
    const checked = schema.safeParse(parsed(text));
    if (checked.success) return checked.data;
    throw new DataioError(
      "CONFIG_INVALID",
      `${this.path} is no list of what is trusted. Correct it, or remove it to be asked again.`,
      { details: { file: this.path } },
    );
  }
}

/** The archive's folder however it is reached; as it was given where it is not there. */
async function realOf(folder: string): Promise<string> {
  return await realpath(folder).catch(() => folder);
}

function digestsOf(trusted: Trusted, folder: string): readonly string[] {
  return Object.hasOwn(trusted, folder) ? (trusted[folder] ?? []) : [];
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
