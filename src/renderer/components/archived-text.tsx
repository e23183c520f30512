import { visibleText } from "../format/visible-text.ts";

/**
 * A text from an archive on one line: a text node within its own direction, hidden characters made visible. Everything
 * archived that stands outside a code view goes through here.
 */
export function ArchivedText({ text, className }: { readonly text: string; readonly className?: string }) {
  return <bdi className={className}>{visibleText(text)}</bdi>;
}
