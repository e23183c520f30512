import { useState } from "react";
import { Button } from "../../components/button.tsx";
import { Modal } from "../../components/modal.tsx";
import { type FolderEntry, FolderList, FolderPath, useFolders } from "./folder-dialog.tsx";

export interface PlaceDialogProps {
  /** Where to begin; null, or what is no folder: the home folder. */
  readonly start: string | null;
  /** How the files end that may be chosen; none: a folder is. */
  readonly endings: readonly string[];
  readonly onChoose: (path: string) => void;
  readonly onClose: () => void;
}

/** Chooses a folder or a file of the host's machine, where no native dialog exists; stands on top of another dialog. */
export function PlaceDialog({ start, endings, onChoose, onClose }: PlaceDialogProps) {
  const folders = useFolders(start, endings);
  const { listing } = folders;
  const [pointed, setPointed] = useState<FolderEntry | null>(null);
  const wantsFile = endings.length > 0;
  const chosen = wantsFile ? (pointed?.isFile ? pointed.path : null) : (listing?.path ?? null);
  return (
    <Modal
      title={wantsFile ? "Choose a file" : "Choose a folder"}
      description="Of the machine that the host runs on."
      size="medium"
      focusFirst="[role=listbox]"
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button
            variant="primary"
            unavailable={chosen === null}
            hint={chosen ?? (wantsFile ? `Choose a file that ends in ${endings.join(" or ")}` : "Reading the folder…")}
            onClick={() => chosen !== null && onChoose(chosen)}
          >
            {wantsFile ? "Choose this file" : "Choose this folder"}
          </Button>
        </>
      }
    >
      <FolderPath {...folders} />
      <FolderList
        listing={listing}
        loading={folders.loading}
        wantsFiles={wantsFile}
        onPoint={setPointed}
        onUp={() => listing?.parent != null && folders.go(listing.parent)}
        onEnter={(entry) => (entry.isFile ? onChoose(entry.path) : folders.go(entry.path))}
      />
    </Modal>
  );
}
