/**
 * A thread that runs a text instead of a file of its own, so that a program which bundles the library needs nothing beside
 * it. It answers each message once, in order.
 */
import { type Transferable, Worker } from "node:worker_threads";
import { DataioError } from "./errors.ts";

interface Waiting<A> {
  resolve(answer: A): void;
  reject(error: DataioError): void;
}

/** One thread, asked and answering; the text listens to `parentPort` and posts one answer for each message. */
export class TextThread<Question, Answer> {
  readonly #worker: Worker;
  readonly #waiting: Waiting<Answer>[] = [];
  #lost: DataioError | null = null;

  /** @param text plain JavaScript; CommonJS, as `eval` has it. @param workerData what it is told at its start */
  constructor(text: string, workerData?: unknown) {
    this.#worker = new Worker(text, { eval: true, workerData, execArgv: [] });
    const onLost = (reason: unknown) => {
      this.#lost ??= new DataioError("IO_FAILED", `A thread failed: ${String(reason)}`, { cause: reason });
      for (const { reject } of this.#waiting.splice(0)) reject(this.#lost);
    };
    this.#worker
      .on("message", (answer: Answer) => this.#waiting.shift()?.resolve(answer))
      .on("error", onLost)
      .on("exit", () => onLost("it ended"));
  }

  /** How many messages it has not answered. */
  get pending(): number {
    return this.#waiting.length;
  }

  /** @throws IO_FAILED when the thread ends before it answers */
  ask(question: Question, transfer: readonly Transferable[] = []): Promise<Answer> {
    if (this.#lost !== null) return Promise.reject(this.#lost);
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject });
      this.#worker.postMessage(question, transfer);
    });
  }

  /** Ends it, also in the middle of something. */
  async end(): Promise<void> {
    await this.#worker.terminate();
  }
}
