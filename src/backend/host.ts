/**
 * What a host can do that only a host can: native dialogs. Everything else the backend does itself.
 */
import type { Params } from "../shared/contract.ts";

export type FolderPurpose = Params<"host.chooseFolder">["purpose"];

export interface HostAbilities {
  readonly kind: "desktop" | "web";
  /** Asks for a folder; null when dismissed. Absent where there are no native dialogs. */
  chooseFolder?(purpose: FolderPurpose): Promise<string | null>;
  /** Asks for a file that ends in one of these, any file without one; null when dismissed. */
  chooseFile?(endings: readonly string[]): Promise<string | null>;
  /** Asks where to save; null when dismissed. */
  chooseSaveFile?(suggestedName: string): Promise<string | null>;
  /** Shows a file or folder in the file manager. */
  revealFile?(path: string): void;
  /** The system's keychain; absent where there is none, or none that keeps anything secret. */
  readonly keychain?: Keychain;
}

/** Encrypts for the person who is logged in. */
export interface Keychain {
  /** False where what it encrypts would be no secret. May ask the person. */
  isUsable(): Promise<boolean>;
  encrypt(text: string): Promise<Uint8Array>;
  /** @throws for what was encrypted by another person or on another machine */
  decrypt(bytes: Uint8Array): Promise<string>;
}
