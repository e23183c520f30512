/** Which of the two hosts `npm start` opens. Pure: what is there is found out by others. */

/** True when a window could be shown: always on macOS and Windows, elsewhere with an X11 or Wayland display. */
export function hasDisplay(platform, env) {
  if (platform === "darwin" || platform === "win32") return true;
  return Boolean(env.DISPLAY || env.WAYLAND_DISPLAY);
}

/**
 * The host to open. `electron` is `present`, `downloadable` (not there, and a download has not been tried yet) or
 * `absent`, with what went wrong as `problem`. A web host comes with the reason in one line for people.
 */
export function chooseHost({ electron, problem, display }) {
  if (!display) return { host: "web", reason: "No display here: serving the app to a browser instead." };
  if (electron !== "absent") return { host: "desktop", download: electron === "downloadable" };
  return {
    host: "web",
    reason: `Electron's runtime is not installed and could not be downloaded (${problem}): serving the app to a browser instead.`,
  };
}
