import type { Job } from "../../../shared/contract.ts";
import { Button } from "../../components/button.tsx";
import { useApp } from "../../state/context.ts";
import { hasEnded } from "../../state/jobs.ts";
import { stopStream } from "../../state/streams.ts";

/** Leaves a stream, from the list of jobs. */
export function StreamLinks({ job }: { readonly job: Job }) {
  const app = useApp();
  if (hasEnded(job)) return null;
  return <Button onClick={() => stopStream(app, job.id)}>Stop</Button>;
}
