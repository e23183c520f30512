import { Menu } from "@base-ui/react/menu";
import { Check, ChevronDown, Database, FolderOpen, FolderPlus, Import, X } from "lucide-react";
import { ArchivedText } from "../../components/archived-text.tsx";
import { visibleText } from "../../format/visible-text.ts";
import { closeArchive, createArchive, importInto, openArchive } from "../../state/commands.ts";
import { useApp, useArchives } from "../../state/context.ts";
import "../../components/menu.css";
import "./switcher.css";

/** The name of the open archive, and the way to others. */
export function ArchiveSwitcher() {
  const app = useApp();
  const archive = useArchives((state) => state.archive);
  const recent = useArchives((state) => state.recent);
  const info = useArchives((state) => state.info);
  if (archive === null || info === null) return null;
  return (
    <Menu.Root>
      <Menu.Trigger className="button button-quiet switcher" aria-label={`Archive: ${visibleText(archive.name)}`}>
        <Database size={15} className="tone-accent" aria-hidden />
        <ArchivedText text={archive.name} className="switcher-name truncate" />
        <ChevronDown size={14} aria-hidden />
      </Menu.Trigger>
      <Menu.Portal>
        <Menu.Positioner sideOffset={4} align="start">
          <Menu.Popup className="menu switcher-menu">
            <Menu.Group>
              <Menu.GroupLabel className="menu-label">Open archive</Menu.GroupLabel>
              <div className="switcher-path">
                <ArchivedText text={archive.path} className="mono" />
              </div>
            </Menu.Group>
            <div className="menu-separator" />
            <Menu.Group>
              <Menu.GroupLabel className="menu-label">Recent</Menu.GroupLabel>
              {recent.map((other) => (
                <Menu.Item
                  key={other.path}
                  className="menu-item"
                  disabled={!other.exists}
                  onClick={() => void app.archives.getState().open(other.path)}
                >
                  {other.path === archive.path ? (
                    <Check size={14} aria-label="open" />
                  ) : (
                    <span className="menu-blank" />
                  )}
                  <span className="switcher-recent">
                    <ArchivedText text={other.name} className="truncate" />
                    <ArchivedText text={other.path} className="switcher-recent-path mono truncate" />
                  </span>
                </Menu.Item>
              ))}
            </Menu.Group>
            <div className="menu-separator" />
            <Menu.Item className="menu-item" onClick={() => openArchive(app)}>
              <FolderOpen size={14} aria-hidden />
              Open…
            </Menu.Item>
            <Menu.Item className="menu-item" disabled={info.readOnly} onClick={() => createArchive(app)}>
              <FolderPlus size={14} aria-hidden />
              Create…
            </Menu.Item>
            <Menu.Item className="menu-item" disabled={!archive.canWrite} onClick={() => importInto(app)}>
              <Import size={14} aria-hidden />
              Import into this archive…
            </Menu.Item>
            <Menu.Item className="menu-item" onClick={() => closeArchive(app)}>
              <X size={14} aria-hidden />
              Close archive
            </Menu.Item>
          </Menu.Popup>
        </Menu.Positioner>
      </Menu.Portal>
    </Menu.Root>
  );
}
