/** Asks a streaming adapter without a session, and keeps what it gives. */
import { type AdapterRequest, adapterRequest } from "../src/adapters/adapter.ts";
import type { AdapterResult } from "../src/index.ts";

interface Streaming {
  stream(request: AdapterRequest, context: { readonly signal: AbortSignal }): AsyncIterable<AdapterResult>;
}

/** What the adapter gave, the messages of it as text, and what it threw in the end. */
export interface Streamed {
  readonly given: readonly AdapterResult[];
  readonly messages: readonly string[];
  readonly error: unknown;
}

/** What an adapter is asked for a stream. */
export function subscription(params: unknown, body?: unknown): AdapterRequest {
  return adapterRequest({
    kind: "k",
    method: "SUBSCRIBE",
    paramsJson: JSON.stringify(params),
    bodyJson: body === undefined ? null : JSON.stringify(body),
  });
}

/** Streams with these params until the adapter ends, fails or is cancelled. */
export async function streamed(
  adapter: Streaming,
  params: unknown,
  { signal = new AbortController().signal, body }: { signal?: AbortSignal; body?: unknown } = {},
): Promise<Streamed> {
  const given: AdapterResult[] = [];
  let error: unknown;
  try {
    for await (const result of adapter.stream(subscription(params, body), { signal })) given.push(result);
  } catch (thrown) {
    error = thrown;
  }
  const messages = given.filter(({ status }) => status === undefined).map(({ data }) => Buffer.from(data).toString());
  return { given, messages, error };
}
