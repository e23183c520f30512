/**
 * Ending the app while jobs run. A person who closes a window stops nothing; one who ends the app is asked first, or told.
 * Both hosts decide here, so that they decide alike.
 */
import type { Job } from "../shared/contract.ts";

/** What ending the app needs of the backend. */
export interface Endable {
  runningJobs(): readonly Job[];
  /** Hears every event; returns a function that stops it. */
  onEvent(listener: (name: string) => void): () => void;
}

/** `1 job is running`, `2 jobs are running`. */
export function countedJobs(jobs: readonly Job[]): string {
  return jobs.length === 1 ? "1 job is running" : `${jobs.length} jobs are running`;
}

/** `“desk: 40 requests”, “Verify small”`; the first three, and how many more there are. */
export function namedJobs(jobs: readonly Job[]): string {
  const named = jobs.slice(0, 3).map(({ title }) => `“${title}”`);
  const more = jobs.length > named.length ? ` and ${jobs.length - named.length} more` : "";
  return `${named.join(", ")}${more}`;
}

/** What is left when these are cancelled, as it ends a sentence: `; what came before is kept`. Empty for what leaves nothing anyway. */
export function spokenLeft(jobs: readonly Job[]): string {
  const kinds = new Set(jobs.map(({ detail }) => detail.kind));
  const isArchiving = kinds.has("fetch") || kinds.has("stream") || kinds.has("import");
  const parts = [
    isArchiving ? "; what came before is kept" : "",
    kinds.has("export") ? "; of an export nothing is left" : "",
    kinds.has("send") ? "; what is being sent may have arrived" : "",
  ];
  return parts.join("");
}

/** Calls back once, when no job runs: at once, or when the last one has ended. Returns what takes it back. */
export function whenIdle(backend: Endable, callback: () => void): () => void {
  if (backend.runningJobs().length === 0) {
    callback();
    return () => {};
  }
  const stop = backend.onEvent((name) => {
    if (name !== "job.changed" || backend.runningJobs().length > 0) return;
    stop();
    callback();
  });
  return stop;
}
