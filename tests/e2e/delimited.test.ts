/**
 * Delimited payloads as a table: their fields as they are, in every order, however many and however odd; two of them, and
 * two images, beside each other.
 */
import { expect, it } from "vitest";
import { AppPage, eventually } from "../helpers/app-page.ts";
import { describeOnWeb } from "../helpers/hosts.ts";
import { payloadArchive } from "../helpers/payload-archive.ts";

const COUNT = 20_000;
const PIXEL = Buffer.from(
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==",
  "base64",
);

describeOnWeb("a delimited payload", (launch) => {
  it("is a table whose fields stay exact, sorted on request, with its oddities named", async () => {
    const prices = Array.from({ length: COUNT }, (_none, row) => `2025-10-01,S${row % 50},${row}.10,"a, ""b"""`);
    const folder = await payloadArchive("tables", "text/csv", [
      `day,symbol,price,note\n${prices.join("\n")}\n`,
      'name;size\n"<img src=x onerror=alert(1)>";1\n=1+1;2;3\n',
      `${Array.from({ length: 300 }, (_none, column) => `c${column}`).join("\t")}\n${"1\t".repeat(299)}2\n`,
      "symbol,price\nA,1.10\nB,2.20\nC,3.30\n",
      "symbol,price\nC,3.30\nB,2.2\nD,4.40\n",
      ["image/png", PIXEL],
      ["image/png", PIXEL.subarray(0, -4)],
    ]);
    const app = new AppPage(await launch({ args: ["--archive", folder] }));
    await app.archiveShown("tables");
    const table = app.inspector.getByRole("table", { name: "Payload" });
    const cells = (row: number) => table.locator("tbody tr").nth(row).locator("td").allInnerTexts();
    const size = app.inspector.getByTestId("table-size");

    await app.select("response:r0");
    await eventually(() => size.innerText()).toBe("20,000 rows, 4 columns");
    expect(await cells(0)).toEqual(["1", "2025-10-01", "S0", "0.10", 'a, "b"']);
    await table.getByRole("button", { name: "price" }).click();
    await table.getByRole("button", { name: "price" }).click();
    await eventually(() => cells(0)).toEqual(["20000", "2025-10-01", "S49", "19999.10", 'a, "b"']);
    expect(await table.getByRole("columnheader", { name: "price" }).getAttribute("aria-sort")).toBe("descending");
    await table.getByRole("button", { name: "price" }).click();
    await eventually(() => cells(0)).toContain("0.10");
    await table.focus();
    await app.page.keyboard.press("End");
    await table.getByText("19999.10", { exact: true }).waitFor();

    await app.select("response:r1");
    await eventually(() => size.innerText()).toBe("2 rows, 3 columns");
    await app.inspector.getByText("1 row of another length than the first").waitFor();
    expect(await cells(0)).toEqual(["1", "<img src=x onerror=alert(1)>", "1", ""]);
    await app.inspector.getByLabel("First row names columns").uncheck();
    await eventually(() => size.innerText()).toBe("3 rows, 3 columns");
    expect(await cells(2)).toEqual(["3", "=1+1", "2", "3"]);
    await app.inspector.getByLabel("Delimiter").selectOption("Comma");
    await eventually(() => size.innerText()).toBe("2 rows, 1 column");
    await app.inspector.getByText("The quotes are not in order").waitFor();

    await app.select("response:r2");
    await eventually(() => size.innerText()).toBe("1 row, 300 columns");
    expect((await cells(0)).length).toBeLessThan(60);
    await table.focus();
    await app.page.evaluate(`document.querySelector("table[aria-label=Payload]").scrollLeft = 1e6`);
    await table.getByRole("columnheader", { name: "c299" }).waitFor();

    await app.tab("Raw");
    await eventually(() => app.code("Payload")).toMatch(/^c0\tc1\t/);

    // Beside the one before: rows are found by what names them, and fields are told apart as texts.
    const compared = app.page.getByTestId("compare-summary");
    await app.select("response:r4");
    const comparison = await app.tab("Compare");
    await eventually(() => compared.innerText()).toBe("+1 −1 ~1 rows, 1 the same");
    const found = comparison.getByLabel("Rows are found by");
    expect(await found.locator("option:checked").innerText()).toBe("symbol");
    const differences = comparison.getByRole("region", { name: "Differences" });
    await eventually(() => differences.innerText()).toMatch(/2\.20\s(?:.*\s)*?2\.2\b/);
    await found.selectOption("their order");
    await eventually(() => compared.innerText()).toBe("+2 −2 ~0 rows, 1 the same");
    await app.select("response:r6");
    await eventually(() => comparison.locator("figcaption").allInnerTexts()).toEqual([
      "Older (−) · 70 B · 1 × 1 px",
      "Newer (+) · 66 B · 1 × 1 px · ends early",
    ]);
    await app.tab("Preview");
    await app.inspector.getByText("The image ends early").waitFor();
    await app.inspector.getByTestId("image-size").waitFor();
    expect(await app.app.problems()).toEqual([]);
  });
});
