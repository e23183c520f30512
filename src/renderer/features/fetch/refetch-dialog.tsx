import type { RowRef } from "../../../shared/contract.ts";
import { Button } from "../../components/button.tsx";
import { Modal } from "../../components/modal.tsx";
import { formatCount, formatCounted } from "../../format/quantities.ts";
import { MOST_REFETCHED, startRefetch } from "../../state/commands.ts";
import { useApp, useUi } from "../../state/context.ts";

/** Asks before very many requests go out: selecting all of them takes one key. */
export function RefetchDialog({ rows }: { readonly rows: readonly RowRef[] }) {
  const app = useApp();
  const close = useUi((state) => state.closeDialog);
  const tooMany = rows.length > MOST_REFETCHED;
  const count = formatCounted(rows.length, "request");
  return (
    <Modal
      title={`Send ${count} again?`}
      description="Each goes out to its source exactly as it was, however fresh the archived answer is."
      focusFirst=".modal-foot button"
      onClose={close}
      footer={
        <>
          <Button onClick={close}>Cancel</Button>
          <Button
            variant="primary"
            unavailable={tooMany}
            onClick={() => {
              close();
              startRefetch(app, rows);
            }}
          >
            Re-fetch {formatCount(rows.length)}
          </Button>
        </>
      }
    >
      <p>
        {tooMany
          ? `One job takes at most ${formatCount(MOST_REFETCHED)} requests. Select fewer rows.`
          : "You can cancel the job while it runs; what came before is kept. The same request is sent once, and answers are added to the archive: nothing in it is replaced."}
      </p>
    </Modal>
  );
}
