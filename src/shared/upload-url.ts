/** A file that is to be sent reaches hosts whose page is in a browser by URL, by PUT. Both sides share these lines. */

/** Bytes that one send takes at most: what is sent once is held as a whole while it goes out. */
export const MOST_SENT_BYTES = 64 * 1024 * 1024;
/** The same for people. */
export const MOST_SENT = `${MOST_SENT_BYTES / 1024 / 1024} MiB`;

/** Where a file of this name is put, relative to the page. */
export function uploadUrl(name: string): string {
  return `upload?name=${encodeURIComponent(name)}`;
}

/** Reads such an address; null when it is another. */
export function parseUploadUrl({ pathname, searchParams }: URL): { name: string } | null {
  return /^\/?upload$/.test(pathname) ? { name: searchParams.get("name") ?? "" } : null;
}
