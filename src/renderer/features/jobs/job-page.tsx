import { FileQuestionMark } from "lucide-react";
import { EmptyState } from "../../components/banner.tsx";
import { Button } from "../../components/button.tsx";
import { Skeleton } from "../../components/skeleton.tsx";
import { useApp, useJobs } from "../../state/context.ts";
import { kindOf } from "./job-kinds.tsx";

/** The page of a job, in the place of the rows. */
export function JobPage({ jobId }: { readonly jobId: string }) {
  const app = useApp();
  const job = useJobs((state) => state.jobs.find(({ id }) => id === jobId));
  const isLoaded = useJobs((state) => state.isLoaded);
  const Page = job === undefined ? null : kindOf(job.detail).Page;
  if (job !== undefined && Page !== null) return <Page job={job} detail={job.detail} />;
  if (!isLoaded) return <Skeleton form="rows" lines={12} label="Loading the job…" />;
  return (
    <section className="rows-pane" aria-label="Job">
      <EmptyState
        icon={<FileQuestionMark size={24} aria-hidden />}
        title="This job is not known any more"
        actions={<Button onClick={() => app.ui.getState().set({ jobPage: null })}>Back to the rows</Button>}
      >
        <p>It was cleared, or the app was started anew since. What it archived is in the archive.</p>
      </EmptyState>
    </section>
  );
}
