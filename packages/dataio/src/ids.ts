/**
 * Ids of rows: UUIDs as text, of version 7, so that rows arrive in the order of their index. Ids of one process ascend
 * also within a millisecond.
 */
import { randomFillSync } from "node:crypto";
import { v7 } from "uuid";

const ID_BYTES = 16;
/** Random bytes for 256 ids at once: to ask for them takes longer than all else. */
const pool = new Uint8Array(256 * ID_BYTES);
let used = pool.length;
let sequence = 0;
let latest = 0;

/** An id that no other row has. */
export function newId(): string {
  if (used === pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  const random = pool.subarray(used, used + ID_BYTES);
  used += ID_BYTES;
  sequence = (sequence + 1) >>> 0;
  // A clock that is set back must not bring earlier ids.
  latest = Math.max(latest, Date.now());
  return v7({ random, msecs: latest, seq: sequence });
}
