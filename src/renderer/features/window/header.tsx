import {
  Command,
  Contrast,
  Lock,
  LockOpen,
  Monitor,
  Moon,
  PanelLeft,
  Settings,
  ShieldCheck,
  Sun,
  Upload,
} from "lucide-react";
import { Button } from "../../components/button.tsx";
import { exportRows, nextTheme, toggleReadOnly, toggleTheme, verifyArchive } from "../../state/commands.ts";
import { useApp, useArchives, useSettings, useUi } from "../../state/context.ts";
import { writeObstacle } from "../archives/next-steps.ts";
import { ArchiveSwitcher } from "../archives/switcher.tsx";
import { AsOfButton } from "../as-of/as-of-button.tsx";
import { FilterBar } from "../filter/filter-bar.tsx";
import { spokenChoice, THEMES } from "../settings/choices.ts";
import { NewMenu } from "./new-menu.tsx";
import { shortcut } from "./shortcuts.ts";
import "./header.css";

const THEME_ICONS = { system: Monitor, light: Sun, dark: Moon, contrast: Contrast } as const;

/** What concerns the whole archive. */
export function Header() {
  const app = useApp();
  const railShown = useUi((state) => state.railShown);
  const set = useUi((state) => state.set);
  const theme = useSettings((state) => state.settings.theme);
  const ThemeIcon = THEME_ICONS[theme];
  const [spokenTheme, spokenNext] = [spokenChoice(THEMES, theme), spokenChoice(THEMES, nextTheme(theme))];
  return (
    <header className="header">
      <Button
        variant="quiet"
        aria-label={railShown ? "Hide the sessions" : "Show the sessions"}
        aria-pressed={railShown}
        hint={railShown ? "Hide the sessions" : "Show the sessions"}
        icon={<PanelLeft size={15} />}
        onClick={() => set({ railShown: !railShown })}
      />
      <ArchiveSwitcher />
      <WriteLock />
      <FilterBar />
      <NewMenu />
      <AsOfButton />
      <Button
        variant="quiet"
        icon={<Upload size={14} />}
        hint={`Copy rows and payloads to files, verified (${shortcut("export")})`}
        onClick={() => exportRows(app)}
      >
        Export
      </Button>
      <Button
        variant="quiet"
        icon={<ShieldCheck size={14} />}
        hint="Check every payload, row and hash of this archive; nothing is changed"
        onClick={() => verifyArchive(app)}
      >
        Verify
      </Button>
      <Button
        variant="quiet"
        icon={<ThemeIcon size={15} />}
        aria-label={`Theme: ${spokenTheme}; switch to ${spokenNext}`}
        hint={`Theme: ${spokenTheme}. Click for ${spokenNext}.`}
        onClick={() => toggleTheme(app)}
      />
      <Button
        variant="quiet"
        icon={<Command size={15} />}
        aria-label="Commands"
        hint={`All commands (${shortcut("palette")}); keys: ${shortcut("shortcuts")}`}
        onClick={() => app.ui.getState().set({ dialog: { kind: "palette" } })}
      />
      <Button
        variant="quiet"
        icon={<Settings size={15} />}
        aria-label="Settings"
        hint={`Settings (${shortcut("settings")})`}
        onClick={() => app.ui.getState().set({ dialog: { kind: "settings" } })}
      />
    </header>
  );
}

function WriteLock() {
  const app = useApp();
  const archive = useArchives((state) => state.archive);
  const info = useArchives((state) => state.info);
  if (archive === null || info === null) return null;
  const { readOnly } = archive;
  const obstacle = writeObstacle(archive, info);
  const explanation = readOnly
    ? (obstacle ?? "Nothing in this archive can change. Click to allow writing.")
    : "Fetching may add to this archive. Click to make it read-only.";
  return (
    <Button
      variant="quiet"
      className={readOnly ? "" : "write-lock-open"}
      icon={readOnly ? <Lock size={14} /> : <LockOpen size={14} />}
      hint={explanation}
      onClick={() => toggleReadOnly(app)}
    >
      {readOnly ? "Read-only" : "Writable"}
    </Button>
  );
}
