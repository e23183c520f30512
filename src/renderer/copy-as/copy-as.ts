/** An archived request in the words of other tools. Pure: texts in, a text out, or the reason why there is none. */
import { jsonMembers, stringValue } from "../format/json-text.ts";
import { type ArchivedRequest, type HttpRequest, httpRequest } from "./http-request.ts";
import { fitsShell, pythonString, scriptString, shellWord } from "./quoting.ts";

export interface CopiedRequest extends ArchivedRequest {
  /** The archive's folder. */
  readonly archive: string;
  readonly source: string | null;
  readonly kind: string;
  /** What the request's hash was made with besides params and body. */
  readonly bucket: string | null;
  readonly tag: string | null;
}

export type Copied = { readonly text: string } | { readonly obstacle: string };

export interface CopyForm {
  readonly id: string;
  readonly label: string;
  /** How a file of it ends. */
  readonly ending: string;
  readonly write: (request: CopiedRequest) => Copied;
  /** Texts of several requests as one that runs as a whole. */
  readonly join: (texts: readonly string[]) => string;
}

export const COPY_FORMS: readonly CopyForm[] = [
  { id: "curl", label: "curl", ending: ".sh", write: overHttp(curl), join: oneAfterAnother },
  { id: "fetch", label: "JavaScript fetch", ending: ".mjs", write: overHttp(scriptFetch), join: scripts },
  { id: "requests", label: "Python requests", ending: ".py", write: overHttp(pythonRequests), join: pythonScripts },
  { id: "dataio", label: "dataio command", ending: ".sh", write: dataioCommand, join: oneAfterAnother },
];

/** The text as a file that runs by itself. Literals with hidden characters are written for bash. */
export function asFile({ ending }: CopyForm, text: string): string {
  return `${ending === ".sh" ? "#!/usr/bin/env bash\n" : ""}${text}\n`;
}

function overHttp(write: (call: HttpRequest) => Copied): CopyForm["write"] {
  return (request) => {
    const call = httpRequest(request);
    return "obstacle" in call ? call : write(call);
  };
}

function oneAfterAnother(texts: readonly string[]): string {
  return texts.join("\n\n");
}

/** A script declares a name once: `response`, `response2`, `response3` … */
function scripts(texts: readonly string[]): string {
  return oneAfterAnother(
    texts.map((text, index) => (index === 0 ? text : `const ${RESPONSE}${index + 1}${text.slice(SCRIPT_HEAD.length)}`)),
  );
}

function pythonScripts(texts: readonly string[]): string {
  const bare = texts.map((text, index) => {
    const call = text.slice(PYTHON_HEAD.length + RESPONSE.length);
    return `${RESPONSE}${index === 0 ? "" : index + 1}${call}`;
  });
  return PYTHON_HEAD + oneAfterAnother(bare);
}

const RESPONSE = "response";
const SCRIPT_HEAD = `const ${RESPONSE}`;
const PYTHON_HEAD = "import requests\n\n";

const NOT_FOR_A_SHELL = "It holds a character that no command line can hold.";
/** A shell goes on with the next line after it. */
const NEXT_LINE = " \\\n  ";

/**
 * No value is ever an option or a file name to curl: `--globoff` and `--data-raw` take brackets and `@` as they are, a header
 * cannot begin with `@`, and the address is checked to be a web address.
 */
function curl({ method, url, headers, body }: HttpRequest): Copied {
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

function scriptFetch({ method, url, headers, body }: HttpRequest): Copied {
  if (body !== null && (method === "GET" || method === "HEAD")) {
    return { obstacle: "fetch sends no body with GET or HEAD." };
  }
  const fields = headers.map(([name, value]) => `    [${scriptString(name)}, ${scriptString(value)}],\n`).join("");
  const options = [
    `  method: ${scriptString(method)},\n`,
    ...(headers.length === 0 ? [] : [`  headers: [\n${fields}  ],\n`]),
    ...(body === null ? [] : [`  body: ${scriptString(body)},\n`]),
  ];
  return { text: `${SCRIPT_HEAD} = await fetch(${scriptString(url)}, {\n${options.join("")}});` };
}

function pythonRequests({ method, url, headers, body }: HttpRequest): Copied {
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
  return { text: `${PYTHON_HEAD}${RESPONSE} = requests.request(\n${lines.join("")})` };
}

const FETCHED_METHODS = ["GET", "POST", "SEND", "SUBSCRIBE", "COMMAND"];

/** Options with `=`, for a value may look like an option. */
function dataioCommand(request: CopiedRequest): Copied {
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
  const params = new Map((paramsJson === null ? null : jsonMembers(paramsJson))?.map(({ key, text }) => [key, text]));
  const path = params.get("path") ?? params.get("folder");
  if (path === undefined || params.has("url")) return [];
  const root = /^(?:\/|[A-Za-z]:[\\/])/.exec(stringValue(path))?.[0];
  return ["--adapter=local-file", ...(root === undefined ? [] : [`--root=${shellWord(root)}`])];
}
