/**
 * An archived request in the words of other tools, read as the HTTP adapter reads it. Texts in, a text out, or the reason why
 * there is none. What speaks of HTTP says `[redacted]` where a credential is: a snippet is given away.
 */
import { parseJson } from "../canonical-json.ts";
import { type AskedRequest, askedRequest } from "../export/http-exchange.ts";
import { publicRequest } from "../export/public-entry.ts";
import { fitsShell, pythonString, scriptString, shellWord } from "./quoting.ts";

/** Commands for curl, JavaScript's fetch, Python's requests, and `dataio fetch`. */
export const SNIPPET_FORMS = ["curl", "fetch", "requests", "dataio"] as const;
/** One of {@link SNIPPET_FORMS}. */
export type SnippetForm = (typeof SNIPPET_FORMS)[number];

/** What is written. */
export interface SnippetRequest {
  /** The archive's folder. */
  readonly archive: string;
  readonly source: string | null;
  readonly kind: string;
  readonly method: string;
  readonly paramsJson: string | null;
  readonly bodyJson: string | null;
  /** What the request's hash was made with besides params and body. */
  readonly bucket: string | null;
  readonly tag: string | null;
}

/** A part of {@link snippetText}, or why the request is none that can be written so. */
export type Snippet = { readonly text: string } | { readonly obstacle: string };

interface SnippetWriter {
  readonly write: (request: SnippetRequest) => Snippet;
  /** Before the first. */
  readonly head: string;
  /** Only in a file. Literals with hidden characters are written for bash. */
  readonly fileHead: string;
  /** How the text begins, where it names something; each is named once: `response`, `response2`, `response3` … */
  readonly names: string;
}

const BASH = "#!/usr/bin/env bash\n";
const WRITERS: Readonly<Record<SnippetForm, SnippetWriter>> = {
  curl: { write: overHttp(curl), head: "", fileHead: BASH, names: "" },
  fetch: { write: overHttp(scriptFetch), head: "", fileHead: "", names: "const response" },
  requests: { write: overHttp(pythonRequests), head: "import requests\n\n", fileHead: "", names: "response" },
  dataio: { write: dataioCommand, head: "", fileHead: BASH, names: "" },
};

/** One request in one form. */
export function snippetOf(form: SnippetForm, request: SnippetRequest): Snippet {
  return WRITERS[form].write(request);
}

/** Texts of {@link snippetOf} as one that runs as a whole. `asFile`: as a file that runs by itself. */
export function snippetText(form: SnippetForm, texts: readonly string[], asFile = false): string {
  const parts = texts.map((text, index) => snippetPart(form, text, index));
  return `${snippetHead(form, asFile)}${parts.join("")}${asFile ? "\n" : ""}`;
}

/** What stands before the first. */
export function snippetHead(form: SnippetForm, asFile: boolean): string {
  const { head, fileHead } = WRITERS[form];
  return `${asFile ? fileHead : ""}${head}`;
}

/** A text as it stands behind `index` others. */
export function snippetPart(form: SnippetForm, text: string, index: number): string {
  const { names } = WRITERS[form];
  if (index === 0) return text;
  return `\n\n${names === "" ? text : `${names}${index + 1}${text.slice(names.length)}`}`;
}

