/**
 * A database of which bytes were flipped, zeroed, moved, or cut off: it is opened or refused; lists, replay and
 * verification answer or refuse; all of it ends, and none of it changes a byte.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Store } from "../../src/index.ts";
import { extractReference, folderFingerprint } from "../archives.ts";
import { outcomeOf, within } from "./outcome.ts";
import { readEverything } from "./read-everything.ts";

let folder: string;
let root: string;
let whole: Buffer;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "dataio-fuzz-"));
  extractReference("small", folder);
  root = join(folder, "small");
  whole = readFileSync(join(root, "dataio.sqlite"));
  expect(whole.length).toBe(PAGES * PAGE);
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

const PAGE = 4096;
const PAGES = 29;

/** Plain data, so that what fast-check reports of a failure can be read. */
type Damage =
  | { readonly kind: "bytes"; readonly changes: readonly (readonly [at: number, value: number])[] }
  | { readonly kind: "bits"; readonly flips: readonly (readonly [at: number, bit: number])[] }
  | { readonly kind: "page copied"; readonly from: number; readonly to: number }
  | { readonly kind: "page filled"; readonly page: number; readonly value: number };

/** Anywhere, but often where a page keeps its structure: its header and the cell pointers behind it. */
const offset = fc.oneof(
  fc.nat(PAGES * PAGE - 1),
  fc.tuple(fc.nat(PAGES - 1), fc.nat(40)).map(([page, at]) => page * PAGE + at),
  fc.nat(100),
);
const byte = fc.oneof(fc.nat(255), fc.constantFrom(0, 1, 0x7f, 0x80, 0xff));
const page = fc.nat(PAGES - 1);
const anyDamage: fc.Arbitrary<Damage> = fc.oneof(
  fc.record({
    kind: fc.constant("bytes" as const),
    changes: fc.array(fc.tuple(offset, byte), { minLength: 1, maxLength: 8 }),
  }),
  fc.record({
    kind: fc.constant("bits" as const),
    flips: fc.array(fc.tuple(offset, fc.nat(7)), { minLength: 1, maxLength: 60 }),
  }),
  fc.record({ kind: fc.constant("page copied" as const), from: page, to: page }),
  fc.record({ kind: fc.constant("page filled" as const), page, value: byte }),
);
/** Where the file ends too early; often between two pages. */
const anyEnd = fc.option(
  fc.oneof(
    fc.nat(PAGES * PAGE),
    page.map((pages) => pages * PAGE),
  ),
  { freq: 4 },
);

function damaged(whole: Buffer, damage: readonly Damage[], end: number | null): Buffer {
  const bytes = Buffer.from(whole);
  for (const one of damage) {
    switch (one.kind) {
      case "bytes":
        for (const [at, value] of one.changes) bytes[at] = value;
        break;
      case "bits":
        for (const [at, bit] of one.flips) bytes[at] = bytes.readUInt8(at) ^ (1 << bit);
        break;
      case "page copied":
        bytes.copy(bytes, one.to * PAGE, one.from * PAGE, (one.from + 1) * PAGE);
        break;
      case "page filled":
        bytes.fill(one.value, one.page * PAGE, (one.page + 1) * PAGE);
        break;
    }
  }
  return bytes.subarray(0, end ?? bytes.length);
}

describe("a damaged database", () => {
  it("is read or refused, soon, and not changed", async () => {
    const path = join(root, "dataio.sqlite");
    let answers = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(anyDamage, { maxLength: 2 }), anyEnd, fc.nat(2), async (damage, end, turn) => {
        writeFileSync(path, damaged(whole, damage, end));
        const before = folderFingerprint(root);
        // To verify takes longest, for it hashes payloads in a thread that has to start.
        answers += await within(8000, () => readEverything(root, { verify: turn === 0 }));
        await outcomeOf(() => Store.open(root).close());
        expect(folderFingerprint(root)).toEqual(before);
      }),
      { numRuns: 30 },
    );
    // One that can be read gives some dozens; with none, nothing was tested but the door.
    expect(answers).toBeGreaterThan(20);
  });
});
