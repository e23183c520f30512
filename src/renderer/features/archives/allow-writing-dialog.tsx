import { Button } from "../../components/button.tsx";
import { Modal } from "../../components/modal.tsx";
import { useApp, useArchives, useUi } from "../../state/context.ts";
import { writeObstacle } from "./next-steps.ts";

/** Asks before an archive that started read-only is written, and says what that means; then goes on. */
export function AllowWritingDialog({ proceed }: { readonly proceed: (() => void) | null }) {
  const app = useApp();
  const archive = useArchives((state) => state.archive);
  const info = useArchives((state) => state.info);
  const close = useUi((state) => state.closeDialog);
  if (archive === null || info === null) return null;

  const obstacle = writeObstacle(archive, info);
  if (obstacle !== null) {
    return (
      <Modal
        title="This archive can only be read"
        description={obstacle}
        focusFirst=".modal-foot button"
        onClose={close}
        footer={<Button onClick={close}>Close</Button>}
      >
        <p>You can browse, check and save everything in it. To fetch into it, work with a copy that may be written.</p>
      </Modal>
    );
  }

  const allow = () => {
    close();
    void app.attempt("Writing could not be allowed", async () => {
      await app.archives.getState().setReadOnly(false);
      proceed?.();
    });
  };
  return (
    <Modal
      title="Allow writing to this archive?"
      description="It is open read-only, so nothing in it can change by accident."
      focusFirst=".button-primary"
      onClose={close}
      footer={
        <>
          <Button onClick={close}>Keep read-only</Button>
          <Button variant="primary" onClick={allow}>
            Allow writing
          </Button>
        </>
      }
    >
      <ul className="plain-list">
        {!archive.extended && (
          <li>The first fetch adds a few tables of this app beside those of the Python package, which ignores them.</li>
        )}
        <li>Nothing that Python stored is changed: no row, no payload, no journal mode.</li>
        <li>New sessions, requests, responses and payload files are added, in the form that Python reads.</li>
      </ul>
    </Modal>
  );
}
