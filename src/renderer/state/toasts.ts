/** Short messages that come and go. */
import { Toast } from "@base-ui/react/toast";
import type { ErrorShape } from "../../shared/contract.ts";
import { visibleText } from "../format/visible-text.ts";

export interface ToastAction {
  readonly label: string;
  run(): void;
  /** True when the toast waits for an answer, rather than leading to what it speaks of. */
  readonly stays?: boolean;
}

export interface Toasts {
  /** What the toast viewport listens to. */
  readonly manager: ReturnType<typeof Toast.createToastManager>;
  done(title: string, description?: string, action?: ToastAction): void;
  failed(title: string, error: ErrorShape, action?: ToastAction): void;
}

const DONE_MS = 5000;
/** Long enough to go there. */
const LINKED_MS = 10_000;
/** Long enough to read twice; errors that must not be missed have a place of their own. */
const FAILED_MS = 12_000;

export function createToasts(): Toasts {
  const manager = Toast.createToastManager();
  const add = (type: string, title: string, description: string, duration: number, action?: ToastAction) => {
    const id = manager.add({
      type,
      title,
      description: visibleText(description),
      timeout: action?.stays === true ? 0 : duration,
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
  };
  return {
    manager,
    done: (title, description = "", action) => add("done", title, description, action ? LINKED_MS : DONE_MS, action),
    failed: (title, error, action) => add("failed", title, error.message, FAILED_MS, action),
  };
}
