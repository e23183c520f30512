/** Payload bytes as text. */

export interface DecodedText {
  readonly text: string;
  /** True when some bytes are no UTF-8 and stand as U+FFFD in the text. */
  readonly invalid: boolean;
}

/**
 * Decodes UTF-8. A byte order mark stays in the text. With `cut` the bytes end somewhere inside the payload, so a
 * character that is incomplete at the very end is left out and is no fault.
 */
export function decodeUtf8(bytes: Uint8Array, cut: boolean): DecodedText {
  const read = (fatal: boolean) => new TextDecoder("utf-8", { fatal, ignoreBOM: true }).decode(bytes, { stream: cut });
  try {
    return { text: read(true), invalid: false };
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    return { text: read(false), invalid: true };
  }
}
