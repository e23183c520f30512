/**
 * The envelopes that travel between a renderer and its host. Requests carry an id that the caller chose; everything
 * else is told by `type`.
 */
import type { ErrorShape } from "./contract.ts";

/** Renderer to host. `method` and `params` are unchecked until the dispatcher has seen them. */
export type ClientMessage =
  | { readonly type: "call"; readonly id: number; readonly method: string; readonly params: unknown }
  | { readonly type: "cancel"; readonly id: number };

/** Host to renderer. */
export type HostMessage =
  | { readonly type: "result"; readonly id: number; readonly ok: true; readonly value: unknown }
  | { readonly type: "result"; readonly id: number; readonly ok: false; readonly error: ErrorShape }
  | { readonly type: "event"; readonly name: string; readonly payload: unknown }
  /** Told by the renderer's own transport when its connection goes or comes back; never sent by a host. */
  | { readonly type: "link"; readonly state: "up" | "down" };

/** One end of a connection: send a message, hear the other side's. Returns a function that stops listening. */
export interface Transport<Outgoing, Incoming> {
  send(message: Outgoing): void;
  onMessage(listener: (message: Incoming) => void): () => void;
}
export type ClientTransport = Transport<ClientMessage, HostMessage>;
/** A host hears anything at all: its messages come from outside. */
export type HostTransport = Transport<HostMessage, unknown>;
