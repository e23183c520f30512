import { Menu } from "@base-ui/react/menu";
import { Ban, Copy, FileDiff, PanelRight, RotateCcw, Rows3 } from "lucide-react";
import type { Job } from "../../../shared/contract.ts";
import { useApp } from "../../state/context.ts";
import { copyText } from "../../state/copying.ts";
import { showSessionOf } from "../../state/job-pages.ts";
import { hasEnded } from "../../state/jobs.ts";
import { rowOfItem } from "../../state/run.ts";
import { shortcut } from "../window/shortcuts.ts";
import type { RunLine } from "./run-list.ts";
import { cancelRun, compareLine, fetchRest, previousOf } from "./run-steps.ts";
import { againWords, spokenReason } from "./spoken.ts";

/** What can be done with a request of a run. */
export function RunItems({ job, line }: { readonly job: Job; readonly line: RunLine }) {
  const app = useApp();
  const row = rowOfItem(line);
  const { status } = line.state;
  const reason = spokenReason(line);
  const failed = job.detail.kind === "fetch" ? job.detail.counts.failed : 0;
  return (
    <>
      <Menu.Item
        className="menu-item"
        disabled={row === null}
        onClick={() => setTimeout(() => app.places.inspector.current?.focus())}
      >
        <PanelRight size={14} aria-hidden />
        Inspect
        <span className="menu-shortcut">{shortcut("inspect")}</span>
      </Menu.Item>
      <Menu.Item className="menu-item" disabled={previousOf(line) === null} onClick={() => compareLine(app, line)}>
        <FileDiff size={14} aria-hidden />
        Compare with the response before
      </Menu.Item>
      <Menu.Item
        className="menu-item"
        disabled={row === null}
        onClick={() => job.detail.kind === "fetch" && showSessionOf(app, job, job.detail, row)}
      >
        <Rows3 size={14} aria-hidden />
        Show in its session
      </Menu.Item>
      <Menu.Item
        className="menu-item"
        disabled={status !== "queued" && status !== "running"}
        onClick={() => cancelRun(app, job.id, line.place)}
      >
        <Ban size={14} aria-hidden />
        Cancel this one
      </Menu.Item>
      <Menu.Separator className="menu-separator" />
      <Menu.Item
        className="menu-item"
        disabled={!hasEnded(job)}
        onClick={() => fetchRest(app, job, { places: [line.place] })}
      >
        <RotateCcw size={14} aria-hidden />
        {againWords.one}
      </Menu.Item>
      <Menu.Item
        className="menu-item"
        disabled={!hasEnded(job) || failed === 0}
        onClick={() => fetchRest(app, job, "failed")}
      >
        <span className="menu-check" />
        {againWords.failed}
      </Menu.Item>
      <Menu.Separator className="menu-separator" />
      <Menu.Item className="menu-item" onClick={() => void copyText(app, "the request", line.label)}>
        <Copy size={14} aria-hidden />
        Copy the request
      </Menu.Item>
      {reason !== null && (
        <Menu.Item className="menu-item" onClick={() => void copyText(app, "the reason", reason)}>
          <span className="menu-check" />
          Copy the reason
        </Menu.Item>
      )}
    </>
  );
}
