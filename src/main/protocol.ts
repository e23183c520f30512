/**
 * `app://browser/…`: the renderer's files and payload bytes, answered by the backend. No other host of the scheme exists,
 * and nothing is read from `file:`.
 */
import { protocol } from "electron";
import { isAppUrl, SCHEME } from "./page-url.ts";

/** Gives the scheme what a web origin has: relative URLs, a secure context, fetch and streams. Only before `ready`. */
export function registerAppScheme(): void {
  const privileges = { standard: true, secure: true, supportFetchAPI: true, stream: true };
  protocol.registerSchemesAsPrivileged([{ scheme: SCHEME, privileges }]);
}

/** Answers the app's origin with `assets`, and 404 for the rest of the scheme. Only after `ready`. */
export function serveApp(assets: (request: Request) => Promise<Response>): void {
  protocol.handle(SCHEME, (request) => (isAppUrl(request.url) ? assets(request) : new Response(null, { status: 404 })));
}
