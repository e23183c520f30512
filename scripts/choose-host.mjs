/** Which of the two hosts `npm start` opens. Pure: what is there is found out by others. */

/** True when a window could be shown: always on macOS and Windows, elsewhere with an X11 or Wayland display. */
export function hasDisplay(platform, env) {
  if (platform === "darwin" || platform === "win32") return true;
  return Boolean(env.DISPLAY || env.WAYLAND_DISPLAY);
}

/**
 * Why Chromium would end rather than show a page without its sandbox, in a few words; null where it has one. On Linux it needs
 * namespaces of its own, or a helper that belongs to root, and root itself gets none.
 */
export function sandboxProblem(platform, { isRoot, hasNamespaces, hasHelper }) {
  if (platform !== "linux") return null;
  if (isRoot) return "it does not run as root";
  return hasNamespaces || hasHelper ? null : "this system keeps from it the namespaces that its sandbox is made of";
}

/**
 * The host to open. `electron` is `present`, `downloadable` (not there, and a download has not been tried yet) or
 * `absent`, with what went wrong as `problem`; `unsafe` is what {@link sandboxProblem} says. A web host comes with the reason
 * in one line for people.
 */
export function chooseHost({ electron, problem, display, unsafe = null }) {
  if (!display) return { host: "web", reason: "No display here: serving the app to a browser instead." };
  if (unsafe !== null) {
    return { host: "web", reason: `Electron opens no window here (${unsafe}): serving the app to a browser instead.` };
  }
  if (electron !== "absent") return { host: "desktop", download: electron === "downloadable" };
  return {
    host: "web",
    reason: `Electron's runtime is not installed and could not be downloaded (${problem}): serving the app to a browser instead.`,
  };
}
