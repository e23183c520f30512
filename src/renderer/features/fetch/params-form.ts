/**
 * Params as fields. Their JSON text stays the one state: a form is that text in parts, so that whatever nobody changes
 * keeps every character, numbers and the order of keys with it. While a part is typed it may be no JSON yet.
 */
import { findRepeatedKey, stringValue } from "../../format/json-text.ts";
import { describeFault, findJsonFault, type JsonToken, jsonTokens } from "../../format/json-tokens.ts";
import { formatCount } from "../../format/quantities.ts";
import { spokenFault, spokenRepeat } from "./draft.ts";

/** What a field is for. A `date` is a text that is a day; `json` is whatever has no field of its own. */
export type ParamType = "text" | "date" | "number" | "boolean" | "null" | "json";

/** One param: the parts of `before "name" between value after`, of which the joined text consists. */
export interface Param {
  /** Stays while it is renamed. */
  readonly id: number;
  readonly type: ParamType;
  /** JSON text. */
  readonly name: string;
  /** JSON text, or what is to become it. */
  readonly value: string;
  readonly before: string;
  readonly between: string;
  readonly after: string;
}

export interface ParamsForm {
  readonly open: string;
  readonly params: readonly Param[];
  readonly close: string;
}

/** More are edited as text: a form of so many fields helps nobody. */
export const MOST_FIELDS = 200;

export type FormReading =
  | { readonly ok: true; readonly form: ParamsForm }
  /** Why a text has no form. */
  | { readonly ok: false; readonly reason: string };

/** The form of a text. */
export function readForm(text: string): FormReading {
  const members: Member[] = [];
  let [inside, end]: [number | null, number] = [null, text.length];
  let tokens: JsonToken[] = [];
  let from = 0;
  const take = (until: number) => {
    const [key, , first] = tokens;
    const last = tokens.at(-1);
    if (key !== undefined && first !== undefined && last !== undefined) {
      members.push({ from, until, key, value: { start: first.start, end: last.end } });
    }
    tokens = [];
  };
  try {
    for (const token of jsonTokens(text)) {
      if (token.depth === 0 && token.kind === "{") {
        inside = token.end;
        from = token.end;
      } else if (token.depth === 0) {
        if (inside === null) return { ok: false, reason: "Only a JSON object has a form." };
        end = token.start;
      } else if (token.depth === 1 && token.kind === ",") {
        take(token.start);
        from = token.end;
      } else if (token.depth === 1) tokens.push(token);
    }
  } catch (error) {
    return { ok: false, reason: spokenFault(describeFault(text, error)) };
  }
  if (inside === null) return { ok: false, reason: "Only a JSON object has a form." };
  take(end);
  const repeated = findRepeatedKey(text);
  if (repeated !== null) return { ok: false, reason: spokenRepeat(repeated) };
  if (members.length > MOST_FIELDS) {
    return { ok: false, reason: `More than ${formatCount(MOST_FIELDS)} params are edited as text.` };
  }
  const params = members.map(({ from, until, key, value }, id): Param => {
    const json = text.slice(value.start, value.end);
    return {
      id,
      type: typeOf(json),
      before: text.slice(from, key.start),
      name: text.slice(key.start, key.end),
      between: text.slice(key.end, value.start),
      value: json,
      after: text.slice(value.end, until),
    };
  });
  // The spaces of an empty object belong to no param.
  const closing = params.length === 0 ? inside : end;
  return { ok: true, form: { open: text.slice(0, inside), params, close: text.slice(closing) } };
}

interface Member {
  readonly from: number;
  readonly until: number;
  readonly key: JsonToken;
  readonly value: { readonly start: number; readonly end: number };
}

/** The text of a form; of one that was only read, the very text that it was read from. */
export function formText({ open, params, close }: ParamsForm): string {
  const members = params.map(({ before, name, between, value, after }) => before + name + between + value + after);
  return open + members.join(",") + close;
}

/** What stands in the field of a param. */
export function fieldText({ type, value }: Param): string {
  if (type === "text" || type === "date") return stringValue(value);
  return type === "json" ? outdented(value) : value;
}

/** The form with another text in a field. */
export function withFieldText(form: ParamsForm, id: number, text: string): ParamsForm {
  return settled(changed(form, id, ({ type }) => ({ value: jsonOf(type, text) })));
}

/** The form with a param by another name. */
export function withName(form: ParamsForm, id: number, name: string): ParamsForm {
  return changed(form, id, () => ({ name: JSON.stringify(name) }));
}

/** The form with a param of another type; its value is kept as far as the type can have it. */
export function withType(form: ParamsForm, id: number, type: ParamType): ParamsForm {
  return settled(changed(form, id, (param) => ({ type, value: converted(param, type) })));
}

