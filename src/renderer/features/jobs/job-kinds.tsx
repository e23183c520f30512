/** What is known of each kind of job: its name and icon, its words, where it leads to, and its page. One line a kind. */
import { CloudDownload, Download, type LucideIcon, Radio, Send, ShieldCheck, Sparkles, Upload } from "lucide-react";
import type { ComponentType } from "react";
import type { Job, JobDetail } from "../../../shared/contract.ts";
import { formatCount } from "../../format/quantities.ts";
import { IntegrityPane } from "../integrity/integrity-pane.tsx";
import { spokenStage, spokenOutcome as spokenVerdict } from "../integrity/spoken.ts";
import { RunPane } from "../run/run-pane.tsx";
import { spokenCounts, spokenRate } from "../run/spoken.ts";
import { SendLinks } from "../send/send-links.tsx";
import { spokenSend } from "../send/spoken.ts";
import { type StreamDetail, spokenStream, spokenTotals } from "../streams/spoken.ts";
import { StreamLinks } from "../streams/stream-links.tsx";
import { StreamPane } from "../streams/stream-pane.tsx";
import { spokenCancelled, spokenProgress, spokenTransfer } from "../transfer/spoken.ts";
import { TransferLinks } from "../transfer/transfer-links.tsx";
import { FetchLinks, SampleLinks } from "./job-links.tsx";

type Kind = JobDetail["kind"];
type DetailOf<K extends Kind> = Extract<JobDetail, { readonly kind: K }>;
type Running = Extract<Job["state"], { readonly status: "running" }>;

export interface JobKind<K extends Kind> {
  readonly label: string;
  readonly icon: LucideIcon;
  /** How far it is. */
  progress(detail: DetailOf<K>, state: Running): string;
  /** What came of it. */
  outcome(detail: DetailOf<K>): string;
  /** What is known of one that failed, before its reason. */
  failed?(detail: DetailOf<K>): string;
  /** It goes on until it is stopped, which its own links do: it has no progress, and is not cancelled. */
  readonly isEndless?: true;
  /** What a cancelled one leaves. */
  cancelled(detail: DetailOf<K>): string;
  /** Stands in the place of the rows; null where it has none. */
  readonly Page: ComponentType<{ readonly job: Job; readonly detail: DetailOf<K> }> | null;
  /** What the way to it is called. */
  pageLabel(hasEnded: boolean): string;
  /** Where else it leads to; null where it leads nowhere. */
  readonly Links: ComponentType<{ readonly job: Job; readonly detail: DetailOf<K> }> | null;
}

const KEPT = "Cancelled; what came before is kept";
const TRANSFER = {
  progress: (detail: DetailOf<"export" | "import">, state: Running) => spokenProgress(state, detail),
  outcome: spokenTransfer,
  cancelled: spokenCancelled,
  Page: null,
  pageLabel: () => "",
  Links: TransferLinks,
} as const;

const KINDS: { readonly [K in Kind]: JobKind<K> } = {
  fetch: {
    label: "Fetch",
    icon: CloudDownload,
    progress: (detail, state) => {
      const total = state.total === null ? "" : ` of ${formatCount(state.total)}`;
      const pace = detail.only === null ? spokenRate(detail) : "";
      return `${formatCount(state.done)}${total} done${pace === "" ? "" : ` · ${pace}`}`;
    },
    outcome: ({ counts }) => spokenCounts(counts) || "Done",
    cancelled: () => KEPT,
    Page: RunPane,
    pageLabel: () => "Show the run",
    Links: FetchLinks,
  },
  sample: {
    label: "Sample",
    icon: Sparkles,
    progress: ({ step }) => step,
    outcome: () => "Done",
    cancelled: () => "Cancelled; nothing was made",
    Page: null,
    pageLabel: () => "",
    Links: SampleLinks,
  },
  verify: {
    label: "Integrity run",
    icon: ShieldCheck,
    progress: spokenStage,
    outcome: ({ outcome }) => (outcome === null ? "Done" : spokenVerdict(outcome)),
    cancelled: () => "Cancelled",
    Page: ({ job }) => <IntegrityPane jobId={job.id} />,
    pageLabel: (hasEnded) => (hasEnded ? "Show report" : "Show progress"),
    Links: null,
  },
  send: {
    label: "Send",
    icon: Send,
    progress: () => "Sending…",
    outcome: ({ outcome }) => spokenSend(outcome),
    failed: ({ outcome }) => spokenSend(outcome),
    cancelled: ({ outcome }) => spokenSend(outcome),
    Page: null,
    pageLabel: () => "",
    Links: SendLinks,
  },
  stream: {
    label: "Stream",
    icon: Radio,
    isEndless: true,
    progress: spokenStreamed,
    outcome: spokenStreamed,
    cancelled: spokenStreamed,
    Page: StreamPane,
    pageLabel: () => "Show the stream",
    Links: StreamLinks,
  },
  export: { label: "Export", icon: Upload, ...TRANSFER },
  import: { label: "Import", icon: Download, ...TRANSFER },
};

function spokenStreamed(detail: StreamDetail): string {
  return `${spokenStream(detail)} · ${spokenTotals(detail)}`;
}

/** What is known of the kind of a job. */
export function kindOf(detail: JobDetail): JobKind<Kind> {
  // A detail meets the functions of its own kind alone, which the types of a table cannot say.
  return KINDS[detail.kind] as unknown as JobKind<Kind>;
}
