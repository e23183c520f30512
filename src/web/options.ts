/** What the command line and the environment say about how the web host is to run. Reads nothing, changes nothing. */
import { posix, resolve, win32 } from "node:path";
import { parseArgs } from "node:util";

export const USAGE = `Usage: npm run serve -- [options]

Serves the app to a browser on this machine (loopback only).

  --archive DIR   open this archive at once
  --port N        listen on this port; 0, the default, takes any free one
  --read-only     refuse everything that would change an archive
  --help          print this and exit
`;

export type Invocation =
  | { readonly kind: "run"; readonly archive: string | null; readonly port: number; readonly readOnly: boolean }
  | { readonly kind: "help" }
  | { readonly kind: "wrong"; readonly reason: string };

/** Reads the arguments; a relative archive folder is resolved against the working directory. */
export function parseCommandLine(args: readonly string[]): Invocation {
  let values: { archive?: string; port?: string; "read-only"?: boolean; help?: boolean };
  try {
    const options = {
      archive: { type: "string" },
      port: { type: "string" },
      "read-only": { type: "boolean" },
      help: { type: "boolean", short: "h" },
    } as const;
    ({ values } = parseArgs({ args: [...args], options }));
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    // Node appends advice about positional arguments, of which there are none here.
    return { kind: "wrong", reason: message.split(". ", 1)[0] ?? message };
  }
  if (values.help === true) return { kind: "help" };
  if (values.archive === "") return { kind: "wrong", reason: "--archive needs a folder" };
  const port = Number(values.port ?? "0");
  if (!/^\d{1,5}$/.test(values.port ?? "0") || port > 65_535) {
    return { kind: "wrong", reason: `--port needs a number from 0 to 65535, not '${values.port}'` };
  }
  const archive = values.archive === undefined ? null : resolve(values.archive);
  return { kind: "run", archive, port, readOnly: values["read-only"] ?? false };
}

/**
 * Where settings and the sample archive live: `MXM_DATAIO_BROWSER_HOME`, else the platform's place for application data.
 * `XDG_DATA_HOME` counts only when absolute, as its specification says.
 */
export function dataDirectory(env: NodeJS.ProcessEnv, platform: NodeJS.Platform, home: string): string {
  const own = env.MXM_DATAIO_BROWSER_HOME;
  if (own) return resolve(own);
  const { isAbsolute, join } = platform === "win32" ? win32 : posix;
  const name = "mxm-dataio-browser";
  const xdg = env.XDG_DATA_HOME;
  if (xdg && isAbsolute(xdg)) return join(xdg, name);
  if (platform === "darwin") return join(home, "Library", "Application Support", name);
  if (platform === "win32") return join(env.LOCALAPPDATA || join(home, "AppData", "Local"), name);
  return join(home, ".local", "share", name);
}
