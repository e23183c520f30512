import type { Job } from "../../../shared/contract.ts";
import { Button } from "../../components/button.tsx";
import { useApp } from "../../state/context.ts";
import { hasEnded } from "../../state/jobs.ts";
import { showStream, stopStream } from "../../state/streams.ts";

/** Where the list of jobs leads to from a stream. */
export function StreamLinks({ job }: { readonly job: Job }) {
  const app = useApp();
  return (
    <>
      <button
        type="button"
        className="link"
        onClick={() => void app.attempt("The stream could not be shown", () => showStream(app, job))}
      >
        Show the stream
      </button>
      {!hasEnded(job) && <Button onClick={() => stopStream(app, job.id)}>Stop</Button>}
    </>
  );
}
