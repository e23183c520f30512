import { CornerLeftUp, Database, File, Folder } from "lucide-react";
import { type KeyboardEvent, useEffect, useId, useMemo, useRef, useState } from "react";
import type { ErrorShape, FolderListing } from "../../../shared/contract.ts";
import { ArchivedText } from "../../components/archived-text.tsx";
import { Button } from "../../components/button.tsx";
import { lineOf } from "../../components/list-clicks.ts";
import { listTarget } from "../../components/list-keys.ts";
import { Modal } from "../../components/modal.tsx";
import { useApp, useUi } from "../../state/context.ts";
import { isSilent, shapeOf } from "../../state/failures.ts";
import { joinPath } from "./paths.ts";
import "./folder-dialog.css";

/** Chooses a folder of the host's machine, where no native dialog exists. */
export function FolderDialog({ purpose }: { readonly purpose: "open" | "create" }) {
  const app = useApp();
  const close = useUi((state) => state.closeDialog);
  const folders = useFolders();
  const { listing, loading, typed, go } = folders;
  const [name, setName] = useState("");
  const id = useId();

  const [pointed, setPointed] = useState<FolderEntry | null>(null);
  // A path that was typed and not gone to counts as it stands; the host says whether there is an archive.
  const typedOnly = listing !== null && typed.trim() !== "" && typed.trim() !== listing.path ? typed.trim() : null;
  const archivePath = typedOnly ?? (pointed?.isArchive ? pointed.path : listing?.isArchive ? listing.path : null);

  const open = (path: string) => {
    close();
    void app.archives.getState().open(path);
  };
  const create = () => {
    if (listing === null || name.trim() === "") return;
    close();
    void app.archives.getState().create(joinPath(typedOnly ?? listing.path, name.trim()));
  };
  return (
    <Modal
      title={purpose === "open" ? "Open an archive" : "Create an archive"}
      description={
        purpose === "open"
          ? "Folders of the machine that the host runs on. Those that hold an archive are marked."
          : "Choose where the new folder is to be, and name it."
      }
      size="medium"
      focusFirst="[role=listbox]"
      onClose={close}
      footer={
        <>
          <Button onClick={close}>Cancel</Button>
          {purpose === "open" ? (
            <Button
              variant="primary"
              unavailable={archivePath === null}
              hint={archivePath === null ? "Choose a folder that is marked as an archive" : archivePath}
              onClick={() => archivePath !== null && open(archivePath)}
            >
              Open archive
            </Button>
          ) : (
            <Button variant="primary" unavailable={name.trim() === "" || listing === null} onClick={create}>
              Create archive
            </Button>
          )}
        </>
      }
    >
      <FolderPath {...folders} />
      <FolderList
        listing={listing}
        loading={loading}
        onPoint={setPointed}
        onUp={() => listing?.parent != null && go(listing.parent)}
        onEnter={(folder) => (purpose === "open" && folder.isArchive ? open(folder.path) : go(folder.path))}
      />
      {purpose === "create" && (
        <div className="field folder-name">
          <label className="field-label" htmlFor={id}>
            Name of the new archive
          </label>
          <input
            id={id}
            className="input"
            value={name}
            spellCheck={false}
            placeholder="my-archive"
            onChange={(event) => setName(event.target.value)}
            onKeyDown={(event) => event.key === "Enter" && create()}
          />
        </div>
      )}
    </Modal>
  );
}

const NO_FILES: readonly string[] = [];

/**
 * The folder that is looked into. One that cannot be listed at first gives way to the home folder.
 * @param endings of files that are listed as well; keep them stable
 */
export function useFolders(start: string | null = null, endings: readonly string[] = NO_FILES) {
  const { client } = useApp();
  const [wanted, setWanted] = useState<{ readonly path: string | null }>({ path: start });
  const [typed, setTyped] = useState("");
  const [listing, setListing] = useState<FolderListing | null>(null);
  const [error, setError] = useState<ErrorShape | null>(null);
  const [loading, setLoading] = useState(true);

  useEffect(() => {
    const controller = new AbortController();
    setLoading(true);
    client.call("folders.list", { ...wanted, endings: [...endings] }, { signal: controller.signal }).then(
      (next) => {
        setListing(next);
        setTyped(next.path);
        setError(null);
        setLoading(false);
      },
      (reason) => {
        if (isSilent(reason)) return;
        if (wanted.path !== null && wanted.path === start) {
          setWanted({ path: null });
          return;
        }
        setError(shapeOf(reason));
        setLoading(false);
      },
    );
    return () => controller.abort();
  }, [client, wanted, endings, start]);

  return { listing, error, loading, typed, setTyped, go: (path: string) => setWanted({ path }) };
}

