import { Toast } from "@base-ui/react/toast";
import { Tooltip } from "@base-ui/react/tooltip";
import { StrictMode, useEffect } from "react";
import { createRoot } from "react-dom/client";
import { createClient } from "../shared/client.ts";
import { ToastViewport } from "./components/toast-viewport.tsx";
import { runCommand } from "./features/commands/command-table.ts";
import { Window } from "./features/window/window.tsx";
import { syncAddress } from "./state/address-sync.ts";
import { type App, createApp } from "./state/app.ts";
import { AppContext } from "./state/context.ts";
import { createTransport, hasBridge } from "./transport.ts";
import "./styles/tokens.css";
import "./styles/base.css";

const LAST_PATH = "dataio.last-archive";

function Root({ app }: { readonly app: App }) {
  // In a window of its own nobody sees an address; there it would only be one more place to come in by.
  useEffect(() => (hasBridge(window) ? undefined : syncAddress(app, window)), [app]);
  useEffect(() => app.start(), [app]);
  useEffect(() => {
    window.addEventListener("pagehide", app.leave);
    return () => window.removeEventListener("pagehide", app.leave);
  }, [app]);
  return (
    <AppContext value={app}>
      <Tooltip.Provider>
        <Toast.Provider toastManager={app.toasts.manager} limit={4}>
          <Window />
          <ToastViewport />
        </Toast.Provider>
      </Tooltip.Provider>
    </AppContext>
  );
}

const place = document.getElementById("root");
if (place === null) throw new Error("The page has no root element");
const lastPath = {
  read: () => sessionStorage.getItem(LAST_PATH),
  write: (path: string) => sessionStorage.setItem(LAST_PATH, path),
};
const app = createApp(createClient(createTransport(window)), lastPath, runCommand);
createRoot(place).render(
  <StrictMode>
    <Root app={app} />
  </StrictMode>,
);
