/** What the words in the status and integrity columns mean: a tone and an icon beside the word, never colour alone. */
import type { PayloadState } from "../../../shared/contract.ts";

export type Tone = "good" | "doubt" | "bad" | "accent" | "muted";
export type Sign =
  | "check"
  | "cross"
  | "alert"
  | "dashed"
  | "recycle"
  | "partial"
  | "stream"
  | "unknown"
  | "shield"
  | "absent"
  | "running"
  | "stopped"
  | "changed";

export interface StatusLook {
  readonly tone: Tone;
  readonly sign: Sign;
}

const LOOKS: Readonly<Record<string, StatusLook>> = {
  ok: { tone: "good", sign: "check" },
  ack: { tone: "good", sign: "check" },
  error: { tone: "bad", sign: "cross" },
  nack: { tone: "bad", sign: "cross" },
  failed: { tone: "bad", sign: "alert" },
  cancelled: { tone: "muted", sign: "dashed" },
  partial: { tone: "doubt", sign: "partial" },
  "no response": { tone: "doubt", sign: "dashed" },
  reused: { tone: "accent", sign: "recycle" },
  stream_open: { tone: "muted", sign: "stream" },
  stream_message: { tone: "muted", sign: "stream" },
  stream_closed: { tone: "muted", sign: "stream" },
};

/** How a status is drawn; archives hold words that nobody knows. */
export function statusLook(status: string): StatusLook {
  return (Object.hasOwn(LOOKS, status) ? LOOKS[status] : undefined) ?? { tone: "muted", sign: "unknown" };
}

export interface IntegrityLook extends StatusLook {
  readonly word: string;
  readonly explanation: string;
}

export function integrityLook(state: PayloadState): IntegrityLook {
  switch (state) {
    case "ok":
      return { tone: "good", sign: "shield", word: "verified", explanation: "The bytes on disk match their checksum." };
    case "corrupt":
      return {
        tone: "bad",
        sign: "alert",
        word: "corrupt",
        explanation: "The bytes on disk do not match their checksum.",
      };
    case "missing":
      return {
        tone: "bad",
        sign: "absent",
        word: "missing",
        explanation: "The row points to a payload that is not there.",
      };
    case "unaddressable":
      return { tone: "doubt", sign: "unknown", word: "no address", explanation: "The row holds no usable checksum." };
    case "unchecked":
      return { tone: "muted", sign: "dashed", word: "not checked", explanation: "Too large to be hashed for a list." };
    case "none":
      return { tone: "muted", sign: "dashed", word: "", explanation: "There is no payload by nature." };
  }
}
