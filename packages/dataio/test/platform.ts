/** What systems do not have in common, for tests that are skipped where they would make no sense. The reasons are printed. */

export const isWindows = process.platform === "win32";

/** Whether the permissions of a file hold this process back: root reads and writes everything, and Windows keeps no modes. */
export const modesHold = !isWindows && process.getuid?.() !== 0;

export const NO_SIGNALS = "Windows ends a process at once, whatever it is told";
export const NO_MODES = "Windows keeps no modes of files";
export const NO_REPLACING = "Windows keeps a file in its place as long as it is open";
