/** What holds until a person chooses otherwise. Apart from the contract, so that the page needs none of its schemas. */
import type { Settings } from "./contract.ts";

export const DEFAULT_SETTINGS: Settings = {
  theme: "system",
  density: "normal",
  timeZone: "utc",
  panes: {},
  columnWidths: {},
  columnOrder: [],
  hiddenColumns: [],
  tables: {
    requests: { columnWidths: {}, columnOrder: [], hiddenColumns: [] },
    sessions: { columnWidths: {}, columnOrder: [], hiddenColumns: [] },
  },
  groupByDay: false,
  jsonForms: { json: "tree", ndjson: "tree" },
  savedFilters: {},
};
