import { columnResizingFeature, columnSizingFeature, tableFeatures } from "@tanstack/react-table";

/** What of the table library is used: column widths and dragging them. Rows, order and selection are the stores'. */
export const rowTableFeatures = tableFeatures({ columnSizingFeature, columnResizingFeature });
export type RowTableFeatures = typeof rowTableFeatures;
