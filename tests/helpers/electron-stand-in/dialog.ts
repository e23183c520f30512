/** Dialogs that wait for a test to answer them, before or after they are shown. */

export interface ShownDialog {
  readonly kind: "folder" | "save" | "message" | "error";
  /** The options that the app gave, as JSON has them. */
  readonly options: unknown;
}

/** Answers that are waiting for their question, or questions for their answer. */
class Answers<T> {
  readonly #answers: T[] = [];
  readonly #waiting: ((answer: T) => void)[] = [];

  give(answer: T): void {
    const first = this.#waiting.shift();
    if (first === undefined) this.#answers.push(answer);
    else first(answer);
  }

  take(): Promise<T> {
    const [first] = this.#answers.splice(0, 1);
    return first === undefined ? new Promise((resolve) => this.#waiting.push(resolve)) : Promise.resolve(first);
  }
}

type OpenResult = Electron.OpenDialogReturnValue;
type SaveResult = Electron.SaveDialogReturnValue;
type MessageResult = Electron.MessageBoxReturnValue;

export class StandInDialogs {
  readonly shown: ShownDialog[] = [];
  readonly #folders = new Answers<{ readonly path: string | null }>();
  readonly #saves = new Answers<{ readonly path: string | null }>();
  readonly #messages = new Answers<{ readonly button: number }>();

  /** Electron's `dialog`. The window comes first where there is one. */
  readonly dialog = {
    showOpenDialog: async (...shown: unknown[]): Promise<OpenResult> => {
      const { path } = await this.#ask("folder", shown, this.#folders);
      return { canceled: path === null, filePaths: path === null ? [] : [path] };
    },
    showSaveDialog: async (...shown: unknown[]): Promise<SaveResult> => {
      const { path } = await this.#ask("save", shown, this.#saves);
      return { canceled: path === null, filePath: path ?? "" };
    },
    showMessageBox: async (...shown: unknown[]): Promise<MessageResult> => {
      const { button } = await this.#ask("message", shown, this.#messages);
      return { response: button, checkboxChecked: false };
    },
    showErrorBox: (title: string, content: string): void => {
      this.shown.push({ kind: "error", options: { title, content } });
      console.error(`${title}: ${content}`);
    },
  } satisfies Pick<Electron.Dialog, "showOpenDialog" | "showSaveDialog" | "showMessageBox" | "showErrorBox">;

  answerFolder(path: string | null): void {
    this.#folders.give({ path });
  }

  answerSave(path: string | null): void {
    this.#saves.give({ path });
  }

  /** Presses the button of this index in the next message box. */
  answerMessage(button: number): void {
    this.#messages.give({ button });
  }

  #ask<T>(kind: ShownDialog["kind"], shown: readonly unknown[], answers: Answers<T>): Promise<T> {
    this.shown.push({ kind, options: shown.at(-1) });
    return answers.take();
  }
}
