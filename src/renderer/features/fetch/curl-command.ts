/** A curl command as people copy it from a browser or a manual. */
import { shellWords } from "./shell-words.ts";

export interface CurlCall {
  readonly url: string;
  /** Null where the command names none. */
  readonly method: string | null;
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** Null where nothing is sent. */
  readonly data: string | null;
  /** Words that say nothing about what is asked, or nothing that could be taken over. */
  readonly ignored: readonly string[];
}

type Taken =
  | "url"
  | "url-query"
  | "method"
  | "header"
  | "data"
  | "raw"
  | "json"
  | "encoded"
  | "user"
  | "bearer"
  | "agent"
  | "cookie"
  | "referer"
  | "range";

/** Options with a value that say something about the request. */
const TAKEN: Readonly<Record<string, Taken>> = {
  "--url": "url",
  "--url-query": "url-query",
  "-X": "method",
  "--request": "method",
  "-H": "header",
  "--header": "header",
  "-d": "data",
  "--data": "data",
  "--data-ascii": "data",
  "--data-binary": "data",
  "--data-raw": "raw",
  "--json": "json",
  "--data-urlencode": "encoded",
  "-u": "user",
  "--user": "user",
  "--oauth2-bearer": "bearer",
  "-A": "agent",
  "--user-agent": "agent",
  "-b": "cookie",
  "--cookie": "cookie",
  "-e": "referer",
  "--referer": "referer",
  "-r": "range",
  "--range": "range",
};

/** Other options with a value, as `curl --help all` has them: their value is no URL. */
const WITH_VALUE: ReadonlySet<string> = new Set(
  `--abstract-unix-socket --alt-svc --aws-sigv4 --cacert --capath -E --cert --cert-type --ciphers -K --config
   --connect-timeout --connect-to -C --continue-at -c --cookie-jar --create-file-mode --crlfile --curves --delegation
   --dns-interface --dns-ipv4-addr --dns-ipv6-addr --dns-servers --doh-url -D --dump-header --ech --egd-file --engine
   --etag-compare --etag-save --expect100-timeout --form-string --ftp-account --ftp-alternative-to-user --ftp-method -P
   --ftp-port --ftp-ssl-ccc-mode --happy-eyeballs-timeout-ms --haproxy-clientip --hostpubmd5 --hostpubsha256 --hsts
   --interface --ip-tos --ipfs-gateway --keepalive-cnt --keepalive-time --key --key-type --krb --libcurl --limit-rate
   --local-port --login-options --mail-auth --mail-from --mail-rcpt --max-filesize --max-redirs -m --max-time
   --netrc-file --noproxy -o --output --output-dir --parallel-max --pass --pinnedpubkey --preproxy --proto
   --proto-default --proto-redir -x --proxy --proxy-cacert --proxy-capath --proxy-cert --proxy-cert-type --proxy-ciphers
   --proxy-crlfile --proxy-header --proxy-key --proxy-key-type --proxy-pass --proxy-pinnedpubkey --proxy-service-name
   --proxy-tls13-ciphers --proxy-tlsauthtype --proxy-tlspassword --proxy-tlsuser -U --proxy-user --proxy1.0 --pubkey -Q
   --quote --random-file --rate --request-target --resolve --retry --retry-delay --retry-max-time --sasl-authzid
   --service-name --socks4 --socks4a --socks5 --socks5-gssapi-service --socks5-hostname -Y --speed-limit -y --speed-time
   --stderr -t --telnet-option --tftp-blksize -z --time-cond --tls-max --tls13-ciphers --tlsauthtype --tlspassword
   --tlsuser --trace --trace-ascii --trace-config --unix-socket --variable --vlan-priority -w --write-out`.split(/\s+/),
);

/** Options without which the request would be another one. */
const IMPOSSIBLE: Readonly<Record<string, string>> = {
  "-F": "Forms of several parts cannot be taken over.",
  "--form": "Forms of several parts cannot be taken over.",
  "--form-string": "Forms of several parts cannot be taken over.",
  "-T": "An upload of a file cannot be taken over.",
  "--upload-file": "An upload of a file cannot be taken over.",
};

/** @throws Error that says what cannot be read */
export function parseCurl(command: string): CurlCall {
  const [program, ...words] = shellWords(command);
  if (program === undefined || !/^curl(\.exe)?$/i.test(program)) throw new Error("This does not begin with curl.");
  const read = new CurlReader();
  const left = words.values();
  let literal = false;
  for (const word of left) {
    if (literal || !word.startsWith("-") || word === "-") read.url(word);
    else if (word === "--") literal = true;
    else if (word === "--next" || word === "-:") {
      read.ignored.push("further requests behind --next");
      break;
    } else {
      for (const { name, value } of optionsIn(word)) {
        const next = () => value ?? left.next().value ?? "";
        const problem = Object.hasOwn(IMPOSSIBLE, name) ? IMPOSSIBLE[name] : undefined;
        if (problem !== undefined) throw new Error(problem);
        const option = Object.hasOwn(TAKEN, name) ? TAKEN[name] : undefined;
        if (option !== undefined) read.option(option, next(), name);
        else if (WITH_VALUE.has(name)) read.ignored.push(`${name} ${next()}`);
        else if (name === "-G" || name === "--get") read.asQuery = true;
        else if (name === "-I" || name === "--head") read.method = "HEAD";
        else read.ignored.push(name);
      }
    }
  }
  return read.call();
}