/** The form with one param more, an empty text, laid out as the others are. */
export function withParam(form: ParamsForm): ParamsForm {
  const { params } = form;
  const last = params.at(-1);
  const names = new Set(params.map((param) => stringValue(param.name)));
  let name = "param";
  for (let number = 2; names.has(name); number += 1) name = `param${number}`;
  const before = last === undefined ? "" : params.length > 1 || last.before.includes("\n") ? last.before : " ";
  const added: Param = {
    id: Math.max(-1, ...params.map(({ id }) => id)) + 1,
    type: "text",
    before,
    name: JSON.stringify(name),
    between: last?.between ?? ": ",
    value: '""',
    after: last?.after ?? "",
  };
  const others = params.map((param) => (param === last ? { ...param, after: "" } : param));
  return { ...form, params: [...others, added] };
}

/** The form without a param; what stands around the others stays as it is. */
export function withoutParam(form: ParamsForm, id: number): ParamsForm {
  const [first, last] = [form.params[0], form.params.at(-1)];
  const kept = form.params.filter((param) => param.id !== id);
  const params = kept.map((param, place) => ({
    ...param,
    ...(place === 0 && first !== undefined ? { before: first.before } : {}),
    ...(place === kept.length - 1 && last !== undefined ? { after: last.after } : {}),
  }));
  return { ...form, params };
}

/** What is wrong with a param by itself; null when nothing is. */
export function paramFault(param: Param): string | null {
  switch (param.type) {
    case "number":
      return isNumber(param.value) ? null : "This is no number.";
    case "json": {
      const fault = findJsonFault(fieldText(param));
      return fault === null ? null : spokenFault(fault);
    }
    default:
      return null;
  }
}

function jsonOf(type: ParamType, text: string): string {
  if (type === "text" || type === "date") return JSON.stringify(text);
  return type === "number" ? numberText(text) : indented(text);
}

/** Further lines of a value stand as deep in the text as its param does. No token of JSON has a line break in it. */
const INDENT = "\n  ";

function indented(text: string): string {
  return text.replaceAll("\n", INDENT);
}

function outdented(value: string): string {
  const isDeep = value.split("\n").every((line, at) => at === 0 || line.startsWith("  "));
  return isDeep ? value.replaceAll(INDENT, "\n") : value;
}

/** What of a text can be in the field of a number: nothing that would end the number in JSON. */
function numberText(text: string): string {
  return text.replaceAll(/[^\w+.-]/g, "");
}

function changed(form: ParamsForm, id: number, change: (param: Param) => Partial<Param>): ParamsForm {
  return { ...form, params: form.params.map((param) => (param.id === id ? { ...param, ...change(param) } : param)) };
}

/** Parts that are no JSON by themselves may be some together, as where `1, "b": 2` is pasted: then they are what they say. */
function settled(form: ParamsForm): ParamsForm {
  if (form.params.every((param) => paramFault(param) === null)) return form;
  const reading = readForm(formText(form));
  return reading.ok ? reading.form : form;
}

function converted(param: Param, type: ParamType): string {
  const { value } = param;
  switch (type) {
    case "text":
      return value.startsWith('"') && findJsonFault(value) === null ? value : JSON.stringify(fieldText(param));
    case "date":
      return isDay(fieldText(param)) ? JSON.stringify(fieldText(param)) : '""';
    case "number":
      return numberText(fieldText(param));
    case "boolean":
      return fieldText(param).trim() === "false" ? "false" : "true";
    case "null":
      return "null";
    case "json": {
      const text = fieldText(param);
      return /^\s*[[{]/.test(text) && findJsonFault(text) === null ? indented(text) : value;
    }
  }
}

function typeOf(json: string): ParamType {
  if (json.startsWith('"')) {
    const text = stringValue(json);
    if (isDay(text)) return "date";
    // A field would lose them, or show nothing of them.
    return hasControl(text) ? "json" : "text";
  }
  if (json === "true" || json === "false") return "boolean";
  if (json === "null") return "null";
  return isNumber(json) ? "number" : "json";
}

function isNumber(text: string): boolean {
  return /^(?:-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|NaN|-?Infinity)$/.test(text);
}

/** Whether a text is a day that there is, as dates are written in JSON. */
function isDay(text: string): boolean {
  const time = /^\d{4}-\d{2}-\d{2}$/.test(text) ? Date.parse(`${text}T00:00:00Z`) : Number.NaN;
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(text);
}

/** Control characters but line breaks and tabs. */
function hasControl(text: string): boolean {
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if ((code < 0x20 && code !== 0x0a && code !== 0x09) || code === 0x7f) return true;
  }
  return false;
}
