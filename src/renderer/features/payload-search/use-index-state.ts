import { useEffect, useState } from "react";
import type { IndexState } from "../../../shared/contract.ts";
import { useApp } from "../../state/context.ts";

/** How the index of an archive stands, as it goes on; null until the host said. */
export function useIndexState(archiveId: string): IndexState | null {
  const app = useApp();
  const [known, setKnown] = useState<{ readonly archiveId: string; readonly index: IndexState } | null>(null);
  useEffect(() => {
    let told = false;
    let gone = false;
    const end = app.client.on("index.changed", (change) => {
      if (change.archiveId !== archiveId) return;
      told = true;
      setKnown(change);
    });
    void app.attempt("The index could not be asked", async () => {
      const index = await app.client.call("index.get", { archiveId });
      // What was told meanwhile is newer.
      if (!told && !gone) setKnown({ archiveId, index });
    });
    return () => {
      gone = true;
      end();
    };
  }, [app, archiveId]);
  return known?.archiveId === archiveId ? known.index : null;
}
