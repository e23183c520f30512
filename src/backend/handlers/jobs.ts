/** Long work that is under way or has ended. */
import type { BackendContext } from "../context.ts";
import type { Handlers } from "../dispatch.ts";

export function jobHandlers({ jobs }: BackendContext): Pick<Handlers, "jobs.list" | "jobs.cancel" | "jobs.clear"> {
  return {
    "jobs.list": () => jobs.list(),
    "jobs.cancel": ({ jobId, item }) => {
      jobs.cancel(jobId, item);
      return null;
    },
    "jobs.clear": ({ jobId }) => {
      jobs.clear(jobId);
      return null;
    },
  };
}
