/** What the browser downloads from the host. */
import { exportUrl } from "../../shared/export-url.ts";
import type { App } from "./app.ts";
import { hasEnded } from "./jobs.ts";

/** Begins a download, as if its link had been followed. */
export function startDownload(url: string, name: string): void {
  const anchor = document.createElement("a");
  anchor.href = url;
  anchor.download = name;
  anchor.click();
}

/** So long a browser may take to begin with a download, in milliseconds. */
const BEGIN_MS = 60_000;

/** Downloads a text that this page wrote. */
export function downloadText(name: string, text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type: "text/plain;charset=utf-8" }));
  startDownload(url, name);
  setTimeout(() => URL.revokeObjectURL(url), BEGIN_MS);
}

/** Downloads what an export wrote as soon as it has succeeded; from a page that is reloaded before, its job still offers it. */
export function fetchWhenDone(app: App, jobId: string): void {
  let isDone = false;
  const look = () => {
    const job = app.jobs.getState().jobs.find(({ id }) => id === jobId);
    if (isDone || job === undefined || !hasEnded(job)) return;
    isDone = true;
    unsubscribe();
    const name = job.detail.kind === "export" ? job.detail.download : null;
    if (job.state.status === "succeeded" && name !== null) startDownload(exportUrl(jobId), name);
  };
  const unsubscribe = app.jobs.subscribe(look);
  look();
}
