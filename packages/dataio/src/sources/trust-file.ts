/**
 * What a person allowed archives to run, and to whom they may give secrets: digests by the folder of the archive, in a
 * file of the person's configuration. It never stands in an archive, which may come from somebody else.
 */
import { mkdir, readFile } from "node:fs/promises";
import { dirname } from "node:path";
import { z } from "zod";
import { PendingFile } from "../atomic-file.ts";
import { DataioError, fromSystemError, systemCode } from "../errors.ts";

/** Digests by the absolute folder of the archive. */
const schema = z.record(z.string(), z.array(z.string().regex(/^[0-9a-f]{64}$/)));
type Trusted = z.infer<typeof schema>;

/** The file, read anew each time. */
export class TrustFile {
  readonly path: string;

  constructor(path: string) {
    this.path = path;
  }

  /** Whether what has this digest is allowed for the archive. @throws CONFIG_INVALID, ACCESS_DENIED, IO_FAILED */
  async has(folder: string, digest: string): Promise<boolean> {
    return digestsOf(await this.#read(), folder).includes(digest);
  }

  /** Allows what has this digest for the archive, from now on. @throws CONFIG_INVALID, ACCESS_DENIED, NO_SPACE, IO_FAILED */
  async grant(folder: string, digest: string): Promise<void> {
    const trusted = await this.#read();
    const digests = digestsOf(trusted, folder);
    if (digests.includes(digest)) return;
    try {
      await mkdir(dirname(this.path), { recursive: true });
    } catch (error) {
      throw fromSystemError(error, `Cannot make ${dirname(this.path)}`);
    }
    const pending = await PendingFile.create(dirname(this.path), { label: "trusted.json" });
    try {
      const text = JSON.stringify({ ...trusted, [folder]: [...digests, digest] }, null, 2);
      await pending.write(Buffer.from(`${text}\n`, "utf8"));
      await pending.replace(this.path);
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
    throw new DataioError("CONFIG_INVALID", `${this.path} is no list of what is trusted`, {
      details: { file: this.path },
    });
  }
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
