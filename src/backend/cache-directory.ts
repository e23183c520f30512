/** Where both hosts keep what can be made anew: indexes of archives. Reads nothing, changes nothing. */
import { posix, resolve, win32 } from "node:path";

/**
 * The folder: `derived` in `MXM_DATAIO_BROWSER_HOME` (where Chromium has a `Cache` of its own), else the platform's place.
 * `XDG_CACHE_HOME` counts only when absolute, as its specification says.
 */
export function cacheDirectory(env: NodeJS.ProcessEnv, platform: NodeJS.Platform, home: string): string {
  const own = env.MXM_DATAIO_BROWSER_HOME;
  if (own) return resolve(own, "derived");
  const { isAbsolute, join } = platform === "win32" ? win32 : posix;
  const name = "mxm-dataio-browser";
  const xdg = env.XDG_CACHE_HOME;
  if (xdg && isAbsolute(xdg)) return join(xdg, name);
  if (platform === "darwin") return join(home, "Library", "Caches", name);
  if (platform === "win32") return join(env.LOCALAPPDATA || join(home, "AppData", "Local"), name, "Cache");
  return join(home, ".cache", name);
}
