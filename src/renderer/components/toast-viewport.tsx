import { Toast } from "@base-ui/react/toast";
import { CircleAlert, CircleCheck, X } from "lucide-react";
import "./toast-viewport.css";

/** Shows the toasts of the manager that the surrounding provider was given. */
export function ToastViewport() {
  return (
    <Toast.Portal>
      <Toast.Viewport className="toasts">
        <ToastList />
      </Toast.Viewport>
    </Toast.Portal>
  );
}

function ToastList() {
  const { toasts } = Toast.useToastManager();
  return toasts.map((toast) => (
    <Toast.Root key={toast.id} toast={toast} className="toast">
      {toast.type === "failed" ? (
        <CircleAlert size={16} className="tone-bad" aria-hidden />
      ) : (
        <CircleCheck size={16} className="tone-good" aria-hidden />
      )}
      <Toast.Content className="toast-content">
        <Toast.Title className="toast-title" />
        <Toast.Description className="toast-description" />
      </Toast.Content>
      {toast.actionProps !== undefined && <Toast.Action className="button button-plain toast-action" />}
      <Toast.Close className="button button-quiet button-icon" aria-label="Dismiss">
        <X size={14} />
      </Toast.Close>
    </Toast.Root>
  ));
}
