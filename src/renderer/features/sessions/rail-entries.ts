/** The rail's lines: sessions under the day they started. */
import type { SessionSummary } from "../../../shared/contract.ts";
import { dayLabel, type TimeZone, timeParts } from "../../format/times.ts";

export type RailEntry =
  | { readonly kind: "all" }
  | { readonly kind: "day"; readonly label: string }
  | { readonly kind: "session"; readonly session: SessionSummary };

/**
 * All lines in order. Days stand in the order in which their first session comes; sessions whose start is no timestamp
 * come last, under a heading that says so. `today` (YYYY-MM-DD) is in the same zone.
 */
export function railEntries(sessions: readonly SessionSummary[], zone: TimeZone, today: string): RailEntry[] {
  const days = new Map<string, SessionSummary[]>();
  const unknown: SessionSummary[] = [];
  for (const session of sessions) {
    const day = timeParts(session.startedAt, zone)?.day ?? session.day;
    if (day === null) unknown.push(session);
    else days.set(day, [...(days.get(day) ?? []), session]);
  }
  const entries: RailEntry[] = [{ kind: "all" }];
  const group = (label: string, members: readonly SessionSummary[]) => {
    entries.push({ kind: "day", label }, ...members.map((session) => ({ kind: "session", session }) as const));
  };
  for (const [day, members] of days) group(dayLabel(day, today), members);
  if (unknown.length > 0) group("Unknown day", unknown);
  return entries;
}

/** When a session began and ended: `16:38:04 – 16:39:10`, `16:38:04 – open`; days are added where they are needed. */
export function sessionSpan(session: SessionSummary, zone: TimeZone): string {
  const start = timeParts(session.startedAt, zone);
  const from = start?.clock.slice(0, 8) ?? session.startedAt;
  if (session.endedAt === null) return `${from} – open`;
  const end = timeParts(session.endedAt, zone);
  if (end === null) return `${from} – ${session.endedAt}`;
  const to = end.clock.slice(0, 8);
  return start?.day === end.day ? `${from} – ${to}` : `${from} – ${end.day} ${to}`;
}
