/**
 * One renderer on one transport. Whatever comes in is checked before it is used, a call is answered exactly once, a
 * cancel reaches the running handler, and nothing runs on for a renderer that has gone.
 */
import { z } from "zod";
import type { ErrorShape } from "../shared/contract.ts";
import type { HostMessage, HostTransport } from "../shared/wire.ts";
import type { Backend } from "./backend.ts";
import { type Log, logToStderr, toErrorShape } from "./failure.ts";

const callId = z.int().nonnegative();
const clientMessage = z.discriminatedUnion("type", [
  z.object({ type: z.literal("call"), id: callId, method: z.string().max(200), params: z.unknown().optional() }),
  z.object({ type: z.literal("cancel"), id: callId }),
]);
/** What is left of a message that is none of ours: enough to refuse it by its id. */
const anyCall = z.object({ type: z.literal("call"), id: callId });

/** Serves one renderer until the returned function is called, which aborts its running calls and stops its events. */
export function connect(
  transport: HostTransport,
  backend: Pick<Backend, "dispatch" | "onEvent">,
  log: Log = logToStderr,
): () => void {
  const running = new Map<number, AbortController>();
  let connected = true;

  function post(message: HostMessage): void {
    try {
      transport.send(message);
    } catch (error) {
      // A value that the transport cannot carry (a bigint, a function) is a defect of the host, not of the caller.
      const shape = toErrorShape(error, "Sending to the renderer", log);
      if (message.type === "result") refuse(message.id, shape);
    }
  }

  function refuse(id: number, error: ErrorShape): void {
    transport.send({ type: "result", id, ok: false, error });
  }

  async function answer(id: number, method: string, params: unknown): Promise<void> {
    const controller = new AbortController();
    running.set(id, controller);
    const outcome = await backend.dispatch(method, params, controller.signal);
    running.delete(id);
    if (connected) post({ type: "result", id, ...outcome });
  }

  const stopListening = transport.onMessage((incoming) => {
    const parsed = clientMessage.safeParse(incoming);
    if (!parsed.success) {
      const call = anyCall.safeParse(incoming);
      const message = `Not a message of this app: ${z.prettifyError(parsed.error)}`;
      if (call.success) refuse(call.data.id, { code: "BAD_REQUEST", message, details: {} });
      else log(message);
      return;
    }
    const { data } = parsed;
    if (data.type === "cancel") {
      running.get(data.id)?.abort();
    } else if (running.has(data.id)) {
      const message = `Call ${data.id} is still running; its id cannot be used again yet.`;
      refuse(data.id, { code: "BAD_REQUEST", message, details: {} });
    } else {
      void answer(data.id, data.method, data.params);
    }
  });
  const stopEvents = backend.onEvent((name, payload) => post({ type: "event", name, payload }));

  return () => {
    if (!connected) return;
    connected = false;
    stopListening();
    stopEvents();
    for (const controller of running.values()) controller.abort();
  };
}
