import { Hourglass, Inbox, ListX } from "lucide-react";
import type { ReactNode } from "react";
import type { ErrorShape } from "../../../shared/contract.ts";
import { ArchivedText } from "../../components/archived-text.tsx";
import { EmptyState, FailureState } from "../../components/banner.tsx";
import { Button } from "../../components/button.tsx";
import { Skeleton } from "../../components/skeleton.tsx";
import { useApp, useFilterIndex } from "../../state/context.ts";
import { showMainView } from "../../state/views.ts";
import { mayPass, nextStep } from "../archives/next-steps.ts";
import { IndexProgress } from "../filter/index-progress.tsx";

type What = "requests" | "sessions";

interface ListState {
  readonly phase: "idle" | "loading" | "ready" | "failed";
  readonly error: ErrorShape | null;
  readonly moreError: ErrorShape | null;
  readonly items: { readonly length: number };
  readonly outdated: boolean;
}

/** A list of requests or sessions in whatever state it is; `children` is its table. */
export function ListContent({
  what,
  state: { phase, error, moreError, items, outdated },
  empty,
  children,
}: {
  readonly what: What;
  readonly state: ListState;
  readonly empty: ReactNode;
  readonly children: ReactNode;
}) {
  const app = useApp();
  const isBuilding = useFilterIndex((all) => all.index?.state === "building");
  const list = what === "requests" ? app.requests : app.sessionTable;
  const refresh = () => void list.getState().refresh();
  if (phase === "failed") return <Failed what={what} error={error} onRetry={refresh} />;
  const isLoading = phase === "loading" || phase === "idle";
  if (isLoading && isBuilding) return <Building what={what} />;
  if (items.length === 0) {
    return isLoading ? <Skeleton form="rows" lines={24} label={`Loading ${what}…`} /> : empty;
  }
  return (
    <>
      {children}
      {outdated && !isLoading && (
        <button type="button" className="pill pill-quiet" onClick={refresh}>
          The list has changed · refresh
        </button>
      )}
      {moreError !== null && (
        <div className="rows-more-error" role="alert">
          <span>
            More {what} could not be read: <ArchivedText text={moreError.message} />
          </span>
          <Button onClick={() => void list.getState().retry()}>Try again</Button>
        </div>
      )}
    </>
  );
}

function ResponsesButton() {
  const app = useApp();
  return <Button onClick={() => showMainView(app, "responses")}>Show the responses</Button>;
}

function Building({ what }: { readonly what: What }) {
  const index = useFilterIndex((state) => state.index);
  return (
    <EmptyState
      icon={<Hourglass size={24} aria-hidden />}
      title="The index is being made"
      actions={<ResponsesButton />}
    >
      <p>The {what} are listed by an index of the archive. They come by themselves once it is there.</p>
      {index?.state === "building" && <IndexProgress index={index} />}
    </EmptyState>
  );
}

function Failed({
  what,
  error,
  onRetry,
}: {
  readonly what: What;
  readonly error: ErrorShape | null;
  readonly onRetry: () => void;
}) {
  const hasNoIndex = error?.code === "INDEX_UNAVAILABLE";
  return (
    <FailureState
      title={hasNoIndex ? `The ${what} cannot be listed now` : `The ${what} could not be read`}
      actions={
        <div className="filter-actions">
          <Button onClick={onRetry}>Try again</Button>
          <ResponsesButton />
        </div>
      }
    >
      <p>
        <ArchivedText text={error?.message ?? ""} />
      </p>
      {hasNoIndex && <p>The archive itself is as it was; all its responses can be listed.</p>}
      {error !== null && mayPass(error.code) && <p>{nextStep(error.code)}</p>}
    </FailureState>
  );
}

/** There are none, and what would make some. */
export function NoItems({
  what,
  isSession,
  children,
}: {
  readonly what: What;
  readonly isSession: boolean;
  readonly children: ReactNode;
}) {
  if (isSession) {
    return (
      <EmptyState icon={<ListX size={24} aria-hidden />} title={`This session has no ${what}`}>
        <p>It was opened and asked for nothing.</p>
      </EmptyState>
    );
  }
  return (
    <EmptyState icon={<Inbox size={24} aria-hidden />} title={`No ${what} yet`}>
      <p>{children}</p>
    </EmptyState>
  );
}
