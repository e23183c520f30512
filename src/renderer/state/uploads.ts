/** Files that the browser puts to the host, which are to be sent from there. */
import { CallError } from "../../shared/client.ts";
import type { ErrorShape, SentFile } from "../../shared/contract.ts";
import { MOST_SENT, MOST_SENT_BYTES, uploadUrl } from "../../shared/upload-url.ts";
import { formatBytes } from "../format/quantities.ts";

/**
 * Puts a file to the host. The browser reads it as it goes out; the page never holds it.
 * @param onProgress hears how many bytes are gone
 * @throws CallError TOO_LARGE (nothing goes out then), CANCELLED, DISCONNECTED, and what the host refuses
 */
export function uploadFile(
  file: File,
  { signal, onProgress }: { readonly signal: AbortSignal; readonly onProgress: (done: number) => void },
): Promise<SentFile> {
  if (file.size > MOST_SENT_BYTES) {
    const limit = `At most ${MOST_SENT} are sent at once; this file has ${formatBytes(file.size)}.`;
    return Promise.reject(failed("TOO_LARGE", limit));
  }
  return new Promise((resolve, reject) => {
    // fetch says nothing of how far a body is.
    const request = new XMLHttpRequest();
    request.upload.onprogress = ({ loaded }) => onProgress(loaded);
    request.onload = () => {
      const answer: unknown = parsed(request.responseText);
      if (request.status === 200 && isFile(answer)) resolve(answer);
      else if (isShape(answer)) reject(new CallError(answer));
      else reject(failed("IO_FAILED", `The host answered ${request.status}.`));
    };
    request.onerror = () =>
      reject(failed("UPLOAD_FAILED", "The file could not be read, or the connection to the host was lost."));
    request.onabort = () => reject(failed("CANCELLED", "The upload was cancelled."));
    signal.addEventListener("abort", () => request.abort(), { once: true });
    request.open("PUT", uploadUrl(file.name));
    request.send(file);
  });
}

function failed(code: string, message: string): CallError {
  return new CallError({ code, message, details: {} });
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function isFile(value: unknown): value is SentFile {
  return typeof value === "object" && value !== null && "id" in value && "checksum" in value;
}

function isShape(value: unknown): value is ErrorShape {
  return typeof value === "object" && value !== null && "code" in value && "message" in value;
}
