import { X } from "lucide-react";
import { ArchivedText } from "../../components/archived-text.tsx";
import { Banner } from "../../components/banner.tsx";
import { Button } from "../../components/button.tsx";
import { useApp, useArchives } from "../../state/context.ts";
import { mayPass, nextStep } from "./next-steps.ts";

/** What became of opening or creating an archive: nothing while all is well. */
export function OpeningNotice() {
  const app = useApp();
  const failure = useArchives((state) => state.failure);
  if (failure === null) return null;
  const { path, purpose, error } = failure;
  const { open, dismissFailure } = app.archives.getState();
  return (
    <Banner
      tone="bad"
      urgent
      title={
        <>
          {purpose === "open" ? "Could not open " : "Could not create "}
          <ArchivedText text={path} className="mono" />
        </>
      }
      actions={
        <>
          {purpose === "open" && mayPass(error.code) && <Button onClick={() => void open(path)}>Try again</Button>}
          <Button variant="quiet" aria-label="Dismiss" icon={<X size={14} />} onClick={dismissFailure} />
        </>
      }
    >
      <p>
        <ArchivedText text={error.message} />
      </p>
      <p>{nextStep(error.code)}</p>
    </Banner>
  );
}
