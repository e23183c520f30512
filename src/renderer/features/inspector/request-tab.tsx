import type { HashCheck, ImportOrigin, Request, RowDetail } from "../../../shared/contract.ts";
import { ArchivedText } from "../../components/archived-text.tsx";
import { Banner } from "../../components/banner.tsx";
import { CodeView } from "../../components/code-view.tsx";
import { CopyButton } from "../../components/copy-button.tsx";
import { Fact, Facts } from "../../components/facts.tsx";
import { layOutJson } from "../../format/json-text.ts";
import { formatBytesExactly } from "../../format/quantities.ts";
import { formatTime } from "../../format/times.ts";
import { useTimeZone } from "../../state/context.ts";
import { spokenFault } from "../fetch/draft.ts";
import { spokenForm } from "./hash-forms.ts";

/** What was asked, by which session, and what the archive holds about it. */
export function RequestTab({ detail }: { readonly detail: RowDetail }) {
  const { row, request, session, hashCheck } = detail;
  const inferred = row.requestInferred ? "inferred" : "";
  return (
    <>
      {row.failure !== null && (
        <Banner tone="bad" title="This request failed">
          <p>
            <ArchivedText text={row.failure.message} /> <ArchivedText text={row.failure.code} className="mono muted" />
          </p>
        </Banner>
      )}
      {row.orphan && (
        <Banner tone="note" title="The request row of this response is not in the archive">
          <p>
            {row.requestInferred
              ? "Inferred: what is shown here is a request that got the same bytes."
              : "No other request got the same bytes, so what was asked is not known."}
          </p>
        </Banner>
      )}
      <div className="tab-scroll">
        <section className="inspector-section">
          <Facts>
            <Fact name="Kind" value={row.kind ?? undefined}>
              <ArchivedText text={row.kind ?? "not known"} className={inferred} />
            </Fact>
            <Fact name="Method" value={row.method ?? undefined}>
              <ArchivedText text={row.method ?? "not known"} className={inferred} />
            </Fact>
            <Fact name="Source" value={row.source ?? undefined}>
              <ArchivedText text={row.source ?? "not known"} className={row.sessionInferred ? "inferred" : ""} />
            </Fact>
            {session !== null && <SessionFacts detail={detail} />}
            {detail.importedFrom !== null && <ImportFacts origin={detail.importedFrom} />}
          </Facts>
        </section>
        {request !== null && (
          <>
            <JsonSection title="Params" text={request.paramsJson} />
            <JsonSection title="Body" text={request.bodyJson} />
            <section className="inspector-section">
              <h3 className="section-head">Identity</h3>
              <Facts>
                <Fact
                  name="Hash"
                  copy={request.hash === null ? undefined : { text: request.hash, label: "Copy the hash" }}
                >
                  <ArchivedText text={request.hash ?? "none in the row"} className="mono" />
                </Fact>
                {hashCheck !== null && <HashFact check={hashCheck} />}
              </Facts>
            </section>
          </>
        )}
        <IdSection detail={detail} request={request} />
      </div>
    </>
  );
}

function SessionFacts({ detail }: { readonly detail: RowDetail }) {
  const zone = useTimeZone();
  const { session, row } = detail;
  if (session === null) return null;
  const inferred = row.sessionInferred ? "inferred" : "";
  return (
    <>
      <Fact name="Session started" value={session.startedAt}>
        <ArchivedText text={formatTime(session.startedAt, zone)} className={inferred} />
        {row.sessionInferred && <span className="muted"> (inferred from the time window)</span>}
      </Fact>
      <Fact name="Session ended" value={session.endedAt ?? undefined}>
        <ArchivedText
          text={session.endedAt === null ? "not ended" : formatTime(session.endedAt, zone)}
          className={inferred}
        />
      </Fact>
      <Fact name="As of" value={session.asOf}>
        <ArchivedText text={formatTime(session.asOf, zone)} />
      </Fact>
    </>
  );
}

function ImportFacts({ origin }: { readonly origin: ImportOrigin }) {
  const zone = useTimeZone();
  const { kind, name, importedAt, originalId } = origin;
  return (
    <>
      <Fact name="Imported from" value={name}>
        <ArchivedText text={name} /> <span className="muted">({IMPORT_NAMES[kind] ?? kind})</span>
      </Fact>
      <Fact name="Imported at" value={importedAt}>
        <ArchivedText text={formatTime(importedAt, zone)} />
      </Fact>
      {/* A folder has files, and no rows. */}
      {kind !== "folder" && (
        <Fact name="Id there" copy={{ text: originalId, label: "Copy what the row was there" }}>
          <ArchivedText text={originalId} className="mono" />
        </Fact>
      )}
    </>
  );
}

