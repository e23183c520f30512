/**
 * The processes that a process started, and those that they started, where Linux tells (`/proc`); elsewhere none. One whose
 * parent has ended is nobody's child any more, and is not among them.
 */
import { readdirSync, readFileSync } from "node:fs";

/** A process. Its number alone may be another's a moment later. */
export interface Descendant {
  readonly pid: number;
  readonly startedAt: string;
}

/** All descendants of a process, children before grandchildren. */
export function descendantsOf(pid: number): readonly Descendant[] {
  const found: Descendant[] = [];
  const parents = [pid];
  for (let parent = parents.shift(); parent !== undefined; parent = parents.shift()) {
    for (const child of childrenOf(parent)) {
      const startedAt = startOf(child);
      if (startedAt === undefined) continue;
      found.push({ pid: child, startedAt });
      parents.push(child);
    }
  }
  return found;
}

/** False where it has ended. */
export function signalDescendant({ pid, startedAt }: Descendant, signal: NodeJS.Signals | 0): boolean {
  if (startOf(pid) !== startedAt) return false;
  try {
    return process.kill(pid, signal);
  } catch {
    return false;
  }
}

function childrenOf(pid: number): readonly number[] {
  try {
    return readdirSync(`/proc/${pid}/task`).flatMap((task) =>
      readFileSync(`/proc/${pid}/task/${task}/children`, "utf8")
        .split(" ")
        .flatMap((child) => (child === "" ? [] : Number(child))),
    );
  } catch {
    return [];
  }
}

/** When a process that still runs was started, as Linux counts; undefined where there is none, and for one that only waits to be noticed. */
function startOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    // The name of the program stands in parentheses, and may hold any character.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return fields[0] === "Z" ? undefined : fields[19];
  } catch {
    return undefined;
  }
}
