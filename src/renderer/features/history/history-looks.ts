/** How a change is told: a word, a sign and a tone, never the colour alone. */
import type { HistoryChange } from "../../../shared/contract.ts";
import type { Tone } from "../requests/statuses.ts";

export interface ChangeLook {
  readonly word: string;
  readonly mark: "diamond" | "ring" | "dot" | "none";
  readonly tone: Tone;
  readonly explanation: string;
}

export function changeLook(change: HistoryChange): ChangeLook {
  switch (change) {
    case "first":
      return {
        word: "first",
        mark: "dot",
        tone: "accent",
        explanation: "Nothing earlier of this status to compare with.",
      };
    case "changed":
      return {
        word: "changed",
        mark: "diamond",
        tone: "accent",
        explanation: "Other bytes than the response of this status before it.",
      };
    case "unchanged":
      return {
        word: "same",
        mark: "ring",
        tone: "muted",
        explanation: "The same bytes as the response of this status before it.",
      };
    case "unknown":
      return { word: "unknown", mark: "none", tone: "doubt", explanation: "The row has no checksum to compare by." };
  }
}
