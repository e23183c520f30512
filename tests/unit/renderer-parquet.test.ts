import type { SchemaElement } from "hyparquet";
import { parquetWriteBuffer } from "hyparquet-writer";
import { describe, expect, it } from "vitest";
import {
  decimalText,
  EXACT_PARSERS,
  floatText,
  timestampText,
  valueText,
} from "../../src/renderer/format/parquet-values.ts";
import { parquetTask } from "../../src/renderer/work/parquet-task.ts";
import type { Source } from "../../src/renderer/work/tasks.ts";

const COUNT = 1_000;

function file(): Uint8Array<ArrayBuffer> {
  const numbers = Array.from({ length: COUNT }, (_none, row) => row);
  const schema: SchemaElement[] = [
    { name: "root", num_children: 5 },
    { name: "id", type: "INT64", repetition_type: "REQUIRED" },
    { name: "name", type: "BYTE_ARRAY", converted_type: "UTF8", repetition_type: "OPTIONAL" },
    { name: "price", type: "INT64", converted_type: "DECIMAL", scale: 2, precision: 18, repetition_type: "REQUIRED" },
    { name: "at", type: "INT64", converted_type: "TIMESTAMP_MICROS", repetition_type: "REQUIRED" },
    { name: "rate", type: "FLOAT", repetition_type: "REQUIRED" },
  ];
  const buffer = parquetWriteBuffer({
    schema,
    rowGroupSize: 600,
    columnData: [
      { name: "id", data: numbers.map((row) => 9_007_199_254_740_993n + BigInt(row)) },
      { name: "name", data: numbers.map((row) => (row % 2 === 0 ? `S${row}` : null)) },
      { name: "price", data: numbers.map((row) => row + 0.1) },
      { name: "at", data: numbers.map((row) => new Date(Date.UTC(2025, 9, 1, 8, 0, 0, row))) },
      { name: "rate", data: numbers.map((row) => Math.fround(row + 0.1)) },
    ],
  });
  return new Uint8Array(buffer);
}

const held = (bytes: Uint8Array<ArrayBuffer>): Source => ({ kind: "bytes", bytes, complete: true });

describe("a Parquet file", () => {
  it("gives its schema, row groups and first rows with exact values", async () => {
    const summary = await parquetTask({ source: held(file()) });
    expect([summary.rowCount, summary.groups.map((group) => group.rows)]).toEqual(["1000", ["600", "400"]]);
    expect(summary.columns.map(({ name, type, logical }) => [name, type, logical])).toEqual([
      ["id", "INT64", ""],
      ["name", "BYTE_ARRAY", "string"],
      ["price", "INT64", "decimal(18, 2)"],
      ["at", "INT64", "timestamp_micros"],
      ["rate", "FLOAT", ""],
    ]);
    expect(summary.fault).toBeNull();
    expect(summary.rows?.records.length).toBe(200);
    expect(summary.rows?.records[1]).toEqual(["9007199254740994", null, "1.10", "2025-10-01 08:00:00.001000", "1.1"]);
  });

  it("keeps what can be read of a broken one, and refuses one without a footer", async () => {
    const whole = file();
    const broken = whole.slice().fill(0xff, 4, 4_000);
    const summary = await parquetTask({ source: held(broken) });
    expect(summary).toMatchObject({ rowCount: "1000", rows: null, fault: expect.any(String) });
    await expect(parquetTask({ source: held(whole.slice(0, 500)) })).rejects.toThrow();
    await expect(parquetTask({ source: held(whole.slice(0, 3)) })).rejects.toThrow();
    const claims = whole.slice();
    new DataView(claims.buffer).setUint32(claims.length - 8, 0xffffff00, true);
    await expect(parquetTask({ source: held(claims) })).rejects.toThrow("footer");
  });
});

describe("Parquet's values", () => {
  it("are exact", () => {
    expect(decimalText(-5n, 2)).toBe("-0.05");
    expect(decimalText(12345678901234567890n, 4)).toBe("1234567890123456.7890");
    expect(decimalText(7n, 0)).toBe("7");
    expect(timestampText(-1n, 6)).toBe("1969-12-31 23:59:59.999999");
    expect(timestampText(10n ** 30n, 3)).toBe(String(10n ** 30n));
    expect(EXACT_PARSERS.dateFromDays?.(-1)).toBe("1969-12-31");
    expect(floatText(Math.fround(0.1))).toBe("0.1");
    expect(floatText(Number.NaN)).toBe("NaN");
    const decimal: SchemaElement = { name: "d", type: "FIXED_LEN_BYTE_ARRAY", converted_type: "DECIMAL", scale: 1 };
    expect(valueText(Uint8Array.of(0xff, 0xf6), decimal)).toBe("-1.0");
    const time: SchemaElement = { name: "t", type: "INT32", converted_type: "TIME_MILLIS" };
    expect(valueText(3_600_001, time)).toBe("01:00:00.001");
    expect(valueText({ a: [1n] }, { name: "n" })).toBe('{"a":["1"]}');
    expect(valueText(Uint8Array.of(0, 255), { name: "b" })).toBe("0x00ff");
  });
});
