/** The module that `electron` names in a process with a stand-in. What the app may import is what is exported here. */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import packageJson from "../../../package.json" with { type: "json" };
import { serveControl } from "./control.ts";
import { readSettings } from "./settings.ts";
import { StandIn } from "./stand-in.ts";

const { executablePath, colorScheme, workArea } = readSettings(process.env);
const standIn = new StandIn({
  executablePath,
  colorScheme,
  workArea,
  version: packageJson.version,
  profileDirectory(paths) {
    const directory = join(paths.getPath("userData"), "stand-in-profile");
    mkdirSync(directory, { recursive: true });
    return directory;
  },
  exited: (exitCode) => process.exit(exitCode),
});

export const { app, BrowserWindow, dialog, Menu, nativeTheme, protocol, screen, session, shell } = standIn.electron;

// The app is the first plain argument, as when Electron's own executable is started with it.
Object.defineProperty(process, "defaultApp", { value: true });
for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => app.quit());
serveControl(standIn);
