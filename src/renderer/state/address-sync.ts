/** Keeps the page's address and the view alike, so that a view can be bookmarked, and back and forward lead through views. */
import type { IdentitySort, RowSort, SessionSort } from "../../shared/contract.ts";
import { printFilter } from "../../shared/filter-text.ts";
import { parseTime } from "../format/times.ts";
import { type Address, isSameAddress, parseAddress, printAddress } from "./address.ts";
import { type App, PLAIN_VIEW, type View } from "./app.ts";
import { readFilter } from "./filter-terms.ts";
import { LAST_FETCHED_FIRST, LAST_STARTED_FIRST } from "./main-lists.ts";
import { NEWEST_FIRST } from "./rows.ts";
import type { MainView } from "./ui.ts";

/** One thing of a view that its address holds. */
interface AddressField {
  readonly name: string;
  /** Null for what goes without saying. */
  print(view: View): string | null;
  /** The view with what the text says; as it is when the text says nothing of use. */
  apply(view: View, text: string): View;
  /** True when a change of it is a step that one goes back from. */
  readonly isStep: boolean;
}

const LONGEST_ID = 1000;

/** What else a view is made of gets its line here. */
const FIELDS: readonly AddressField[] = [
  {
    name: "view",
    print: ({ main = "responses" }) => (main === "responses" ? null : main),
    apply: (view, text) => {
      const main = OTHER_VIEWS.find((known) => known === text);
      return main === undefined ? view : { ...view, main };
    },
    isStep: true,
  },
  {
    name: "job",
    print: ({ job = null }) => job,
    apply: (view, text) => (text === "" || text.length > LONGEST_ID ? view : { ...view, job: text }),
    isStep: true,
  },
  {
    name: "session",
    print: ({ sessionId }) => sessionId,
    apply: (view, text) => (text === "" || text.length > LONGEST_ID ? view : { ...view, sessionId: text }),
    isStep: true,
  },
  {
    name: "filter",
    print: ({ filter }) => (filter.length === 0 ? null : printFilter(filter)),
    apply: (view, text) => ({ ...view, filter: readFilter(text) }),
    isStep: true,
  },
  {
    name: "asOf",
    print: ({ asOf = null }) => asOf,
    apply: (view, text) => (parseTime(text) === null ? view : { ...view, asOf: text }),
    isStep: true,
  },
  {
    name: "sort",
    print: ({ sort }) => printOther(sort, NEWEST_FIRST),
    apply: (view, text) => withSort(view, "sort", sortOf(text, COLUMNS)),
    isStep: false,
  },
  {
    name: "requestSort",
    print: ({ requestSort = LAST_FETCHED_FIRST }) => printOther(requestSort, LAST_FETCHED_FIRST),
    apply: (view, text) => withSort(view, "requestSort", sortOf(text, REQUEST_COLUMNS)),
    isStep: false,
  },
  {
    name: "sessionSort",
    print: ({ sessionSort = LAST_STARTED_FIRST }) => printOther(sessionSort, LAST_STARTED_FIRST),
    apply: (view, text) => withSort(view, "sessionSort", sortOf(text, SESSION_COLUMNS)),
    isStep: false,
  },
];

const OTHER_VIEWS: readonly MainView[] = ["requests", "sessions", "overview"];
const COLUMNS = ["time", "source", "kind", "method", "status", "size", "type", "duration", "checksum"] as const;
const REQUEST_COLUMNS = ["last", "responses", "payloads", "changed", "source", "kind"] as const;
const SESSION_COLUMNS = ["started", "duration", "source", "responses", "failures", "bytes"] as const;

interface Sort<C extends string> {
  readonly column: C;
  readonly direction: "asc" | "desc";
}
interface Sorts {
  readonly sort: RowSort;
  readonly requestSort: IdentitySort;
  readonly sessionSort: SessionSort;
}

function printSort({ column, direction }: Sort<string>): string {
  return `${column}.${direction}`;
}

/** Null for the order that goes without saying. */
function printOther(sort: Sort<string>, usual: Sort<string>): string | null {
  return printSort(sort) === printSort(usual) ? null : printSort(sort);
}

