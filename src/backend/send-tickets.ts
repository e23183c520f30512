/**
 * Sends that a person was shown. A ticket sends once: whoever asks with it again, by a second click or after the connection
 * was lost, gets the job that the first one started.
 */
import { randomUUID } from "node:crypto";
import type { Job } from "../shared/contract.ts";
import { coded } from "./coded-error.ts";

/** Plans that are kept, with their bytes. */
const KEPT = 8;

interface Held<T> {
  readonly planned: T;
  starting: Promise<Job> | null;
}

export class SendTickets<T> {
  readonly #held = new Map<string, Held<T>>();

  /** Keeps what was planned, in the place of what was planned long ago. */
  issue(planned: T): string {
    const ticket = randomUUID();
    this.#held.set(ticket, { planned, starting: null });
    for (const old of [...this.#held.keys()].slice(0, -KEPT)) this.#held.delete(old);
    return ticket;
  }

  /**
   * Starts what was planned, unless it has been started. Where starting fails nothing was sent, and it may be tried again.
   * @throws SEND_EXPIRED
   */
  async start(ticket: string, start: (planned: T) => Promise<Job>): Promise<Job> {
    const held = this.#held.get(ticket);
    if (held === undefined) {
      throw coded("SEND_EXPIRED", "What was shown is not kept any more. Look at it once more; nothing was sent.");
    }
    held.starting ??= start(held.planned).catch((error: unknown) => {
      held.starting = null;
      throw error;
    });
    return await held.starting;
  }
}
