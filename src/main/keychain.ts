/** The system's keychain, by way of Electron: what it encrypts, only this person on this machine can read. */
import { safeStorage } from "electron";
import type { Keychain } from "../backend/host.ts";

export function createKeychain(platform: string): Keychain {
  return {
    async isUsable() {
      if (!(await safeStorage.isAsyncEncryptionAvailable())) return false;
      // Without a keyring Linux has a key that everyone knows.
      return platform !== "linux" || safeStorage.getSelectedStorageBackend() !== "basic_text";
    },
    encrypt: (text) => safeStorage.encryptStringAsync(text),
    async decrypt(bytes) {
      const { result } = await safeStorage.decryptStringAsync(Buffer.from(bytes));
      return result;
    },
  };
}
