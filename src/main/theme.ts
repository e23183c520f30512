/** Native parts (menus, dialogs, `prefers-color-scheme`, the window before its first paint) follow the theme setting. */
import { nativeTheme } from "electron";
import { z } from "zod";
import type { Backend } from "../backend/backend.ts";

/** The part of the settings that matters here; the backend's values are untyped at its boundary. */
const themed = z.object({ theme: z.enum(["system", "light", "dark", "contrast"]) });

/** Takes the theme from the backend now, and again whenever the settings change. */
export async function followTheme(backend: Pick<Backend, "dispatch" | "onEvent">): Promise<void> {
  const apply = (settings: unknown) => {
    const { theme } = themed.parse(settings);
    nativeTheme.themeSource = theme === "contrast" ? "system" : theme;
  };
  backend.onEvent((name, payload) => {
    if (name === "settings.changed") apply(payload);
  });
  const info = await backend.dispatch("app.info", {}, new AbortController().signal);
  if (!info.ok) throw new Error(`The settings cannot be read: ${info.error.message}`);
  apply(z.object({ settings: z.unknown() }).parse(info.value).settings);
}

/** The colour behind the page, as the page itself will paint it (`--surface` of its tokens). */
export function backgroundColor(): string {
  return nativeTheme.shouldUseDarkColors ? "#16191d" : "#ffffff";
}
