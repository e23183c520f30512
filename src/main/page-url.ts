/** The app's own origin, `app://browser`: the one place that windows show and messages may come from. */

export const SCHEME = "app";
const HOST = "browser";

/** The page that a window shows. */
export const PAGE_URL = `${SCHEME}://${HOST}/index.html`;

/** True for a URL of the app's own origin. (Node's URL knows no `origin` for schemes that it does not know.) */
export function isAppUrl(text: string): boolean {
  const url = URL.parse(text);
  return url !== null && url.protocol === `${SCHEME}:` && url.host === HOST;
}
