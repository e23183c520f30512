/** Collects findings: counts are exact, the list of each code is capped. */
import type { ErrorDetails } from "../errors.ts";
import {
  FINDING_CODES,
  type Finding,
  type FindingCode,
  type FindingRow,
  type FindingSeverity,
  type VerifyReport,
  type VerifyStep,
} from "./report.ts";

/** Rows that one finding names at most. */
export const ROWS_OF_A_FINDING = 100;

/** A finding as a step states it; what is left out is empty, and the severity that of the code. */
export interface StatedFinding {
  readonly code: FindingCode;
  readonly step: VerifyStep;
  readonly message: string;
  readonly severity?: FindingSeverity;
  readonly rows?: readonly FindingRow[];
  readonly moreRows?: number;
  readonly files?: readonly string[];
  readonly details?: ErrorDetails;
}

/** The findings of one run. */
export class Findings {
  readonly #cap: number;
  readonly #listed: Finding[] = [];
  readonly #counts = new Map<FindingCode, number>();
  readonly #severities: Record<FindingSeverity, number> = { error: 0, warning: 0, info: 0 };

  /** @param cap how many findings of one code are listed */
  constructor(cap: number) {
    this.#cap = cap;
  }

  /** True while a further finding of this code would be listed; gathering what it names may be saved otherwise. */
  lists(code: FindingCode): boolean {
    return (this.#counts.get(code) ?? 0) < this.#cap;
  }

  add(stated: StatedFinding): void {
    const finding: Finding = {
      severity: FINDING_CODES[stated.code],
      rows: [],
      moreRows: 0,
      files: [],
      details: {},
      ...stated,
    };
    if (this.lists(finding.code)) this.#listed.push(finding);
    this.#counts.set(finding.code, (this.#counts.get(finding.code) ?? 0) + 1);
    this.#severities[finding.severity] += 1;
  }

  report(): Pick<VerifyReport, "severities" | "codes" | "findings" | "unlisted"> {
    const unlisted = [...this.#counts].flatMap(([code, count]): [FindingCode, number][] =>
      count > this.#cap ? [[code, count - this.#cap]] : [],
    );
    return {
      severities: { ...this.#severities },
      codes: Object.fromEntries(this.#counts),
      findings: this.#listed,
      unlisted: Object.fromEntries(unlisted),
    };
  }
}