/** Collects what the words of a command say. */
class CurlReader {
  method: string | null = null;
  asQuery = false;
  readonly ignored: string[] = [];
  readonly #headers: [string, string][] = [];
  readonly #query: string[] = [];
  #url: string | null = null;
  #data: string | null = null;

  url(word: string): void {
    if (this.#url === null) this.#url = word;
    else this.ignored.push(word);
  }

  option(option: Taken, value: string, name: string): void {
    switch (option) {
      case "url":
        this.url(value);
        return;
      case "url-query":
        this.#query.push(value.startsWith("+") ? value.slice(1) : encodedPair(value));
        return;
      case "method":
        this.method = value.toUpperCase();
        return;
      case "header":
        this.#header(value, name);
        return;
      case "data":
        if (value.startsWith("@")) throw new Error("Data from a file cannot be taken over.");
        this.#add(value);
        return;
      case "raw":
        this.#add(value);
        return;
      case "json":
        if (value.startsWith("@")) throw new Error("Data from a file cannot be taken over.");
        // Pieces of JSON are joined as they are.
        this.#data = (this.#data ?? "") + value;
        for (const [field, type] of [
          ["content-type", "application/json"],
          ["accept", "application/json"],
        ] as const) {
          if (!this.#headers.some(([known]) => known.toLowerCase() === field)) this.#headers.push([field, type]);
        }
        return;
      case "encoded":
        this.#add(encodedPair(value));
        return;
      case "user":
        this.#headers.push(["authorization", `Basic ${value}`]);
        return;
      case "bearer":
        this.#headers.push(["authorization", `Bearer ${value}`]);
        return;
      case "agent":
        this.#headers.push(["user-agent", value]);
        return;
      case "cookie":
        // Without a sign of equality it is the name of a file.
        if (value.includes("=")) this.#headers.push(["cookie", value]);
        else this.ignored.push(`${name} ${value}`);
        return;
      case "referer":
        this.#headers.push(["referer", value.replace(/;auto$/, "")]);
        return;
      case "range":
        this.#headers.push(["range", `bytes=${value}`]);
    }
  }

  call(): CurlCall {
    if (this.#url === null) throw new Error("The command names no URL.");
    const address = /^[a-z]+:\/\//i.test(this.#url) ? this.#url : `http://${this.#url}`;
    const [body, query] =
      this.asQuery && this.#data !== null ? [null, [...this.#query, this.#data]] : [this.#data, this.#query];
    return {
      url: withQuery(address, query),
      method: this.method ?? (this.asQuery ? "GET" : body === null ? null : "POST"),
      headers: this.#headers,
      data: body,
      ignored: this.ignored,
    };
  }

  #add(value: string): void {
    this.#data = this.#data === null ? value : `${this.#data}&${value}`;
  }

  #header(field: string, name: string): void {
    const [, key, value] = /^([^:;]+)(?::\s*(.*?)\s*|;)$/s.exec(field) ?? [];
    if (key === undefined || field.startsWith("@")) this.ignored.push(`${name} ${field}`);
    // `Accept:` is a field that curl does not send; `Accept;` one without a value.
    else if (value === "") this.ignored.push(`${name} ${field}`);
    else this.#headers.push([key.trim(), value ?? ""]);
  }
}

/** As `--data-urlencode` takes it: `content`, `=content`, `name=content`. @throws Error for `@file` and `name@file` */
function encodedPair(text: string): string {
  const [, name = "", sign, content = ""] = /^([^=@]*)([=@])(.*)$/s.exec(text) ?? [];
  if (sign === undefined) return encodeURIComponent(text);
  if (sign === "@") throw new Error("Data from a file cannot be taken over.");
  return name === "" ? encodeURIComponent(content) : `${name}=${encodeURIComponent(content)}`;
}

function withQuery(url: string, pieces: readonly string[]): string {
  if (pieces.length === 0) return url;
  const [, address = url, hash = ""] = /^([^#]*)(#.*)?$/s.exec(url) ?? [];
  return `${address}${address.includes("?") ? "&" : "?"}${pieces.join("&")}${hash}`;
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
    const takesValue = Object.hasOwn(TAKEN, name) || WITH_VALUE.has(name) || Object.hasOwn(IMPOSSIBLE, name);
    const rest = word.slice(place + 1);
    yield { name, value: takesValue && rest !== "" ? rest : null };
    if (takesValue) return;
  }
}
