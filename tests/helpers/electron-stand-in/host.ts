/** What the parts of one stand-in share. */
import type { ChromiumRuntime } from "./chromium-runtime.ts";
import type { StandInNativeTheme } from "./native-theme.ts";
import type { SchemeServer } from "./scheme-server.ts";
import type { StandInSession } from "./session.ts";

export interface StandInHost {
  readonly chromium: ChromiumRuntime;
  readonly server: SchemeServer;
  readonly nativeTheme: StandInNativeTheme;
  readonly session: StandInSession;
  /** The size of the only display, without the system's own bar. */
  readonly workArea: Electron.Rectangle;
  /** Hears that the last window is gone. */
  allWindowsClosed(): void;
  /** Hears what went wrong in a page. */
  problem(text: string): void;
}
