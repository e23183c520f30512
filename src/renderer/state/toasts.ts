/** Short messages that come and go. */
import { Toast } from "@base-ui/react/toast";
import type { ErrorShape } from "../../shared/contract.ts";
import { visibleText } from "../format/visible-text.ts";

export interface ToastAction {
  readonly label: string;
  run(): void;
}

export interface Toasts {
  /** What the toast viewport listens to. */
  readonly manager: ReturnType<typeof Toast.createToastManager>;
  done(title: string, description?: string): void;
  failed(title: string, error: ErrorShape, action?: ToastAction): void;
}

const DONE_MS = 5000;
/** Long enough to read twice; errors that must not be missed have a place of their own. */
const FAILED_MS = 12_000;

export function createToasts(): Toasts {
  const manager = Toast.createToastManager();
  return {
    manager,
    done(title, description = "") {
      manager.add({ type: "done", title, description: visibleText(description), timeout: DONE_MS });
    },
    failed(title, error, action) {
      const id = manager.add({
        type: "failed",
        title,
        description: visibleText(error.message),
        // What offers something to do stays until it was answered.
        timeout: action === undefined ? FAILED_MS : 0,
        ...(action === undefined
          ? {}
          : {
              actionProps: {
                children: action.label,
                onClick: () => {
                  manager.close(id);
                  action.run();
                },
              },
            }),
      });
    },
  };
}
