/** Requests of rows in the words of other tools: what the window copies or saves. */
import { type RowDetail, type SnippetForm, snippetOf, snippetText } from "@mxm/dataio";
import type { WrittenSnippets } from "../shared/contract.ts";

/** @param archive its folder */
export function writtenSnippets(
  details: readonly RowDetail[],
  how: { readonly archive: string; readonly form: SnippetForm; readonly asFile: boolean },
): WrittenSnippets {
  const texts = new Set<string>();
  const obstacles: string[] = [];
  for (const { request, row, hashCheck } of details) {
    const marks = hashCheck?.state === "match" ? hashCheck : null;
    const written =
      request === null
        ? { obstacle: "The request is not in the archive." }
        : snippetOf(how.form, {
            ...request,
            archive: how.archive,
            source: row.source,
            bucket: marks?.bucket ?? null,
            tag: marks?.tag ?? null,
          });
    if ("text" in written) texts.add(written.text);
    else obstacles.push(written.obstacle);
  }
  return {
    text: texts.size === 0 ? null : snippetText(how.form, [...texts], how.asFile),
    count: texts.size,
    kinds: [...new Set(details.flatMap(({ request }) => (request === null ? [] : [request.kind])))],
    obstacles,
    inferred: details.some(({ row }) => row.requestInferred),
  };
}
