/**
 * A lock between processes: a folder, for that is made by one alone, on network file systems as well. One whose owner died is
 * broken by one alone too: whoever else found it abandoned would break the lock of the next owner.
 */
import { mkdir, rm, stat } from "node:fs/promises";
import { setTimeout as pause } from "node:timers/promises";
import { fromSystemError, systemCode } from "../errors.ts";

/** What is done under a lock takes milliseconds: whoever has held one for so long died with it. */
const ABANDONED_MS = 10_000;
const LOOK_AGAIN_MS = 15;

/** One lock from when it was taken on; another one of the same name has another time. */
interface Held {
  readonly ino: bigint;
  readonly mtimeNs: bigint;
}

/**
 * Does something while nobody else does, whichever process it is in.
 * @param action is given a function that tells whether the lock is still its own: a process that was suspended may find it broken
 * @throws what `action` throws; ACCESS_DENIED, NO_SPACE, IO_FAILED where the lock cannot be had
 */
export async function underFolderLock<T>(
  lock: string,
  action: (isHeld: () => Promise<boolean>) => Promise<T>,
): Promise<T> {
  const own = await taken(lock);
  const isHeld = async () => isSame(own, await heldNow(lock));
  try {
    return await action(isHeld);
  } finally {
    if (await isHeld().catch(() => false)) await rm(lock, { recursive: true, force: true }).catch(() => {});
  }
}

async function taken(lock: string): Promise<Held | null> {
  for (;;) {
    if (await isMade(lock)) return await heldNow(lock);
    const held = await heldNow(lock);
    if (held === null || !isAbandoned(held)) await pause(LOOK_AGAIN_MS);
    else await breakAlone(lock, held);
  }
}

/** Breaks a lock, unless somebody has since, or is about to. */
async function breakAlone(lock: string, abandoned: Held): Promise<void> {
  const breaking = `${lock}.breaking`;
  if (!(await isMade(breaking))) {
    const other = await heldNow(breaking);
    // Whoever broke it died as well.
    if (other !== null && isAbandoned(other)) await rm(breaking, { recursive: true, force: true });
    else await pause(LOOK_AGAIN_MS);
    return;
  }
  try {
    // From here on nobody else removes it, so what is looked at is what is removed.
    if (isSame(abandoned, await heldNow(lock))) await rm(lock, { recursive: true, force: true });
  } finally {
    await rm(breaking, { recursive: true, force: true }).catch(() => {});
  }
}

/** False where it is there already. */
async function isMade(folder: string): Promise<boolean> {
  try {
    await mkdir(folder);
    return true;
  } catch (error) {
    if (systemCode(error) === "EEXIST") return false;
    throw fromSystemError(error, `Cannot lock ${folder}`);
  }
}

/** Null where there is none. */
async function heldNow(lock: string): Promise<Held | null> {
  const found = await stat(lock, { bigint: true }).catch(() => null);
  return found === null ? null : { ino: found.ino, mtimeNs: found.mtimeNs };
}

function isAbandoned({ mtimeNs }: Held): boolean {
  return Date.now() - Number(mtimeNs / 1_000_000n) > ABANDONED_MS;
}

function isSame(one: Held | null, other: Held | null): boolean {
  return one !== null && other !== null && one.ino === other.ino && one.mtimeNs === other.mtimeNs;
}
