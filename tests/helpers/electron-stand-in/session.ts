/** Permissions: what the app's handlers allow is granted to the page when it is loaded, and nothing else. */
import type { BrowserContext } from "playwright";

type CheckHandler = Exclude<Parameters<Electron.Session["setPermissionCheckHandler"]>[0], null>;
type RequestHandler = Exclude<Parameters<Electron.Session["setPermissionRequestHandler"]>[0], null>;
type Offered = Pick<Electron.Session, "setPermissionCheckHandler" | "setPermissionRequestHandler">;

/** Electron's names of permissions that a test could try, and the driver's. */
const PERMISSIONS = [
  ["clipboard-read", "clipboard-read"],
  ["clipboard-sanitized-write", "clipboard-write"],
  ["geolocation", "geolocation"],
  ["midi", "midi"],
  ["notifications", "notifications"],
  ["media", "camera"],
  ["media", "microphone"],
] as const;

export class StandInSession implements Offered {
  #check: CheckHandler | null = null;
  #request: RequestHandler | null = null;

  setPermissionCheckHandler(handler: CheckHandler | null): void {
    this.#check = handler;
  }

  /** Only whether there is one counts: what the check refuses is then taken to be refused when it is asked for, too. */
  setPermissionRequestHandler(handler: RequestHandler | null): void {
    this.#request = handler;
  }

  /** Grants what the handlers allow to the main frame at `url`, which is loaded from the loopback `origin`. */
  async grant(context: BrowserContext, url: string, origin: string): Promise<void> {
    const granted = PERMISSIONS.filter(([permission]) => this.#isAllowed(permission, url)).map(([, name]) => name);
    await context.grantPermissions(granted, { origin });
  }

  #isAllowed(permission: (typeof PERMISSIONS)[number][0], requestingUrl: string): boolean {
    // Like Electron, which allows what no handler forbids: first the check is asked, and after its no the request.
    const origin = `${new URL(requestingUrl).protocol}//${new URL(requestingUrl).host}/`;
    const facts = { isMainFrame: true, requestingUrl };
    if (this.#check === null || this.#check(null, permission, origin, facts)) return true;
    return this.#request === null;
  }
}
