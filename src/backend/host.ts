/**
 * What a host can do that only a host can: native dialogs. Everything else the backend does itself.
 */
export interface HostAbilities {
  readonly kind: "desktop" | "web";
  /** Asks for a folder; null when dismissed. Absent where there are no native dialogs. */
  chooseFolder?(purpose: "open" | "create"): Promise<string | null>;
  /** Asks where to save; null when dismissed. */
  chooseSaveFile?(suggestedName: string): Promise<string | null>;
  /** Shows a file in the file manager. */
  revealFile?(path: string): void;
}
