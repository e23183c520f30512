import type { OpenArchive } from "../../../shared/contract.ts";
import { Banner } from "../../components/banner.tsx";
import { Button } from "../../components/button.tsx";
import { useApp, useArchives } from "../../state/context.ts";
import { writeObstacle } from "../archives/next-steps.ts";

/** Says why nothing can be fetched, and offers what can be done about it. */
export function ReadOnlyNotice({ archive }: { readonly archive: OpenArchive }) {
  const app = useApp();
  const info = useArchives((state) => state.info);
  const obstacle = info === null ? null : writeObstacle(archive, info);
  if (obstacle !== null) {
    return (
      <Banner tone="doubt" title="This archive can only be read">
        <p>{obstacle}</p>
      </Banner>
    );
  }
  return (
    <Banner
      tone="note"
      title="This archive is read-only"
      actions={
        <Button
          onClick={() =>
            void app.attempt("Writing could not be allowed", () => app.archives.getState().setReadOnly(false))
          }
        >
          Allow writing
        </Button>
      }
    >
      <p>
        {archive.extended
          ? "Fetching adds sessions, responses and payloads to it."
          : "The first fetch adds a few tables of this app beside those of the Python package."}{" "}
        Nothing that Python stored is changed.
      </p>
    </Banner>
  );
}
