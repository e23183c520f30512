/** A command line taken apart: POSIX quoting, `$'…'`, lines joined by a backslash; and what cmd.exe is given. */

/** The words of a command line. @throws Error for a quote that is not closed */
export function shellWords(text: string): string[] {
  return isCmd(text) ? cmdWords(text) : posixWords(text);
}

/** Browsers on Windows copy commands in which carets stand before quotes and line breaks. */
function isCmd(text: string): boolean {
  return /\^"|\^\r?\n/.test(text) && !/\\\r?\n/.test(text);
}

/** First cmd.exe takes carets away, then the program reads quotes, in which a backslash stands before a quote. */
function cmdWords(text: string): string[] {
  const plain = text
    .trim()
    .replaceAll(/\^(\r?\n|[\s\S])/g, (_, next: string) => (/\n/.test(next) ? "" : next))
    .replaceAll("%%", "%");
  const words: string[] = [];
  for (const [word] of plain.matchAll(/(?:"(?:\\[\s\S]|""|[^"\\])*"|[^\s"])+|"/g)) {
    if (word === '"') throw new Error("A quote is not closed.");
    words.push(
      word.replaceAll(/"((?:\\[\s\S]|""|[^"\\])*)"/g, (_, quoted: string) =>
        quoted.replaceAll(/\\(["\\])/g, "$1").replaceAll('""', '"'),
      ),
    );
  }
  return words;
}

const ESCAPES: Readonly<Record<string, string>> = {
  a: "\x07",
  b: "\b",
  e: "\x1b",
  E: "\x1b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
  v: "\v",
  "'": "'",
  '"': '"',
  "?": "?",
  "\\": "\\",
};

function posixWords(text: string): string[] {
  const words: string[] = [];
  let word: string | null = null;
  const pattern =
    /\\\r?\n|\s+|'([^']*)'|"((?:[^"\\]|\\[\s\S])*)"|\$'((?:[^'\\]|\\[\s\S])*)'|\\([\s\S])|(['"])|([^\s'"\\$]+|\$)/gy;
  for (const match of text.trim().matchAll(pattern)) {
    const [all, single, double, ansi, escaped, open, plain] = match;
    if (open !== undefined) throw new Error("A quote is not closed.");
    if (single !== undefined) word = (word ?? "") + single;
    else if (double !== undefined) word = (word ?? "") + double.replace(/\\\r?\n/g, "").replace(/\\(["\\$`!])/g, "$1");
    else if (ansi !== undefined) word = (word ?? "") + unescapedAnsi(ansi);
    else if (escaped !== undefined) word = (word ?? "") + escaped;
    else if (plain !== undefined) word = (word ?? "") + plain;
    else if (/^\s/.test(all) && word !== null) {
      words.push(word);
      word = null;
    }
  }
  return word === null ? words : [...words, word];
}

/** `\x` and octal escapes are bytes, of which several may be one character in UTF-8; `\u` are characters. */
function unescapedAnsi(text: string): string {
  const pattern = /(?:\\x[0-9a-fA-F]{1,2}|\\[0-7]{1,3})+|\\u([0-9a-fA-F]{1,4})|\\U([0-9a-fA-F]{1,8})|\\([\s\S])/g;
  return text.replace(pattern, (all, short?: string, long?: string, one?: string) => {
    if (short !== undefined) return String.fromCharCode(Number.parseInt(short, 16));
    if (long !== undefined) return String.fromCodePoint(Math.min(Number.parseInt(long, 16), 0x10ffff));
    if (one !== undefined) return ESCAPES[one] ?? `\\${one}`;
    const bytes = [...all.matchAll(/\\(?:x([0-9a-fA-F]+)|([0-7]+))/g)].map(([, hex, octal]) =>
      hex === undefined ? Number.parseInt(octal ?? "", 8) & 0xff : Number.parseInt(hex, 16),
    );
    return new TextDecoder().decode(Uint8Array.from(bytes));
  });
}
