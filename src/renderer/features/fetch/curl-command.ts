/** A curl command as people copy it from a browser or a manual: POSIX quoting, `$'…'`, lines joined by a backslash. */

export interface CurlCall {
  readonly url: string;
  /** Null where the command names none. */
  readonly method: string | null;
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** Null where nothing is sent. */
  readonly data: string | null;
}

/** Options with a value that say something about the request. */
const TAKEN: Readonly<
  Record<string, "url" | "method" | "header" | "data" | "raw" | "encoded" | "user" | "agent" | "cookie" | "referer">
> = {
  "--url": "url",
  "-X": "method",
  "--request": "method",
  "-H": "header",
  "--header": "header",
  "-d": "data",
  "--data": "data",
  "--data-ascii": "data",
  "--data-binary": "data",
  "--data-raw": "raw",
  "--json": "data",
  "--data-urlencode": "encoded",
  "-u": "user",
  "--user": "user",
  "-A": "agent",
  "--user-agent": "agent",
  "-b": "cookie",
  "--cookie": "cookie",
  "-e": "referer",
  "--referer": "referer",
};
/** Options with a value that say nothing about it. */
const PASSED_OVER = new Set([
  "-o",
  "--output",
  "-m",
  "--max-time",
  "--connect-timeout",
  "--retry",
  "-w",
  "--write-out",
  "-c",
  "--cookie-jar",
  "--cacert",
  "-E",
  "--cert",
  "--key",
  "-x",
  "--proxy",
  "--limit-rate",
  "-T",
  "--max-redirs",
  "--resolve",
  "--interface",
]);

/** @throws Error that says what cannot be read */
export function parseCurl(command: string): CurlCall {
  const [program, ...words] = shellWords(command);
  if (program !== "curl") throw new Error("This does not begin with curl.");
  let [url, method]: [string | null, string | null] = [null, null];
  let asQuery = false;
  const headers: [string, string][] = [];
  const data: string[] = [];
  const take = (option: (typeof TAKEN)[string], value: string) => {
    switch (option) {
      case "url":
        url = value;
        return;
      case "method":
        method = value.toUpperCase();
        return;
      case "header": {
        const colon = value.indexOf(":");
        if (colon > 0) headers.push([value.slice(0, colon).trim(), value.slice(colon + 1).trim()]);
        return;
      }
      case "data":
        if (value.startsWith("@")) throw new Error("Data from a file cannot be taken over.");
        data.push(value);
        return;
      case "raw":
        data.push(value);
        return;
      case "encoded": {
        const [name, ...rest] = value.split("=");
        data.push(rest.length === 0 ? encodeURIComponent(value) : `${name}=${encodeURIComponent(rest.join("="))}`);
        return;
      }
      case "user":
        headers.push(["authorization", `Basic ${value}`]);
        return;
      case "agent":
        headers.push(["user-agent", value]);
        return;
      case "cookie":
        headers.push(["cookie", value]);
        return;
      case "referer":
        headers.push(["referer", value]);
    }
  };
  const left = words.values();
  const next = () => left.next().value ?? "";
  for (const word of left) {
    if (!word.startsWith("-") || word === "-") {
      url ??= word;
      continue;
    }
    for (const { name, value } of optionsIn(word)) {
      const option = Object.hasOwn(TAKEN, name) ? TAKEN[name] : undefined;
      if (option !== undefined) take(option, value ?? next());
      else if (PASSED_OVER.has(name) && value === null) next();
      else if (name === "-F" || name === "--form") throw new Error("Forms with files cannot be taken over.");
      if (name === "--json") headers.push(["content-type", "application/json"]);
      if (name === "-G" || name === "--get") asQuery = true;
      if (name === "-I" || name === "--head") method = "HEAD";
    }
  }
  if (url === null) throw new Error("The command names no URL.");
  const address: string = /^[a-z]+:\/\//i.test(url) ? url : `http://${String(url)}`;
  const body = data.length === 0 ? null : data.join("&");
  if (asQuery && body !== null) {
    return {
      url: `${address}${address.includes("?") ? "&" : "?"}${body}`,
      method: method ?? "GET",
      headers,
      data: null,
    };
  }
  return { url: address, method: method ?? (body === null ? null : "POST"), headers, data: body };
}

/** The options of a word: a long one, or the letters of a bundle, of which the first with a value takes the rest. */
function* optionsIn(word: string): Generator<{ readonly name: string; readonly value: string | null }> {
  if (word.startsWith("--")) {
    const at = word.indexOf("=");
    yield at === -1 ? { name: word, value: null } : { name: word.slice(0, at), value: word.slice(at + 1) };
    return;
  }
  for (let place = 1; place < word.length; place += 1) {
    const name = `-${word[place]}`;
    const takesValue = Object.hasOwn(TAKEN, name) || PASSED_OVER.has(name);
    const rest = word.slice(place + 1);
    yield { name, value: takesValue && rest !== "" ? rest : null };
    if (takesValue) return;
  }
}

const ESCAPES: Readonly<Record<string, string>> = { n: "\n", t: "\t", r: "\r", "'": "'", '"': '"', "\\": "\\" };

/** The words of a command line. @throws Error for a quote that is not closed */
export function shellWords(text: string): string[] {
  const words: string[] = [];
  let word: string | null = null;
  const pattern =
    /\\\r?\n|\s+|'([^']*)'|"((?:[^"\\]|\\[\s\S])*)"|\$'((?:[^'\\]|\\[\s\S])*)'|\\([\s\S])|(['"])|([^\s'"\\$]+|\$)/gy;
  for (const match of text.trim().matchAll(pattern)) {
    const [all, single, double, ansi, escaped, open, plain] = match;
    if (open !== undefined) throw new Error("A quote is not closed.");
    if (single !== undefined) word = (word ?? "") + single;
    else if (double !== undefined) word = (word ?? "") + double.replace(/\\\r?\n/g, "").replace(/\\(["\\$`])/g, "$1");
    else if (ansi !== undefined) word = (word ?? "") + unescapedAnsi(ansi);
    else if (escaped !== undefined && !all.startsWith("\\\n")) word = (word ?? "") + escaped;
    else if (plain !== undefined) word = (word ?? "") + plain;
    else if (word !== null) {
      words.push(word);
      word = null;
    }
  }
  return word === null ? words : [...words, word];
}

function unescapedAnsi(text: string): string {
  return text.replace(
    /\\(?:u([0-9a-fA-F]{1,4})|x([0-9a-fA-F]{1,2})|([\s\S]))/g,
    (_, unit?: string, byte?: string, one = "") =>
      unit === undefined && byte === undefined
        ? (ESCAPES[one] ?? one)
        : String.fromCharCode(Number.parseInt(unit ?? byte ?? "", 16)),
  );
}
