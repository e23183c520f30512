/** Findings by what they are, the gravest first. */
import type { Finding, FindingCode, FindingSeverity, VerifyReport } from "../../../shared/contract.ts";

export interface FindingGroup {
  readonly code: FindingCode;
  /** The gravest of its findings. */
  readonly severity: FindingSeverity;
  /** All there are; more than `findings` has where the report is cut. */
  readonly count: number;
  readonly findings: readonly Finding[];
}

const ORDER: readonly FindingSeverity[] = ["error", "warning", "info"];

export function groupFindings(report: Pick<VerifyReport, "findings" | "codes">): FindingGroup[] {
  const groups = new Map<FindingCode, Finding[]>();
  for (const finding of report.findings) {
    const group = groups.get(finding.code);
    if (group === undefined) groups.set(finding.code, [finding]);
    else group.push(finding);
  }
  return [...groups]
    .map(([code, findings]): FindingGroup => {
      const severity = ORDER.find((each) => findings.some((finding) => finding.severity === each)) ?? "info";
      return { code, severity, count: report.codes[code] ?? findings.length, findings };
    })
    .sort((a, b) => ORDER.indexOf(a.severity) - ORDER.indexOf(b.severity));
}
