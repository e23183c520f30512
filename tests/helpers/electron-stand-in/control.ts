/** A test drives a stand-in in another process by calls over Node's own channel between parent and child. */
import type { ChildProcess } from "node:child_process";
import type { StandIn } from "./stand-in.ts";

/** What can be asked of a stand-in from outside. */
const OPERATIONS = [
  "answerFolderDialog",
  "answerMessageBox",
  "answerSaveDialog",
  "clickMenu",
  "endpoint",
  "placeWindow",
  "problems",
  "quit",
  "revealedFiles",
  "shownDialogs",
  "useWindow",
  "window",
] as const;
type Operation = (typeof OPERATIONS)[number];

interface Call {
  readonly id: number;
  readonly operation: Operation;
  readonly args: readonly unknown[];
}
type Reply =
  | { readonly id: number; readonly ok: true; readonly value: unknown }
  | { readonly id: number; readonly ok: false; readonly message: string };

/** Answers calls of the process that started this one. */
export function serveControl(standIn: StandIn): void {
  process.on("message", (call: Call) => {
    const { id, operation, args } = call;
    // An async function, so that what throws at once is answered like what rejects.
    const run = async (): Promise<unknown> => Reflect.apply(standIn[operation], standIn, args);
    run().then(
      (value) => reply({ id, ok: true, value }),
      (error: unknown) => reply({ id, ok: false, message: error instanceof Error ? error.message : String(error) }),
    );
  });
  // Nobody is left to drive it, or to end it.
  process.on("disconnect", () => standIn.electron.app.exit(1));

  function reply(message: Reply): void {
    if (process.connected) process.send?.(message);
  }
}

type Remote<Method> = Method extends (...args: infer Args) => infer Value
  ? (...args: Args) => Promise<Awaited<Value>>
  : never;
/** A stand-in in another process. */
export type RemoteStandIn = { readonly [O in Operation]: Remote<StandIn[O]> };

/** The stand-in in `child`. A call rejects when it fails there, or when the process ends before it is answered. */
export function remoteStandIn(child: ChildProcess): RemoteStandIn {
  let lastId = 0;
  const call = (operation: Operation, args: readonly unknown[]): Promise<unknown> => {
    lastId += 1;
    const id = lastId;
    return new Promise((resolve, reject) => {
      const onMessage = (reply: Reply) => {
        if (reply.id !== id) return;
        settle();
        if (reply.ok) resolve(reply.value);
        else reject(new Error(reply.message));
      };
      const onExit = () => {
        settle();
        reject(new Error(`The app ended before it answered ${operation}`));
      };
      const settle = () => {
        child.off("message", onMessage);
        child.off("disconnect", onExit);
      };
      if (!child.connected) return onExit();
      child.on("message", onMessage);
      child.on("disconnect", onExit);
      child.send({ id, operation, args } satisfies Call);
    });
  };
  const remote = Object.fromEntries(OPERATIONS.map((name) => [name, (...args: unknown[]) => call(name, args)]));
  // The table above and the types name the same operations; what they answer is theirs to keep.
  return remote as unknown as RemoteStandIn;
}
