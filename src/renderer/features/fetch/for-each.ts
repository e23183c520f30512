/** One request for each of many values: `{{value}}` stands for the value in kind, params and body. */
import type { RequestDraft } from "./draft.ts";

/** The most requests of one session. */
export const MOST_REQUESTS = 10_000;

const PLACE = "{{value}}";
const RANGE = /^(\d{4}-\d{2}-\d{2})\s*\.\.\s*(\d{4}-\d{2}-\d{2})$/;
const DAY_MS = 86_400_000;

/** The values of a text: one a line, where `2026-03-01..2026-03-31` is every day of it. At most one more than can be used. */
export function eachValues(text: string): string[] {
  const values: string[] = [];
  for (const line of text.split("\n").map((one) => one.trim())) {
    if (line === "") continue;
    const range = RANGE.exec(line);
    const [first, last] = [Date.parse(range?.[1] ?? ""), Date.parse(range?.[2] ?? "")];
    if (Number.isNaN(first) || Number.isNaN(last)) values.push(line);
    else
      for (let day = first; day <= last; day += DAY_MS) {
        values.push(new Date(day).toISOString().slice(0, 10));
        if (values.length > MOST_REQUESTS) return values;
      }
    if (values.length > MOST_REQUESTS) return values;
  }
  return values;
}

/** Whether a request has a place for a value. */
export function hasPlace({ kind, paramsJson, bodyJson }: RequestDraft): boolean {
  return [kind, paramsJson, bodyJson].some((text) => text.includes(PLACE));
}

/** The request once for each value, texts within JSON escaped as JSON; itself alone where there are no values. */
export function forEach(request: RequestDraft, values: readonly string[]): RequestDraft[] {
  if (values.length === 0) return [request];
  return values.map((value) => {
    const escaped = JSON.stringify(value).slice(1, -1);
    const put = (text: string, what: string) => text.split(PLACE).join(what);
    return {
      ...request,
      kind: put(request.kind, value),
      paramsJson: put(request.paramsJson, escaped),
      bodyJson: put(request.bodyJson, escaped),
    };
  });
}
