import { useEffect } from "react";
import type { App } from "../../state/app.ts";
import { goToId, idIn } from "../../state/finding.ts";

/** An id, hash or checksum that is pasted beside all fields is one to go to. */
export function usePastedId(app: App): void {
  useEffect(() => {
    const onPaste = (event: ClipboardEvent) => {
      const inField =
        event.target instanceof Element && event.target.closest("input, textarea, [contenteditable=true]") !== null;
      if (inField || app.ui.getState().dialog.kind !== "none" || app.archives.getState().archive === null) return;
      const id = idIn(event.clipboardData?.getData("text/plain") ?? "");
      if (id !== null) goToId(app, id);
    };
    window.addEventListener("paste", onPaste);
    return () => window.removeEventListener("paste", onPaste);
  }, [app]);
}