const TOKEN = /^[!#$%&'*+.^_`|~0-9a-z-]+$/;

type HttpRequest = Omit<AskedRequest, "body"> & { readonly body: string | null };

function overHttp(write: (call: HttpRequest) => Snippet): SnippetWriter["write"] {
  return (request) => {
    const asked = publicRequest(askedRequest(request));
    if (asked === null) return { obstacle: "It asks for nothing over HTTP." };
    if (!asked.headers.every(([name, value]) => TOKEN.test(name) && !/[\0\r\n]/.test(value))) {
      return { obstacle: "Its headers are none that HTTP can send." };
    }
    return write({ ...asked, body: asked.body === null ? null : Buffer.from(asked.body).toString("utf8") });
  };
}

const NOT_FOR_A_SHELL = "It holds a character that no command line can hold.";
/** A shell goes on with the next line after it. */
const NEXT_LINE = " \\\n  ";

/**
 * No value is ever an option or a file name to curl: `--globoff` and `--data-raw` take brackets and `@` as they are, a header
 * cannot begin with `@`, and the address is checked to be a web address.
 */
function curl({ method, url, headers, body }: HttpRequest): Snippet {
  const implied = body === null ? "GET" : "POST";
  const words = [
    "curl --globoff --location",
    ...(method === implied ? [] : [method === "HEAD" ? "--head" : `--request ${shellWord(method)}`]),
    `--url ${shellWord(url)}`,
    // To curl a header without a value is one to leave out, and one that ends in a semicolon is sent empty.
    ...headers.map(([name, value]) => `--header ${shellWord(value === "" ? `${name};` : `${name}: ${value}`)}`),
    ...(body === null ? [] : [`--data-raw ${shellWord(body)}`]),
  ];
  return [method, ...headers.flat(), body ?? ""].every(fitsShell)
    ? { text: words.join(NEXT_LINE) }
    : { obstacle: NOT_FOR_A_SHELL };
}

function scriptFetch({ method, url, headers, body }: HttpRequest): Snippet {
  if (body !== null && (method === "GET" || method === "HEAD")) {
    return { obstacle: "fetch sends no body with GET or HEAD." };
  }
  const fields = headers.map(([name, value]) => `    [${scriptString(name)}, ${scriptString(value)}],\n`).join("");
  const options = [
    `  method: ${scriptString(method)},\n`,
    ...(headers.length === 0 ? [] : [`  headers: [\n${fields}  ],\n`]),
    ...(body === null ? [] : [`  body: ${scriptString(body)},\n`]),
  ];
  return { text: `const response = await fetch(${scriptString(url)}, {\n${options.join("")}});` };
}

function pythonRequests({ method, url, headers, body }: HttpRequest): Snippet {
  // A dictionary holds a name once; HTTP takes the values of a repeated field as one list.
  const names = [...new Set(headers.map(([name]) => name))];
  const fields = names.map((name) => {
    const values = headers.filter(([other]) => other === name).map(([, value]) => value);
    return `        ${pythonString(name)}: ${pythonString(values.join(", "))},\n`;
  });
  const lines = [
    `    ${pythonString(method)},\n`,
    `    ${pythonString(url)},\n`,
    ...(names.length === 0 ? [] : [`    headers={\n${fields.join("")}    },\n`]),
    ...(body === null ? [] : [`    data=${pythonString(body)}.encode(),\n`]),
  ];
  return { text: `response = requests.request(\n${lines.join("")})` };
}

const FETCHED_METHODS = ["GET", "POST", "SEND", "SUBSCRIBE", "COMMAND"];

/** Options with `=`, for a value may look like an option. */
function dataioCommand(request: SnippetRequest): Snippet {
  const { archive, source, kind, method, paramsJson, bodyJson, bucket, tag } = request;
  if (source === null) return { obstacle: "Its source is not known." };
  if (!FETCHED_METHODS.includes(method)) return { obstacle: "Its method is none that DataIO knows." };
  const option = (name: string, value: string | null) => (value === null ? [] : [`--${name}=${shellWord(value)}`]);
  const words = [
    `dataio --archive=${shellWord(archive)} fetch --cache=bypass`,
    ...option("source", source),
    ...option("kind", kind),
    ...(method === "GET" ? [] : [`--method=${method}`]),
    ...localFile(paramsJson),
    ...option("params", paramsJson),
    ...option("body", bodyJson),
    ...option("bucket", bucket),
    ...option("tag", tag),
  ];
  return [archive, source, kind, paramsJson, bodyJson, bucket, tag].every((text) => text === null || fitsShell(text))
    ? { text: words.join(NEXT_LINE) }
    : { obstacle: NOT_FOR_A_SHELL };
}

/** The adapter for params that name a file or folder. It reads nothing outside its root, which is this folder by default. */
function localFile(paramsJson: string | null): string[] {
  const params = membersOf(paramsJson);
  const path = params.path ?? params.folder;
  if (path === undefined || "url" in params) return [];
  const root = typeof path === "string" ? /^(?:\/|[A-Za-z]:[\\/])/.exec(path)?.[0] : undefined;
  return ["--adapter=local-file", ...(root === undefined ? [] : [`--root=${shellWord(root)}`])];
}

function membersOf(json: string | null): Readonly<Record<string, unknown>> {
  try {
    const value = parseJson(json ?? "null");
    return typeof value === "object" && value !== null && !Array.isArray(value) ? { ...value } : {};
  } catch {
    return {};
  }
}
