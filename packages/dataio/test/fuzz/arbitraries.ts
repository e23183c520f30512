/** Inputs that several fuzz tests share: texts and values with an eye on what is treated specially somewhere. */
import fc from "fast-check";

/** Words that mean something to a file system, to JavaScript, to SQL or to a shell. */
const LOADED_WORDS = [
  "",
  ".",
  "..",
  "../..",
  "/etc/passwd",
  "..\\..\\x",
  "C:\\x",
  "~",
  "a/b",
  "\0",
  "x\0.bin",
  "__proto__",
  "constructor",
  "prototype",
  "toString",
  "hasOwnProperty",
  "' OR 1=1 --",
  "%",
  "_",
  "*",
  "NULL",
  "con",
  "\ud800",
  "\udc00x",
  "😀",
  "\u202e",
  "\ufeff",
  "a".repeat(64),
  "A".repeat(64),
  `${"a".repeat(63)}\n`,
  "a".repeat(300),
] as const;

/** Any UTF-16 text, lone surrogates and NULs among it. */
export const anyText = fc.oneof(
  fc.constantFrom(...LOADED_WORDS),
  fc.string({ unit: "binary", maxLength: 12 }),
  fc
    .array(fc.oneof(fc.constantFrom(0, 0x0a, 0x22, 0x2f, 0x5c, 0x7f, 0xd83d, 0xde00, 0xffff), fc.nat(0xffff)), {
      maxLength: 8,
    })
    .map((units) => String.fromCharCode(...units)),
);

/** A name that objects have by themselves, or any other. */
export const anyKey = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom("__proto__", "constructor", "prototype", "toString", "valueOf", "text") },
  { weight: 5, arbitrary: anyText },
);

/** JSON text: well-formed, with hostile keys, or with a character too many or too few. */
export const jsonLike = fc.letrec<{ json: string }>((tie) => ({
  json: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    fc.constantFrom("null", "true", "1", "-0", "1e400", "12345678901234567890", "30.0", '""', "{}", "[]", "NaN"),
    anyText.map((text) => JSON.stringify(text)),
    fc.array(tie("json"), { maxLength: 4 }).map((items) => `[${items.join(",")}]`),
    fc
      .array(fc.tuple(anyKey, tie("json")), { maxLength: 4 })
      .map((members) => `{${members.map(([key, value]) => `${JSON.stringify(key)}:${value}`).join(",")}}`),
  ),
})).json;

/** JSON text of which a character is left out, doubled or replaced. */
export const spoiledJson = fc
  .tuple(jsonLike, fc.nat(), fc.constantFrom("", ",", "]", "}", '"', "0", ".", "e", "\\", "\n", "\ufeff", "/"))
  .map(([text, at, mark]) => {
    const position = at % (text.length + 1);
    return text.slice(0, position) + mark + text.slice(position + (at % 2));
  });

/** Bytes that are JSON, nearly JSON, or anything. */
export const jsonBytes = fc.oneof(
  jsonLike.map((text) => Buffer.from(text)),
  spoiledJson.map((text) => Buffer.from(text)),
  fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes)),
);
