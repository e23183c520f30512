import { describe, expect, it } from "vitest";
import { layOutHtml, layOutXml } from "../../src/renderer/work/markup.ts";

describe("laying out XML", () => {
  it("puts an element a line, and leaves names, attributes and text as they are", () => {
    const xml = `<?xml version="1.0"?><!-- a --><r a='say "1"' b="&amp;"><x>1.10</x><y/><z>mixed <i>text</i><![CDATA[<z>]]></z></r>`;
    expect(layOutXml(xml, false)).toEqual({
      text: `<?xml version="1.0"?>\n<!-- a -->\n<r a="say &quot;1&quot;" b="&amp;">\n  <x>1.10</x>\n  <y/>\n  <z>mixed <i>text</i><![CDATA[<z>]]></z>\n</r>`,
      fault: null,
    });
  });

  it("leaves what is no XML, or not all of it, as it is", () => {
    expect(layOutXml("<a><b></a>", false)).toEqual({ text: "<a><b></a>", fault: { reason: expect.any(String) } });
    expect(layOutXml("<a><b>", true)).toEqual({ text: "<a><b>", fault: null });
    const deep = "<a>".repeat(50_000);
    expect(layOutXml(deep, false)).toEqual({ text: deep, fault: { reason: expect.any(String) } });
  });

  it("expands no entities", () => {
    const bomb = '<!DOCTYPE a [<!ENTITY x "xx"><!ENTITY y "&x;&x;">]><a>&y;</a>';
    expect(layOutXml(bomb, false).text).toContain("&y;");
  });
});

describe("laying out HTML", () => {
  it("puts blocks on lines of their own, and leaves scripts and preformatted text as they are", () => {
    const page =
      "<!doctype html><html><body onload='x()'><p>Some <b>bold</b> text<pre>a\n  b</pre><script>f( 1 )</script>";
    expect(layOutHtml(page).text).toBe(
      [
        "<!doctype html>",
        "<html>",
        "<body onload='x()'>",
        "  <p>Some <b>bold</b> text",
        "  <pre>a",
        "  b</pre><script>f( 1 )</script>",
      ].join("\n"),
    );
  });
});
