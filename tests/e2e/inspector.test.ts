/** One row in full: the payload as what it is and as its bytes, metadata and whose it is, the request and its hash. */
import { expect, it } from "vitest";
import { fixtureJson, referenceArchive } from "../../packages/dataio/test/archives.ts";
import { AppPage, eventually } from "../helpers/app-page.ts";
import { describeOnWeb } from "../helpers/hosts.ts";

const JUSTETF = "2f93a76c-1d8b-456d-8847-0e8c9928a172";

interface EdgeCases {
  readonly cases: readonly { readonly name: string; readonly response_id?: string; readonly response_ids?: string[] }[];
}

/** The row of a case of the edge archive; the `nth` where it has several. */
function edgeRow(name: string, nth = 0): string {
  const found = fixtureJson<EdgeCases>("edge-cases.json").cases.find((candidate) => candidate.name === name);
  return `response:${found?.response_id ?? found?.response_ids?.[nth]}`;
}

describeOnWeb("the inspector", (launch) => {
  it("shows a payload as what it is, and its bytes beside it", async () => {
    const app = new AppPage(await launch({ args: ["--archive", referenceArchive("edge")] }));
    await app.archiveShown("edge");
    // Numbers that JavaScript cannot hold keep their text.
    await app.select(edgeRow("json_payload_nan"));
    const laidOut = '{\n  "v": NaN,\n  "big": 12345678901234567890,\n  "f": 1.10\n}';
    // A tree at first, and as text from then on once that was chosen.
    const tree = app.inspector.getByRole("tree", { name: "Payload as a tree" });
    await eventually(() => tree.getByRole("treeitem").count()).toBe(4);
    await app.inspector.getByRole("button", { name: "Text", exact: true }).click();
    await eventually(() => app.code("Formatted payload")).toBe(laidOut);
    await app.inspector.getByText("application/json · 50 B").waitFor();
    await app.select(edgeRow("sidecar_missing"));
    await eventually(() => app.code("Formatted payload")).toContain('"sidecar": "deleted"');
    await app.select(edgeRow("json_payload_nan"));
    const raw = await app.tab("Raw");
    await eventually(() => app.code("Payload")).toBe('{"v": NaN, "big": 12345678901234567890, "f": 1.10}');
    await raw.getByRole("button", { name: "Hex" }).click();
    const hex = raw.getByRole("region", { name: "Bytes in hexadecimal" });
    await eventually(() => hex.innerText()).toContain("7b 22 76 22 3a 20 4e 61");
    expect(await hex.innerText()).toContain('{"v": Na');
    await raw.getByRole("button", { name: "Text" }).click();
    await app.tab("Preview");
    await app.select(edgeRow("healthy"));
    await eventually(() => app.code("Payload")).toBe("healthy payload\n");
    await app.inspector.getByText("text/plain · 16 B").waitFor();
    await app.select(edgeRow("text_invalid_utf8"));
    await app.inspector.getByText("Not valid UTF-8").waitFor();
    await app.select(edgeRow("long_line"));
    await app.inspector.getByText("First 1 MiB of 1.9 MiB shown").waitFor();

    await app.openFolder(referenceArchive("small"));
    await app.archiveShown("small");
    await app.showSession(JUSTETF);
    const row = (nth: number) =>
      app.rows
        .nth(nth)
        .click()
        .then(() => app.inspected());
    await row(0);
    await app.inspector.getByText("text/csv · 96 B").waitFor();
    await row(1);
    await app.inspector.getByText(/^text\/html · 64 B/).waitFor();
    await row(2);
    await app.inspector.getByText(/ · 300\.0 KiB/).waitFor();
    await row(3);
    await app.inspector.getByRole("heading", { name: "The payload is empty" }).waitFor();
    await row(4);
    await app.inspector.getByText("application/gzip · 76 B").waitFor();
    await app.inspector.getByRole("button", { name: "Packed" }).click();
    await app.inspector.getByText("1f 8b 08").first().waitFor();
    await row(5);
    await app.inspector.getByRole("img", { name: "The payload" }).waitFor();
    await eventually(() => app.page.getByTestId("image-size").innerText()).toBe("48 × 32 px");
    expect(await app.app.problems()).toEqual([]);
  });

  it("says whose the metadata is, and shows all of it", async () => {
    const app = new AppPage(await launch({ args: ["--archive", referenceArchive("edge")] }));
    await app.archiveShown("edge");
    const origin = app.page.getByTestId("metadata-origin");
    await app.select(edgeRow("dup_checksum", 0));
    const panel = await app.tab("Metadata");
    await eventually(() => origin.innerText()).toBe("Sidecar, written by this response");
    expect(await app.fact("Content type").innerText()).toBe("text/html");
    // Later responses with the same bytes had metadata of their own, which Python did not keep.
    await app.select(edgeRow("dup_checksum", 2));
    const shared = "Shared sidecar, written by the response of 2025-10-22 09:03:06.803";
    await eventually(() => origin.innerText()).toBe(shared);
    expect(await app.fact("Content type").innerText()).toBe("text/html");
    expect(await app.fact("URL").innerText()).toBe("https://a.example/1");
    await panel.getByRole("button", { name: "Raw JSON" }).click();
    await eventually(() => app.code("Metadata as JSON")).toContain('"transport_status": 200');
    await panel.getByRole("button", { name: "Raw JSON" }).click();

    await app.select(edgeRow("sidecar_missing"));
    await panel.getByRole("heading", { name: "No metadata" }).waitFor();
    await app.select(edgeRow("sidecar_invalid_json"));
    await panel.getByText("The metadata file is no JSON object").waitFor();
    await eventually(() => app.code("Metadata as it is on disk")).toContain('{"content_type":"text/html",');
    await app.select(edgeRow("sidecar_list_header"));
    await eventually(() => panel.getByRole("row").allInnerTexts()).toEqual([
      "Name\tValue",
      "Set-Cookie\ta=1",
      "Set-Cookie\tb=2",
      "X\ty",
    ]);
    await app.select(edgeRow("sidecar_wrong_types"));
    await eventually(() => app.fact("Content type").innerText()).toBe("42");
    expect(await app.fact("Elapsed (ms)").innerText()).toBe("1.5");
    expect(await app.fact("URL").innerText()).toBe("null");
    expect(await app.fact("extra").innerText()).toContain('"k": 1');
    expect(await app.app.problems()).toEqual([]);
  });

  it("shows what was asked, and holds its hash against it", async () => {
    const app = new AppPage(await launch({ args: ["--archive", referenceArchive("edge")] }));
    await app.archiveShown("edge");
    await app.select(edgeRow("healthy"));
    await app.tab("Request");
    const check = () => app.fact("Hash check").innerText();
    await eventually(check).toBe("matches the request (as mxm-dataio 0.1 and 0.2 compute it)");
    expect(await app.fact("Kind").innerText()).toBe("healthy");
    expect(await app.fact("Source").innerText()).toBe("edge");
    const forms = [
      ["hash_030_nobucket", "matches the request (as mxm-dataio 0.3 computes it)"],
      ["hash_030_bucket", "matches the request (as mxm-dataio 0.3 computes it with bucket 2025-10-22)"],
      ["hash_020_py310", "matches the request (as mxm-dataio computes it under Python 3.10)"],
      ["hash_wrong", "does not match the request"],
    ] as const;
    for (const [name, verdict] of forms) {
      await app.select(edgeRow(name));
      await eventually(check).toBe(verdict);
    }
    const hash = await app.fact("Hash").innerText();
    const expected = await app.fact("Expected").innerText();
    expect(expected).toMatch(/^[0-9a-f]{64}$/);
    expect(expected).not.toBe(hash);

    await app.select(edgeRow("hash_null_1"));
    await eventually(() => app.fact("Hash").innerText()).toBe("none in the row");
    expect(await app.fact("Expected").innerText()).toMatch(/^[0-9a-f]{64}$/);
    await app.select(edgeRow("params_invalid_json"));
    await eventually(check).toContain("cannot be checked: params_json");
    await app.inspector.getByText("not valid JSON: Line 1, column 6").waitFor();
    expect(await app.code("Params as archived")).toBe('{"a":');
    await app.select(edgeRow("params_bigint"));
    const exact = '{\n  "id": 9007199254740993,\n  "f": 1.0,\n  "e": 1e-07\n}';
    await eventually(() => app.code("Params")).toBe(exact);
    await app.select(edgeRow("path_traversal"));
    const path = "../../../../etc/hostname (path on the writing machine, never opened)";
    await eventually(() => app.fact("Recorded path").innerText()).toBe(path);
    expect(await app.app.problems()).toEqual([]);
  });
});
