/** How people name media types: `json`, `image`, `text/csv`. Pure. */

/** True for the type itself, its family, and what it is called behind the slash. Both in lower case. */
export function isTypeNamed(type: string, name: string): boolean {
  if (type === name) return true;
  if (!type.includes("/")) return false;
  const [family = "", kind = ""] = type.split("/");
  return family === name || kind === name || kind.endsWith(`+${name}`) || kind === `x-${name}`;
}
