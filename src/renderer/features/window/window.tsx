import { WifiOff } from "lucide-react";
import { useEffect } from "react";
import { useApp, useArchives, useJobs, useUi } from "../../state/context.ts";
import { isListed } from "../../state/jobs.ts";
import { AllowWritingDialog } from "../archives/allow-writing-dialog.tsx";
import { Doors } from "../archives/doors.tsx";
import { FolderDialog } from "../archives/folder-dialog.tsx";
import { OpeningNotice } from "../archives/opening-notice.tsx";
import { AsOfBar } from "../as-of/as-of-bar.tsx";
import { AsOfDialog } from "../as-of/as-of-dialog.tsx";
import { CheatSheet } from "../commands/cheat-sheet.tsx";
import { Palette } from "../commands/palette.tsx";
import { usePastedId } from "../commands/use-pasted-id.ts";
import { useShortcuts } from "../commands/use-shortcuts.ts";
import { ComposerDialog } from "../fetch/composer-dialog.tsx";
import { RefetchDialog } from "../fetch/refetch-dialog.tsx";
import { SavedFiltersDialog, SaveFilterDialog } from "../filter/saved-filter-dialogs.tsx";
import { JobPanel } from "../jobs/job-panel.tsx";
import { JobsButton } from "../jobs/jobs-button.tsx";
import { PayloadSearchDialog } from "../payload-search/payload-search-dialog.tsx";
import { SendDialog } from "../send/send-dialog.tsx";
import { SettingsDialog } from "../settings/settings-dialog.tsx";
import { useAppearance } from "../settings/use-appearance.ts";
import { SourcesDialog } from "../sources/sources-dialog.tsx";
import { TrustDialog } from "../sources/trust-dialog.tsx";
import { SubscribeDialog } from "../streams/subscribe-dialog.tsx";
import { ExportDialog } from "../transfer/export-dialog.tsx";
import { ImportDialog } from "../transfer/import-dialog.tsx";
import { ProblemsDialog } from "../transfer/problems-dialog.tsx";
import { Header } from "./header.tsx";
import { Panes } from "./panes.tsx";
import { StatusBar } from "./status-bar.tsx";
import "./window.css";

/** The whole window: doors, or an open archive. */
export function Window() {
  const app = useApp();
  const archive = useArchives((state) => state.archive);
  useAppearance();
  useShortcuts(app);
  usePastedId(app);
  useEffect(() => {
    document.title = archive === null ? "MXM DataIO Browser" : `${archive.name} – MXM DataIO Browser`;
  }, [archive]);
  return (
    <div className="window">
      <LinkBanner />
      {archive === null ? (
        <>
          <Doors />
          <JobPanel />
          <JobsBar />
        </>
      ) : (
        <>
          <Header />
          <OpeningNotice />
          <AsOfBar />
          <main className="window-main">
            <Panes key={archive.id} />
          </main>
          <JobPanel />
          <StatusBar />
        </>
      )}
      <OpenDialog />
    </div>
  );
}

/** Without an archive there is no status bar; jobs go on all the same. */
function JobsBar() {
  const hasJobs = useJobs((state) => state.jobs.some(isListed));
  if (!hasJobs) return null;
  return (
    <footer className="status-bar">
      <span className="view-bar-gap" />
      <JobsButton />
    </footer>
  );
}

function OpenDialog() {
  const dialog = useUi((state) => state.dialog);
  switch (dialog.kind) {
    case "none":
      return null;
    case "folder":
      return <FolderDialog purpose={dialog.purpose} />;
    case "compose":
      return <ComposerDialog draft={dialog.draft} />;
    case "send":
      return <SendDialog draft={dialog.draft} step={dialog.step} />;
    case "subscribe":
      return <SubscribeDialog draft={dialog.draft} />;
    case "refetch":
      return <RefetchDialog rows={dialog.rows} />;
    case "palette":
      return <Palette />;
    case "settings":
      return <SettingsDialog />;
    case "save-filter":
      return <SaveFilterDialog />;
    case "saved-filters":
      return <SavedFiltersDialog />;
    case "payload-search":
      return <PayloadSearchDialog />;
    case "export":
      return <ExportDialog first={dialog.scope} />;
    case "import":
      return <ImportDialog />;
    case "transfer-problems":
      return <ProblemsDialog jobId={dialog.jobId} of={dialog.of} />;
    case "keys":
      return <CheatSheet />;
    case "as-of":
      return <AsOfDialog />;
    case "sources":
      return <SourcesDialog back={dialog.back} />;
    case "trust":
      return <TrustDialog source={dialog.source} proceed={dialog.proceed} back={dialog.back} />;
    case "allow-writing":
      return <AllowWritingDialog proceed={dialog.proceed} />;
  }
}

function LinkBanner() {
  const link = useUi((state) => state.link);
  if (link === "up") return null;
  return (
    <div className="link-banner" role="alert">
      <WifiOff size={14} aria-hidden />
      <span>
        <strong>Connection to the host lost; reconnecting…</strong> What is shown may be out of date. If the host was
        started anew, use the address that it printed.
      </span>
    </div>
  );
}
