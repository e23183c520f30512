import type { ReactNode } from "react";
import type { Integrity, Overview, PayloadSizes, RowFilter } from "../../../shared/contract.ts";
import { formatBytes, formatBytesExactly, formatCount, formatCounted } from "../../format/quantities.ts";
import { useApp } from "../../state/context.ts";
import { SignIcon } from "../requests/sign-icon.tsx";
import { integrityLook } from "../requests/statuses.ts";
import { follow, HAS_FAILED, type Lead, showRows } from "./leads.ts";
import { failureCount, spokenFailures, spokenShare } from "./spoken.ts";

export interface FiguresProps {
  readonly overview: Overview;
  /** Null until they are summed. */
  readonly sizes: PayloadSizes | null;
  /** Null until they are counted. */
  readonly requests: number | null;
  /** Rows whose files were not looked at yet. */
  readonly pending: number;
}

/** What one wants to know first. A figure leads to the rows that it counts. */
export function Figures({ overview, sizes, requests, pending }: FiguresProps) {
  const { changes, failures, orphans } = overview;
  const failed = failureCount(overview);
  const compared = changes.changed + changes.unchanged;
  const isUnchanged: RowFilter = [{ key: "changed", value: "no", not: false }];
  return (
    <section aria-label="Figures">
      <ul className="figures">
        <Figure name="Responses" value={formatCount(overview.responses)} lead={{}}>
          {overview.undated > 0 && `${formatCount(overview.undated)} without a time`}
        </Figure>
        <Figure name="Requests" value={requests === null ? null : formatCount(requests)} lead={{ main: "requests" }} />
        <Figure name="Sessions" value={formatCount(overview.sessions)} lead={{ main: "sessions" }} />
        <Figure name="Payloads" value={sizes === null ? null : formatCount(sizes.payloads)}>
          each kept once
        </Figure>
        <Bytes sizes={sizes} />
        <Figure
          name="Unchanged"
          value={spokenShare(changes.unchanged, compared)}
          lead={changes.unchanged > 0 ? { filter: isUnchanged } : undefined}
          title="Responses that brought the same bytes as the one before them"
        >
          {compared > 0 ? `of ${formatCount(compared)} repeated` : "nothing repeated"}
        </Figure>
        <Figure
          name="Failures"
          value={formatCount(failed)}
          tone={failed > 0 ? "bad" : undefined}
          lead={failed > 0 ? { filter: HAS_FAILED } : undefined}
          title="Answers that say no, asks that failed, and requests of ended sessions that have no response"
        >
          {spokenFailures(failures)}
        </Figure>
        <Figure
          name="Orphans"
          value={formatCount(orphans)}
          lead={orphans > 0 ? { filter: [{ key: "is", value: "orphan", not: false }] } : undefined}
          title="Responses whose request row was never stored"
        />
      </ul>
      {overview.integrity === null ? (
        <p className="overview-integrity muted">
          Whether payload files were whole then is not known: they are counted in the overview of now.
        </p>
      ) : (
        <IntegrityLine integrity={overview.integrity} pending={pending} />
      )}
    </section>
  );
}

/** What payloads take on disk, and took to come in; of a moment that has passed only the latter can be known. */
function Bytes({ sizes }: { readonly sizes: PayloadSizes | null }) {
  if (sizes === null) return <Figure name="Stored" value={null} />;
  const received = sizes.bySource.reduce((sum, { bytes }) => sum + bytes, 0);
  const { storedBytes } = sizes;
  return storedBytes === null ? (
    <Figure name="Received" value={formatBytes(received)} title={formatBytesExactly(received)} />
  ) : (
    <Figure name="Stored" value={formatBytes(storedBytes)} title={formatBytesExactly(storedBytes)}>
      {formatBytes(received)} received
    </Figure>
  );
}

interface FigureProps {
  readonly name: string;
  /** Null while it is found out. */
  readonly value: string | null;
  readonly tone?: "bad" | undefined;
  /** The table that it counts; left out where there is none. */
  readonly lead?: Lead | undefined;
  readonly title?: string | undefined;
  readonly children?: ReactNode;
}

function Figure({ name, value, tone, lead, title, children }: FigureProps) {
  const app = useApp();
  const content = (
    <>
      <span className="figure-name">{name}</span>
      <span className={tone === undefined ? "figure-value" : `figure-value tone-${tone}`}>{value ?? "…"}</span>
      <span className="figure-note">{children}</span>
    </>
  );
  return (
    <li title={title}>
      {lead === undefined ? (
        <div className="figure">{content}</div>
      ) : (
        <button type="button" className="figure" onClick={() => follow(app, lead)}>
          {content}
        </button>
      )}
    </li>
  );
}

const STATES = ["ok", "corrupt", "missing", "unaddressable", "unchecked"] as const satisfies readonly Integrity[];

function IntegrityLine({
  integrity,
  pending,
}: {
  readonly integrity: NonNullable<Overview["integrity"]>;
  readonly pending: number;
}) {
  const app = useApp();
  const shown = STATES.filter((state) => integrity[state] > 0);
  if (shown.length === 0 && pending === 0) return null;
  return (
    <p className="overview-integrity">
      <span className="figure-name">Payloads of the responses</span>
      {shown.map((state) => {
        const { tone, sign, word, explanation } = integrityLook(state);
        return (
          <button
            key={state}
            type="button"
            className={`sign tone-${tone} integrity-count`}
            title={explanation}
            onClick={() => showRows(app, [{ key: "integrity", value: state, not: false }])}
          >
            <SignIcon sign={sign} />
            {formatCount(integrity[state])} {word}
          </button>
        );
      })}
      {pending > 0 && <span className="muted">{formatCounted(pending, "row")} still to be looked at…</span>}
    </p>
  );
}
