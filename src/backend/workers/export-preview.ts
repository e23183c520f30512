/** What an export would give its files as names, and how much it is; in the reader thread, for both read the archive. */
import {
  type ArchiveLocation,
  DEFAULT_NAME_TEMPLATE,
  type ExportScope,
  NAME_FIELDS,
  nameTemplateProblem,
  previewExport,
} from "@mxm/dataio";
import type { ExportPreview } from "../../shared/contract.ts";

export async function exportPreview(
  location: ArchiveLocation,
  query: { readonly scope: ExportScope; readonly template: string | null; readonly limit: number },
): Promise<ExportPreview> {
  const template = query.template ?? DEFAULT_NAME_TEMPLATE;
  const problem = nameTemplateProblem(template);
  const names =
    problem === null ? await previewExport(location, { scope: query.scope, template, limit: query.limit }) : [];
  return { template, fields: NAME_FIELDS, problem, names };
}
