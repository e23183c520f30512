/** The forms in which the host writes archived requests for other tools, as people know them. */
import type { SnippetForm } from "../../shared/contract.ts";

export interface CopyForm {
  readonly id: SnippetForm;
  readonly label: string;
  /** How a file of it ends. */
  readonly ending: string;
}

export const COPY_FORMS: readonly CopyForm[] = [
  { id: "curl", label: "curl", ending: ".sh" },
  { id: "fetch", label: "JavaScript fetch", ending: ".mjs" },
  { id: "requests", label: "Python requests", ending: ".py" },
  { id: "dataio", label: "dataio command", ending: ".sh" },
];
