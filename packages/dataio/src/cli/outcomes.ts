/** What became of requests, as rows. */
import { DataioError } from "../errors.ts";
import type { FetchOutcome } from "../fetch-all.ts";
import type { RequestInit, SessionResponse } from "../session-options.ts";
import type { Cli } from "./cli.ts";
import { EXIT, type ExitCode, exitCodeOf } from "./exit-codes.ts";
import { plainJson, type RowFormat } from "./row-output.ts";

/** One ask: what was asked and how it ended. */
export interface AskOutcome {
  readonly init: RequestInit;
  /** Of the file that it comes from, from 1 on; else null or left out. */
  readonly line?: number | null;
  readonly outcome: FetchOutcome;
}

export function outcomeFormat(cli: Cli): RowFormat<AskOutcome> {
  const of = <T>({ outcome }: AskOutcome, value: (response: SessionResponse) => T) =>
    outcome.state === "fulfilled" ? value(outcome.response) : null;
  return {
    columns: [
      { title: "RESULT", value: (row) => of(row, (response) => response.resolution) ?? "failed" },
      { title: "STATUS", value: (row) => of(row, (response) => response.status) },
      { title: "BYTES", value: (row) => of(row, (response) => response.sizeBytes), align: "right" },
      { title: "MS", value: (row) => of(row, (response) => response.elapsedMs), align: "right" },
      { title: "RESPONSE", value: (row) => of(row, (response) => response.id) },
      { title: "KIND", value: (row) => row.init.kind, cuttable: true },
      {
        title: "ERROR",
        value: ({ outcome }) =>
          outcome.state === "rejected" ? cli.withoutSecrets(`${outcome.error.code}: ${said(outcome.error)}`) : "",
      },
    ],
    json: ({ init, line = null, outcome }) => {
      const asked = { kind: init.kind, ...(line === null ? {} : { line }) };
      if (outcome.state === "fulfilled")
        return { ...asked, state: outcome.state, response: plainJson(outcome.response) };
      const { code, message, details } = outcome.error;
      const error = cli.valueWithoutSecrets({ code, message, details: plainJson(details) });
      return { ...asked, state: outcome.state, error };
    },
  };
}

/** The message, and what a program that failed said last. */
function said({ message, details }: DataioError): string {
  const last = typeof details.stderr === "string" ? details.stderr.trimEnd().split("\n").at(-1) : "";
  return last === undefined || last === "" ? message : `${message.replace(/\.$/, "")}, and said last: ${last}`;
}

/** What the outcomes mean for the command as a whole: a failure of the only request speaks for itself. */
export function exitCodeOfOutcomes(outcomes: readonly AskOutcome[]): ExitCode {
  const [only] = outcomes;
  if (outcomes.length === 1 && only?.outcome.state === "rejected") return exitCodeOf(only.outcome.error.code);
  return outcomes.some(hasFailed) ? EXIT.failed : EXIT.done;
}

/** True also for an archived answer that is an error. */
export function hasFailed({ outcome }: AskOutcome): boolean {
  return outcome.state === "rejected" || outcome.response.resolution === "failed";
}

/** Says in one line on standard error what failed, if anything did. */
export function noteFailures(cli: Cli, outcomes: readonly AskOutcome[]): void {
  const failed = outcomes.filter(hasFailed);
  const [first] = failed;
  if (first === undefined) return;
  const { outcome } = first;
  const reason =
    outcome.state === "rejected"
      ? said(outcome.error)
      : `the source answered with an error, which is archived as response ${outcome.response.id}`;
  const where = first.line == null ? "" : ` (line ${first.line})`;
  cli.note(
    outcomes.length === 1 ? reason : `${failed.length} of ${outcomes.length} failed, the first${where}: ${reason}`,
  );
}

/** The outcome of one ask of another kind than fetch. @throws what is no DataioError */
export async function outcomeOf(ask: Promise<SessionResponse>): Promise<FetchOutcome> {
  try {
    return { state: "fulfilled", response: await ask };
  } catch (error) {
    if (error instanceof DataioError) return { state: "rejected", error };
    throw error;
  }
}
