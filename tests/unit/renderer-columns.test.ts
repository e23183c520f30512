import { describe, expect, it } from "vitest";
import {
  movedColumn,
  orderedColumns,
  shownColumns,
  toggledColumn,
} from "../../src/renderer/features/requests/column-order.ts";

const ALL = ["time", "source", "kind", "size"].map((id) => ({ id }));
const idsOf = (columns: readonly { readonly id: string }[]) => columns.map(({ id }) => id);

describe("the columns that a person chose", () => {
  it("stand in the person's order; new ones after the column they follow by default", () => {
    expect(idsOf(orderedColumns(ALL, []))).toEqual(["time", "source", "kind", "size"]);
    expect(idsOf(orderedColumns(ALL, ["size", "time", "kind"]))).toEqual(["size", "time", "source", "kind"]);
    expect(idsOf(orderedColumns(ALL, ["kind"]))).toEqual(["time", "source", "kind", "size"]);
  });

  it("leave names aside that no column has, or has twice", () => {
    expect(idsOf(orderedColumns(ALL, ["gone", "size", "size", "time"]))).toEqual(["size", "time", "source", "kind"]);
  });

  it("move among those that are shown", () => {
    expect(movedColumn(ALL, [], ["source"], "kind", -1)).toEqual(["kind", "time", "source", "size"]);
    expect(movedColumn(ALL, [], ["source"], "time", 1)).toEqual(["source", "kind", "time", "size"]);
    expect(movedColumn(ALL, [], [], "time", -1)).toEqual(["time", "source", "kind", "size"]);
    expect(movedColumn(ALL, [], ["kind"], "kind", 1)).toEqual(["time", "source", "kind", "size"]);
  });

  it("are never none at all", () => {
    expect(idsOf(shownColumns(ALL, [], ["kind"]))).toEqual(["time", "source", "size"]);
    expect(idsOf(shownColumns(ALL, [], idsOf(ALL)))).toEqual(idsOf(ALL));
    expect(toggledColumn(ALL, ["time", "source", "kind"], "size")).toEqual(["time", "source", "kind"]);
    expect(toggledColumn(ALL, [], "size")).toEqual(["size"]);
    expect(toggledColumn(ALL, ["size"], "size")).toEqual([]);
  });
});