/** Where one is, to read and to type, and the way up. */
export function FolderPath({ listing, error, typed, setTyped, go }: ReturnType<typeof useFolders>) {
  return (
    <>
      <div className="folder-path">
        <Button
          aria-label="Up to the parent folder"
          hint="Up"
          icon={<CornerLeftUp size={14} />}
          unavailable={listing?.parent == null}
          onClick={() => listing?.parent != null && go(listing.parent)}
        />
        <input
          className="input mono"
          aria-label="Path"
          value={typed}
          spellCheck={false}
          onChange={(event) => setTyped(event.target.value)}
          onKeyDown={(event) => event.key === "Enter" && go(typed)}
        />
        <Button onClick={() => go(typed)}>Go</Button>
      </div>
      {error !== null && (
        <p className="field-fault" role="alert">
          <ArchivedText text={error.message} />
        </p>
      )}
    </>
  );
}

/** A line of the list: a folder, or a file where files are looked for. */
export type FolderEntry = FolderListing["folders"][number] & { readonly isFile: boolean };

function entriesOf(listing: FolderListing | null): FolderEntry[] {
  if (listing === null) return [];
  return [
    ...listing.folders.map((folder) => ({ ...folder, isFile: false })),
    ...listing.files.map((file) => ({ ...file, isArchive: false, isFile: true })),
  ];
}

interface FolderListProps {
  readonly listing: FolderListing | null;
  readonly loading: boolean;
  /** True when files are listed as well. */
  readonly wantsFiles?: boolean;
  /** The highlighted folder changed. */
  readonly onPoint: (folder: FolderEntry | null) => void;
  readonly onUp: () => void;
  readonly onEnter: (folder: FolderEntry) => void;
}

/** The folders, and the files, to walk through by keyboard or mouse. */
export function FolderList({ listing, loading, wantsFiles = false, onPoint, onUp, onEnter }: FolderListProps) {
  const [at, setAt] = useState(0);
  const list = useRef<HTMLDivElement>(null);
  const folders = useMemo(() => entriesOf(listing), [listing]);
  const id = useId();

  // A folder that was entered begins at its first entry.
  useEffect(() => {
    if (listing !== null) setAt(0);
  }, [listing]);

  const pointed = folders[at] ?? null;
  useEffect(() => onPoint(pointed), [onPoint, pointed]);

  const onKeyDown = (event: KeyboardEvent) => {
    const folder = folders[at];
    const target = listTarget(event.key, at, folders.length, 10);
    if (target !== null) {
      setAt(target);
      list.current?.children[target]?.scrollIntoView({ block: "nearest" });
    } else if ((event.key === "Enter" || event.key === "ArrowRight") && folder !== undefined) onEnter(folder);
    else if (event.key === "ArrowLeft" || event.key === "Backspace") onUp();
    else return;
    event.preventDefault();
  };

  return (
    <>
      <div className="folders-frame">
        <div
          ref={list}
          role="listbox"
          aria-label="Folders"
          aria-busy={loading}
          aria-activedescendant={folders.length > 0 ? `${id}-${at}` : undefined}
          tabIndex={0}
          className="folders"
          onClick={(event) => setAt(lineOf(event) ?? at)}
          onDoubleClick={(event) => {
            const folder = folders[lineOf(event) ?? -1];
            if (folder !== undefined) onEnter(folder);
          }}
          onKeyDown={onKeyDown}
        >
          {folders.map((folder, index) => (
            <div
              key={folder.path}
              id={`${id}-${index}`}
              role="option"
              tabIndex={-1}
              aria-selected={index === at}
              className="folder"
              data-line={index}
            >
              {folder.isArchive ? (
                <Database size={15} className="tone-accent" aria-hidden />
              ) : folder.isFile ? (
                <File size={15} className="tone-muted" aria-hidden />
              ) : (
                <Folder size={15} className="tone-muted" aria-hidden />
              )}
              <ArchivedText text={folder.name} className="truncate" />
              {folder.isArchive && <span className="folder-mark">archive</span>}
            </div>
          ))}
        </div>
        {listing !== null && folders.length === 0 && (
          <p className="folders-empty muted">
            {wantsFiles ? "No folders or such files in here." : "No folders in here."}
          </p>
        )}
      </div>
      {listing?.truncated === true && (
        <p className="muted">Only the first {folders.length} are listed; type a path to go further.</p>
      )}
    </>
  );
}
