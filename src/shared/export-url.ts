/** What an export wrote is fetched by URL from hosts whose page is in a browser. Both sides share these lines. */

/** The path of what an export job wrote, relative to the page. */
export function exportUrl(jobId: string): string {
  return `export/${encodeURIComponent(jobId)}`;
}

/** Reads such a path; null when it is another. */
export function parseExportPath(pathname: string): { jobId: string } | null {
  const match = /^\/?export\/([^/]+)$/.exec(pathname);
  if (match?.[1] === undefined) return null;
  try {
    return { jobId: decodeURIComponent(match[1]) };
  } catch {
    return null;
  }
}
