/** What the backend may ask of the desktop: dialogs that choose a path and touch nothing, and the file manager. */
import { basename } from "node:path";
import { type BrowserWindow, dialog, type MessageBoxOptions, type OpenDialogOptions, shell } from "electron";
import type { HostAbilities } from "../backend/backend.ts";
import { countedJobs, namedJobs, spokenLeft } from "../backend/closing.ts";
import type { FolderPurpose } from "../backend/host.ts";
import type { Job } from "../shared/contract.ts";

export interface Dialogs
  extends Required<Pick<HostAbilities, "chooseFolder" | "chooseFile" | "chooseSaveFile" | "revealFile">> {
  /** Asks whether to quit though these jobs run. */
  confirmQuit(jobs: readonly Job[]): Promise<boolean>;
}

const FOLDER_DIALOGS: Readonly<Record<FolderPurpose, OpenDialogOptions>> = {
  open: { title: "Open archive", buttonLabel: "Open", properties: ["openDirectory"] },
  create: { title: "New archive", buttonLabel: "Create here", properties: ["openDirectory", "createDirectory"] },
  export: { title: "Export to", buttonLabel: "Choose", properties: ["openDirectory", "createDirectory"] },
  import: { title: "Import", buttonLabel: "Choose", properties: ["openDirectory"] },
};

/** Dialogs on top of `parent`, or on their own while there is no window. Null means dismissed. */
export function createDialogs(parent: () => BrowserWindow | null): Dialogs {
  const choose = async (options: OpenDialogOptions) => {
    const window = parent();
    const chosen = await (window === null ? dialog.showOpenDialog(options) : dialog.showOpenDialog(window, options));
    return chosen.canceled ? null : (chosen.filePaths[0] ?? null);
  };
  return {
    chooseFolder: (purpose) => choose(FOLDER_DIALOGS[purpose]),
    chooseFile: (endings) =>
      choose({
        title: endings.length === 0 ? "Send a file" : "Import",
        buttonLabel: "Choose",
        properties: ["openFile"],
        // Systems filter by what stands after the last dot.
        filters:
          endings.length === 0
            ? []
            : [{ name: endings.join(", "), extensions: endings.map((ending) => ending.split(".").at(-1) ?? "*") }],
      }),
    async chooseSaveFile(suggestedName) {
      const window = parent();
      // The name comes from an archive: only its last part, so that it cannot choose a folder.
      const options = { title: "Save", defaultPath: basename(suggestedName) };
      const chosen = await (window === null ? dialog.showSaveDialog(options) : dialog.showSaveDialog(window, options));
      return chosen.canceled || chosen.filePath === "" ? null : chosen.filePath;
    },
    revealFile(path) {
      shell.showItemInFolder(path);
    },
    async confirmQuit(jobs) {
      const window = parent();
      const options: MessageBoxOptions = {
        type: "question",
        message: countedJobs(jobs),
        detail: `${namedJobs(jobs)}. Quitting cancels ${jobs.length === 1 ? "it" : "them"}${spokenLeft(jobs)}.`,
        buttons: ["Keep running", "Quit anyway"],
        defaultId: 0,
        cancelId: 0,
        noLink: true,
      };
      const answer = await (window === null ? dialog.showMessageBox(options) : dialog.showMessageBox(window, options));
      return answer.response === 1;
    },
  };
}
