/** Reads payload bytes by range. Never more than was asked for is held, whatever the host answers. */
import { CallError } from "../../shared/client.ts";

/** What text and JSON views read of a payload. */
export const TEXT_WINDOW = 1024 * 1024;
/** What the hex view reads at a time. */
export const HEX_PAGE = 64 * 1024;

/**
 * At most `length` bytes from `start` on; fewer at the end of the payload.
 *
 * @throws CallError PAYLOAD_MISSING, PAYLOAD_CORRUPT, DISCONNECTED, or IO_FAILED for any other answer.
 */
export async function readRange(
  url: string,
  start: number,
  length: number,
  signal: AbortSignal,
): Promise<Uint8Array<ArrayBuffer>> {
  const answer = await ask(url, start, length, signal);
  // 416: there is nothing from `start` on.
  if (answer.status === 416) return new Uint8Array();
  if (answer.status !== 200 && answer.status !== 206) throw await refusal(answer);
  const skip = answer.status === 206 ? 0 : start;
  const bytes = await readUpTo(answer, skip + length);
  return bytes.subarray(skip);
}

async function ask(url: string, start: number, length: number, signal: AbortSignal): Promise<Response> {
  try {
    return await fetch(url, { headers: { range: `bytes=${start}-${start + length - 1}` }, cache: "no-store", signal });
  } catch (error) {
    if (signal.aborted) throw error;
    throw new CallError({ code: "DISCONNECTED", message: "The host cannot be reached right now.", details: {} });
  }
}

async function readUpTo(answer: Response, most: number): Promise<Uint8Array<ArrayBuffer>> {
  const reader = answer.body?.getReader();
  if (reader === undefined) return new Uint8Array();
  const chunks: Uint8Array[] = [];
  let size = 0;
  while (size < most) {
    const { done, value } = await reader.read();
    if (done) break;
    chunks.push(value);
    size += value.length;
  }
  await reader.cancel();
  const bytes = new Uint8Array(size);
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return bytes.subarray(0, most);
}

async function refusal(answer: Response): Promise<CallError> {
  if (answer.status === 404) {
    return new CallError({
      code: "PAYLOAD_MISSING",
      message: "The payload is not in the archive any more.",
      details: {},
    });
  }
  if (answer.status === 409) {
    return new CallError({ code: "PAYLOAD_CORRUPT", message: "The payload does not match its checksum.", details: {} });
  }
  return new CallError({ code: "IO_FAILED", message: `The host answered ${answer.status}.`, details: {} });
}