const IMPORT_NAMES: Readonly<Record<string, string>> = {
  archive: "archive",
  har: "HAR",
  warc: "WARC",
  folder: "folder",
};

function JsonSection({ title, text }: { readonly title: string; readonly text: string | null }) {
  if (text === null) {
    return (
      <section className="inspector-section">
        <h3 className="section-head">{title}</h3>
        <p className="muted">none</p>
      </section>
    );
  }
  const layout = layOutJson(text);
  return (
    <section className="inspector-section">
      <div className="section-head">
        <h3>{title}</h3>
        <CopyButton text={text} label={`Copy ${title.toLowerCase()}`} />
        {!layout.ok && <span className="tone-doubt">not valid JSON: {spokenFault(layout.fault)}</span>}
      </div>
      <div className="code-box">
        <CodeView
          text={layout.ok ? layout.text : text}
          language={layout.ok ? "json" : "text"}
          label={layout.ok ? title : `${title} as archived`}
          barless
        />
      </div>
    </section>
  );
}

function HashFact({ check }: { readonly check: HashCheck }) {
  switch (check.state) {
    case "match":
      return (
        <Fact name="Hash check">
          <span className="tone-good">matches the request</span>{" "}
          <span className="muted">({spokenForm(check.form, check.bucket)})</span>
        </Fact>
      );
    case "mismatch":
      return (
        <>
          <Fact name="Hash check">
            <span className="tone-bad">does not match the request</span>
          </Fact>
          <Fact name="Expected" copy={{ text: check.expected, label: "Copy the expected hash" }}>
            <span className="mono">{check.expected}</span>
          </Fact>
        </>
      );
    case "absent":
      return (
        <Fact
          name="Expected"
          copy={check.expected === null ? undefined : { text: check.expected, label: "Copy the expected hash" }}
        >
          <span className="mono">{check.expected ?? "cannot be computed"}</span>
        </Fact>
      );
    case "uncheckable":
      return (
        <Fact name="Hash check">
          <span className="tone-doubt">cannot be checked: </span>
          <ArchivedText text={check.reason} />
        </Fact>
      );
  }
}

function IdSection({ detail, request }: { readonly detail: RowDetail; readonly request: Request | null }) {
  const zone = useTimeZone();
  const { response, resolution, session, row } = detail;
  return (
    <section className="inspector-section">
      <h3 className="section-head">In the archive</h3>
      <Facts>
        {response !== null && <IdFact name="Response id" id={response.id} />}
        {resolution !== null && <IdFact name="Resolution id" id={resolution.id} />}
        {(request?.id ?? row.requestId) !== null && (
          <IdFact
            name={row.requestInferred ? "Inferred request" : "Request id"}
            id={request?.id ?? row.requestId ?? ""}
          />
        )}
        {response !== null && row.orphan && <IdFact name="Recorded request" id={response.requestId} />}
        {session !== null && <IdFact name="Session id" id={session.id} />}
        {request !== null && (
          <Fact name="First asked" value={request.createdAt}>
            <ArchivedText text={formatTime(request.createdAt, zone)} />
          </Fact>
        )}
        {response?.checksum != null && <IdFact name="Checksum" id={response.checksum} />}
        {response?.sizeBytes != null && (
          <Fact name="Recorded size" value={String(response.sizeBytes)}>
            {formatBytesExactly(response.sizeBytes)}
          </Fact>
        )}
        {response?.sequence != null && <Fact name="Sequence">{response.sequence}</Fact>}
        {response?.path != null && (
          <Fact name="Recorded path" copy={{ text: response.path, label: "Copy the recorded path" }}>
            <ArchivedText text={response.path} className="mono" />
            <span className="muted"> (path on the writing machine, never opened)</span>
          </Fact>
        )}
        {resolution?.policyJson != null && (
          <Fact name="Cache policy">
            <ArchivedText text={resolution.policyJson} className="mono" />
          </Fact>
        )}
        {resolution?.sentChecksum != null && <IdFact name="Sent bytes" id={resolution.sentChecksum} />}
      </Facts>
    </section>
  );
}

function IdFact({ name, id }: { readonly name: string; readonly id: string }) {
  return (
    <Fact name={name} copy={{ text: id, label: `Copy the ${name.toLowerCase()}` }}>
      <ArchivedText text={id} className="mono" />
    </Fact>
  );
}
