import type { HashCheck } from "../../../shared/contract.ts";

type Match = Extract<HashCheck, { state: "match" }>;

/** Which writer's formula a hash follows, in words. */
export function spokenForm(form: Match["form"], bucket: Match["bucket"]): string {
  switch (form) {
    case "0.2":
      return "as mxm-dataio 0.1 and 0.2 compute it";
    case "0.3":
      return "as mxm-dataio 0.3 computes it";
    case "0.3-bucket":
      return `as mxm-dataio 0.3 computes it with bucket ${bucket ?? "unknown"}`;
    case "python-3.10":
      return "as mxm-dataio computes it under Python 3.10";
  }
}
