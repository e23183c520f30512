/**
 * What a host can do that only a host can: native dialogs. Everything else the backend does itself.
 */
import type { Params } from "../shared/contract.ts";

export type FolderPurpose = Params<"host.chooseFolder">["purpose"];

export interface HostAbilities {
  readonly kind: "desktop" | "web";
  /** Asks for a folder; null when dismissed. Absent where there are no native dialogs. */
  chooseFolder?(purpose: FolderPurpose): Promise<string | null>;
  /** Asks for a file that ends in one of these; null when dismissed. */
  chooseFile?(endings: readonly string[]): Promise<string | null>;
  /** Asks where to save; null when dismissed. */
  chooseSaveFile?(suggestedName: string): Promise<string | null>;
  /** Shows a file or folder in the system's file manager. */
  reveal?(path: string): void;
}
