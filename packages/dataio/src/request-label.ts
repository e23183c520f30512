/** What a request asks, in one line: the text by which a person knows it again. */

const LONGEST = 200;

/** Parameters that say most of what is asked, as the adapters name them. */
const NAMING = ["url", "path", "command", "uri", "endpoint", "symbol"] as const;

/** The address or path that it names, else its parameters as they are archived; shortened. Empty where there are none. */
export function requestLabel(request: {
  readonly paramsJson: string | null;
  readonly bodyJson: string | null;
}): string {
  const params = parsed(request.paramsJson);
  if (params !== null) {
    for (const name of NAMING) {
      const value = Object.hasOwn(params, name) ? params[name] : undefined;
      if (typeof value === "string" && value !== "") return short(value);
    }
  }
  const isEmpty = (text: string | null) => text === null || text === "null" || text === "{}";
  const text = isEmpty(request.paramsJson) ? request.bodyJson : request.paramsJson;
  return isEmpty(text) ? "" : short(text ?? "");
}

function parsed(text: string | null): Record<string, unknown> | null {
  if (text === null) return null;
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : null;
  } catch {
    // Python writes NaN, and hostile archives anything: the text is shown as it is.
    return null;
  }
}

function short(text: string): string {
  return text.length <= LONGEST ? text : `${text.slice(0, LONGEST - 1)}…`;
}
