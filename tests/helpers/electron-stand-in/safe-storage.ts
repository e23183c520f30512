/** A keychain that hides texts from a search of the disk, as a real one does, and keeps nothing secret. */

const KEY = 0x5a;

const turned = (bytes: Buffer) => Buffer.from(bytes.map((byte) => byte ^ KEY));

export const standInSafeStorage = {
  isAsyncEncryptionAvailable: async () => true,
  getSelectedStorageBackend: () => "gnome_libsecret",
  encryptStringAsync: async (text: string) => turned(Buffer.from(text, "utf8")),
  decryptStringAsync: async (encrypted: Buffer) => ({
    shouldReEncrypt: false,
    result: turned(encrypted).toString("utf8"),
  }),
} satisfies { [K in keyof Electron.SafeStorage]?: unknown };
