/**
 * The words of an unfinished bash command line, and a word in quotes. Bash itself hands out words that are still quoted and that end at every
 * `=` and `:`. Quotes and backslashes are taken off; nothing else is done that a shell does, for a line that is only being
 * written must not run anything.
 */

/** All words; the last one is being written, and empty where none is begun. */
export function shellWords(line: string): string[] {
  const words: string[] = [];
  let word = "";
  let begun = false;
  let quote: string | null = null;
  const characters = [...line];
  for (let index = 0; index < characters.length; index += 1) {
    const character = characters[index] ?? "";
    if (character === quote) quote = null;
    else if (quote === null && (character === "'" || character === '"')) {
      quote = character;
      begun = true;
    } else if (character === "\\" && quote !== "'") {
      index += 1;
      word += characters[index] ?? "";
      begun = true;
    } else if (quote === null && /\s/.test(character)) {
      if (begun) words.push(word);
      word = "";
      begun = false;
    } else {
      word += character;
      begun = true;
    }
  }
  words.push(word);
  return words;
}

/** A word as a shell reads it back: in quotes where it needs them. */
export function quotedWord(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
