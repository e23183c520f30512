import { Dialog } from "@base-ui/react/dialog";
import { X } from "lucide-react";
import { type KeyboardEvent, type ReactNode, useRef } from "react";
import "./modal.css";

export interface ModalProps {
  readonly title: string;
  readonly description?: ReactNode;
  readonly size?: "small" | "medium" | "large";
  readonly footer: ReactNode;
  /** Selects what has the keyboard first. */
  readonly focusFirst: string;
  readonly onClose: () => void;
  readonly onKeyDown?: (event: KeyboardEvent) => void;
  readonly children?: ReactNode;
}

/** A dialog over the whole window. Escape and the cross close it; a click beside it does not, so no work is lost. */
export function Modal({
  title,
  description,
  size = "small",
  footer,
  focusFirst,
  onClose,
  onKeyDown,
  children,
}: ModalProps) {
  const popup = useRef<HTMLDivElement>(null);
  return (
    <Dialog.Root open onOpenChange={(open) => !open && onClose()} disablePointerDismissal>
      <Dialog.Portal>
        {/* Over another dialog as well, which would look as if one could work in it. */}
        <Dialog.Backdrop className="modal-scrim" forceRender />
        <Dialog.Popup
          ref={popup}
          className={`modal modal-${size}`}
          initialFocus={() => popup.current?.querySelector<HTMLElement>(focusFirst) ?? true}
          onKeyDown={onKeyDown}
        >
          <header className="modal-head">
            <Dialog.Title className="modal-title">{title}</Dialog.Title>
            <Dialog.Close className="button button-quiet button-icon" aria-label="Close">
              <X size={16} />
            </Dialog.Close>
          </header>
          {description !== undefined && <Dialog.Description className="modal-text">{description}</Dialog.Description>}
          {children !== undefined && <div className="modal-body">{children}</div>}
          <footer className="modal-foot">{footer}</footer>
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  );
}
