/**
 * The contract over Electron's IPC. Only the main frame of the window, while it shows the app's own origin, is heard;
 * whatever else sends is refused before its message is looked at.
 */
import type { BrowserWindow, IpcMainEvent, WebContents } from "electron";
import type { Backend } from "../backend/backend.ts";
import { connect } from "../backend/connection.ts";
import { type Log, logToStderr } from "../backend/failure.ts";
import { TO_HOST, TO_RENDERER } from "../shared/bridge.ts";
import type { HostTransport } from "../shared/wire.ts";
import { isAppUrl } from "./page-url.ts";

/** The transport to the page in `contents`, whichever document that is at the moment. */
export function createIpcTransport(contents: WebContents, log: Log = logToStderr): HostTransport {
  const { ipc } = contents;
  return {
    send(message) {
      if (!contents.isDestroyed()) contents.send(TO_RENDERER, message);
    },
    onMessage(listener) {
      const onMessage = ({ senderFrame }: IpcMainEvent, message: unknown) => {
        const trusted = senderFrame !== null && senderFrame === contents.mainFrame && isAppUrl(senderFrame.url);
        if (trusted) listener(message);
        else log(`Refused a message from ${senderFrame?.url ?? "a frame that is gone"}`);
      };
      ipc.on(TO_HOST, onMessage);
      return () => void ipc.off(TO_HOST, onMessage);
    },
  };
}

/**
 * Serves every document that `window` loads, one after the other. A reload starts anew: ids of calls begin again, so
 * nothing that the last document asked for may be answered to the next one.
 */
export function serveWindow(
  window: BrowserWindow,
  backend: Pick<Backend, "dispatch" | "onEvent">,
  log: Log = logToStderr,
): void {
  const contents = window.webContents;
  const transport = createIpcTransport(contents, log);
  let disconnect = () => {};
  contents.on("did-navigate", () => {
    disconnect();
    disconnect = connect(transport, backend, log);
  });
  contents.on("render-process-gone", () => disconnect());
  window.once("closed", () => disconnect());
}
