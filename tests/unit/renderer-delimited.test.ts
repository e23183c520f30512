import { describe, expect, it } from "vitest";
import { isNumericColumn, parseDelimited, sortedPlaces } from "../../src/renderer/format/delimited.ts";

describe("delimited text", () => {
  it("is read with the delimiter that it has, and its fields stay as they are", () => {
    for (const [delimiter, name] of [
      [",", "comma"],
      ["\t", "tab"],
      [";", "semicolon"],
      ["|", "pipe"],
    ]) {
      const text = `symbol,price,note\nESZ6,1.10,"a ""quoted""\nline"\nNQZ6,12345678901234567890,\n`.replaceAll(
        ",",
        delimiter ?? "",
      );
      const parsed = parseDelimited(text, false, null);
      expect([name, parsed.delimiter]).toEqual([name, delimiter]);
      expect(parsed.records).toEqual([
        ["symbol", "price", "note"],
        ["ESZ6", "1.10", 'a "quoted"\nline'],
        ["NQZ6", "12345678901234567890", ""],
      ]);
      expect(parsed).toMatchObject({ width: 3, hasHeader: true, raggedCount: 0, fault: null });
    }
  });

  it("has no header where the first record holds a number, a gap or the same name twice", () => {
    for (const text of ["1,a\n2,b", "a,\n1,2", "a,a\n1,2", "a,b"]) {
      expect([text, parseDelimited(text, false, ",").hasHeader]).toEqual([text, false]);
    }
  });

  it("says what is uneven and what is wrong", () => {
    const uneven = parseDelimited("a,b\n1\n1,2,3\n1,2\n", false, null);
    expect(uneven).toMatchObject({ raggedCount: 2, width: 3, fault: null });
    expect(parseDelimited('a,b\n1,"open\n2,3\n', false, null).fault).toMatch(/^Record 2: .*quot/i);
  });

  it("leaves out the last record of a text that was cut, and forgives its open quote", () => {
    const cut = parseDelimited('a,b\n1,2\n3,"4', true, null);
    expect(cut.records).toEqual([
      ["a", "b"],
      ["1", "2"],
    ]);
    expect(cut.fault).toBeNull();
  });
});

describe("the order of a column", () => {
  const records = [["10", "b"], ["9.5", "a"], ["", "B10"], ["-1e3", "B9"], ["12345678901234567891"], ["9.50", "a"]];

  it("is by value for numbers, and empty fields come last", () => {
    const numbers = records.filter((record) => record[0] !== "");
    expect(isNumericColumn(records, 0)).toBe(true);
    expect(sortedPlaces(numbers, 0, "ascending").map((place) => numbers[place]?.[0])).toEqual([
      "-1e3",
      "9.5",
      "9.50",
      "10",
      "12345678901234567891",
    ]);
    expect(sortedPlaces(records, 0, "descending").map((place) => records[place]?.[0])).toEqual([
      "12345678901234567891",
      "10",
      "9.50",
      "9.5",
      "-1e3",
      "",
    ]);
  });

  it("is that of a dictionary for texts, numbers within them by value", () => {
    expect(isNumericColumn(records, 1)).toBe(false);
    expect(sortedPlaces(records, 1, "ascending").map((place) => records[place]?.[1])).toEqual([
      "a",
      "a",
      "b",
      "B9",
      "B10",
      undefined,
    ]);
  });
});
