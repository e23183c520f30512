/** Which times mean another session than before, once sessions began or ended. Pure. */
export interface SessionTimes {
  readonly rowid: number;
  readonly source: number;
  /** Microseconds; null for a text that is no timestamp. */
  readonly started: number | null;
  readonly ended: number | null;
  /** 1 where nothing says that it ended, 0 also where the text that says when is no timestamp. */
  readonly open: 0 | 1;
}

export interface TimeRange {
  readonly from: number;
  readonly to: number;
}

/** Ranges of time in which the sessions of `now` suggest something else than those of `then`; both ends belong to them. */
export function changedRanges(then: readonly SessionTimes[], now: readonly SessionTimes[]): TimeRange[] {
  const before = windowsOf(then);
  const after = windowsOf(now);
  const ranges: TimeRange[] = [];
  for (const rowid of new Set([...before.keys(), ...after.keys()])) {
    const old = before.get(rowid);
    const current = after.get(rowid);
    if (old === undefined || current === undefined) {
      const only = old ?? current;
      if (only !== undefined) ranges.push(only);
    } else if (old.from !== current.from) ranges.push(old, current);
    // As long as a window holds a time, it does not matter where it ends.
    else if (old.to !== current.to)
      ranges.push({ from: Math.min(old.to, current.to), to: Math.max(old.to, current.to) });
  }
  return ranges;
}

/** As OrphanInference sees them: a session that never ended reaches up to the next one of its source. */
function windowsOf(sessions: readonly SessionTimes[]): Map<number, TimeRange> {
  const windows = new Map<number, TimeRange>();
  const nextStart = new Map<number, number>();
  const started = sessions.flatMap((session) =>
    session.started === null ? [] : [{ ...session, from: session.started }],
  );
  for (const { rowid, source, from, ended } of started.sort((a, b) => b.from - a.from || b.rowid - a.rowid)) {
    windows.set(rowid, { from, to: ended ?? nextStart.get(source) ?? Number.MAX_SAFE_INTEGER });
    nextStart.set(source, from);
  }
  return windows;
}
