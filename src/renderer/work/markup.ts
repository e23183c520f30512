/** XML and HTML, laid out with one element a line. */
import beautify from "js-beautify";
import formatXml from "xml-formatter";

export interface LaidOutMarkup {
  readonly text: string;
  readonly fault: { readonly reason: string } | null;
}

/**
 * Lays out XML; a text that is none stays as it is. So does the beginning of a longer one, which ends in the middle of
 * its elements: that is no fault of it.
 */
export function layOutXml(text: string, cut: boolean): LaidOutMarkup {
  try {
    const laid = formatXml(text.replace(/^\ufeff/, ""), {
      indentation: "  ",
      lineSeparator: "\n",
      collapseContent: true,
      strictMode: true,
    });
    return { text: laid, fault: null };
  } catch (error) {
    return { text, fault: cut ? null : { reason: reasonOf(error) } };
  }
}

/**
 * Lays out HTML, whatever state it is in: no page is so broken that browsers would not show it. Scripts, styles and
 * preformatted text stay as they are.
 */
export function layOutHtml(text: string): LaidOutMarkup {
  const laid = beautify.html(text, {
    indent_size: 2,
    wrap_line_length: 0,
    preserve_newlines: true,
    max_preserve_newlines: 1,
    extra_liners: [],
    unformatted: ["script", "style"],
    content_unformatted: ["pre", "textarea", "script", "style"],
  });
  return { text: laid, fault: null };
}

function reasonOf(error: unknown): string {
  if (error instanceof RangeError) return "Its elements are nested too deep to be laid out.";
  if (!(error instanceof Error)) return String(error);
  const { cause } = error as { cause?: unknown };
  return cause instanceof Error ? `${error.message} (${cause.message})` : error.message;
}
