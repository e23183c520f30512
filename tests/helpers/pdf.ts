/** A small PDF: a page for each text, and what a hostile one would try besides: a script at opening, a link that leaves. */
export function pdfOf(texts: readonly string[]): Uint8Array {
  const pageIds = texts.map((_text, place) => 4 + place * 2);
  const bodies = [
    "<</Type/Catalog/Pages 2 0 R/OpenAction<</S/JavaScript/JS(app.alert\\('run'\\))>>>>",
    `<</Type/Pages/Count ${texts.length}/Kids[${pageIds.map((id) => `${id} 0 R`).join(" ")}]>>`,
    "<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    ...texts.flatMap((text, place) => {
      const stream = `BT /F1 24 Tf 40 100 Td (${text}) Tj ET`;
      const link = "<</Type/Annot/Subtype/Link/Rect[0 0 300 200]/A<</S/URI/URI(http://127.0.0.1:9/link)>>>>";
      return [
        `<</Type/Page/Parent 2 0 R/MediaBox[0 0 300 200]/Contents ${5 + place * 2} 0 R/Annots[${link}]/Resources<</Font<</F1 3 0 R>>>>>>`,
        `<</Length ${stream.length}>>stream\n${stream}\nendstream`,
      ];
    }),
  ];
  let file = "%PDF-1.7\n";
  const offsets = bodies.map((body, place) => {
    const offset = file.length;
    file += `${place + 1} 0 obj\n${body}\nendobj\n`;
    return offset;
  });
  const xref = file.length;
  const entries = offsets.map((offset) => `${String(offset).padStart(10, "0")} 00000 n \n`).join("");
  file += `xref\n0 ${bodies.length + 1}\n0000000000 65535 f \n${entries}`;
  file += `trailer\n<</Size ${bodies.length + 1}/Root 1 0 R>>\nstartxref\n${xref}\n%%EOF\n`;
  return Buffer.from(file, "latin1");
}