function sortOf<C extends string>(text: string, columns: readonly C[]): Sort<C> | undefined {
  const sorts = columns.flatMap((column) => [
    { column, direction: "asc" as const },
    { column, direction: "desc" as const },
  ]);
  return sorts.find((sort) => printSort(sort) === text);
}

function withSort<K extends keyof Sorts>(view: View, name: K, sort: Sorts[K] | undefined): View {
  return sort === undefined ? view : { ...view, [name]: sort };
}

/** The fields of a view's address. */
export function fieldsOf(view: View): Map<string, string> {
  return new Map(
    FIELDS.flatMap(({ name, print }) => {
      const text = print(view);
      return text === null ? [] : [[name, text] as const];
    }),
  );
}

/** The view that the fields describe; what they do not say is as it is at first. */
export function viewOf(fields: Address["fields"]): View {
  return FIELDS.reduce((view, { name, apply }) => {
    const text = fields.get(name);
    return text === undefined ? view : apply(view, text);
  }, PLAIN_VIEW);
}

/** What of a window its address needs. */
export interface AddressPage {
  readonly location: Pick<Location, "hash" | "pathname">;
  readonly history: Pick<History, "pushState" | "replaceState">;
  addEventListener(type: "popstate", listener: () => void): void;
  removeEventListener(type: "popstate", listener: () => void): void;
}

/** Begins to keep the two alike; before the app starts, so that it starts with the view of the address. Returns what ends it. */
export function syncAddress(app: App, page: AddressPage): () => void {
  /** What the page came with, or was sent to, stays the entry of its history that it is. */
  let arriving = true;
  let scheduled = false;

  const current = () => parseAddress(page.location.hash);

  const write = () => {
    scheduled = false;
    const address = addressOf(app);
    if (address === null) return;
    const before = current();
    const steps = !arriving && isStep(before, address);
    arriving = false;
    if (isSameAddress(before, address)) return;
    const url = printAddress(address) || page.location.pathname;
    if (steps) page.history.pushState(null, "", url);
    else page.history.replaceState(null, "", url);
  };
  // A change of the view takes several steps of the state; only where they lead is an address.
  const schedule = () => {
    if (!scheduled) queueMicrotask(write);
    scheduled = true;
  };

  const onPopState = () => {
    const { archive, fields } = current();
    arriving = true;
    const isPlain = page.location.hash === "";
    void app
      .attempt("The address could not be shown", async () => {
        if (archive !== null) await app.showView(archive, viewOf(fields));
        else if (isPlain) await app.archives.getState().close();
      })
      .finally(schedule);
  };

  const first = current();
  if (first.archive !== null) app.startWith(first.archive, viewOf(first.fields));
  const stores = [app.archives, app.rows, app.requests, app.sessionTable, app.ui];
  const ends = stores.map((store) => store.subscribe(schedule));
  page.addEventListener("popstate", onPopState);
  return () => {
    page.removeEventListener("popstate", onPopState);
    for (const end of ends) end();
  };
}

/** Null while the app is on its way to somewhere else. */
function addressOf(app: App): Address | null {
  const { info, archive, opening, failure } = app.archives.getState();
  if (info === null || opening !== null) return null;
  // An address whose archive could not be opened is kept, to be tried again.
  if (archive === null) return failure === null ? { archive: null, fields: new Map() } : null;
  const { listing } = app.rows.getState();
  if (listing?.archiveId !== archive.id) return null;
  const [requestSort, sessionSort] = [app.requests.getState().sort, app.sessionTable.getState().sort];
  const { view: main, jobPage: job } = app.ui.getState();
  const view = { ...listing, main, job, requestSort, sessionSort };
  return { archive: archive.path, fields: fieldsOf(view) };
}

function isStep(before: Address, after: Address): boolean {
  const changed = (name: string) => before.fields.get(name) !== after.fields.get(name);
  return before.archive !== after.archive || FIELDS.some(({ name, isStep: steps }) => steps && changed(name));
}
