/** Sending: shown in full, asked, sent exactly once, and told what came of it; counted by a real server. */
import { createHash } from "node:crypto";
import { readFile, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Store } from "@mxm/dataio";
import { expect, it } from "vitest";
import { temporaryFolder } from "../../packages/dataio/test/archives.ts";
import { AppPage, eventually } from "../helpers/app-page.ts";
import { describeOnWeb } from "../helpers/hosts.ts";
import { serveLoopback } from "../helpers/loopback.ts";

interface Received {
  readonly method: string | undefined;
  readonly url: string | undefined;
  readonly body: string;
}

/** A broker that takes orders; `/lost` is taken and never answered. */
async function startBroker() {
  const received: Received[] = [];
  const origin = await serveLoopback((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const { method, url } = request;
      received.push({ method, url, body: Buffer.concat(chunks).toString("utf8") });
      if (url === "/lost") return response.destroy();
      const [status, body] = url === "/full" ? [503, '{"error":"full"}'] : [201, `{"order":${received.length}}`];
      return setTimeout(
        () => response.writeHead(status, { "content-type": "application/json", "retry-after": "0" }).end(body),
        150,
      );
    });
  });
  return { origin, received };
}

describeOnWeb("sending", (launch) => {
  it("shows exactly what goes out, sends it once, keeps both sides, and is honest about failures", async () => {
    const broker = await startBroker();
    const folder = join(temporaryFolder(), "desk");
    Store.create(folder).close();
    const app = new AppPage(await launch({ args: ["--archive", folder] }));
    const { page } = app;
    const review = page.getByRole("dialog", { name: "Send this?" });
    const form = page.getByRole("dialog", { name: "Send", exact: true });
    const result = page.getByRole("dialog", { name: "Sent" });
    const header = (name: string) => review.locator("dl > div", { hasText: new RegExp(`^${name}`) }).locator("dd");

    // From the composer, with the body that it would fetch with.
    await app.button("Fetch something").click();
    for (const [name, text] of [
      ["Source", "broker"],
      ["Kind", "order"],
    ] as const) {
      await app.dialog.getByRole("combobox", { name }).fill(text);
      await page.keyboard.press("Tab");
    }
    const order = { url: `${broker.origin}/orders?desk=1`, method: "PUT", headers: { authorization: "Bearer abc" } };
    await app.dialog.getByRole("button", { name: "JSON", exact: true }).click();
    await app.dialog.getByRole("textbox", { name: /^Params/ }).fill(JSON.stringify(order));
    await app.dialog.getByRole("textbox", { name: /^Body/ }).fill('{"qty": 30.0}');
    await app.dialog.getByRole("button", { name: "Send…" }).click();
    await review.getByText(`PUT ${broker.origin}/orders?desk=1`).waitFor();
    expect(await header("content-length").innerText()).toBe("12");
    expect(await header("content-type").innerText()).toBe("application/json");
    expect(await header("authorization").innerText()).toBe("hidden: a credential");
    await review.getByText("Params name credentials").waitFor();
    await review.getByText("12 bytes").waitFor();
    await review.getByText(createHash("sha256").update('{"qty":30.0}').digest("hex")).waitFor();
    expect(await review.getByRole("region", { name: "Bytes as text" }).innerText()).toBe('{"qty":30.0}');
    expect(broker.received).toEqual([]);

    // Edited, then sent by a double click.
    await review.getByRole("button", { name: "Edit" }).click();
    await form.getByRole("textbox", { name: /^Params/ }).fill(JSON.stringify({ ...order, headers: {} }));
    await page.keyboard.press("ControlOrMeta+Enter");
    await review.locator("button:not([aria-disabled])", { hasText: "Send once" }).dblclick();
    await result.getByText("Sent once, and answered").waitFor();
    await result.getByText(/^status 201 · /).waitFor();
    expect(broker.received).toEqual([{ method: "PUT", url: "/orders?desk=1", body: '{"qty":30.0}' }]);
    await result.getByRole("button", { name: "Show the answer" }).click();
    await app.activeRow.getByText("ack").waitFor();
    await app.inspector.getByRole("button", { name: "Text", exact: true }).click();
    await eventually(() => app.code("Formatted payload")).toContain('"order": 1');
    await app.tab("Request");
    await eventually(() => app.fact("Method").innerText()).toBe("SEND");
    await app.inspector.getByText("Sent bytes").waitFor();
    await app.inspector.getByRole("button", { name: "Edit and send again…" }).waitFor();
    expect(await app.inspector.getByRole("button", { name: "Re-fetch" }).count()).toBe(0);

    // Changed and sent again from its row; a refusal is not tried again.
    await app.activeRow.click({ button: "right", position: { x: 40, y: 12 } });
    await page.getByRole("menuitem", { name: "Edit and send again…" }).click();
    await form.getByRole("textbox", { name: /^Params/ }).fill(JSON.stringify({ url: `${broker.origin}/full` }));
    await form.getByRole("radio", { name: "Bytes" }).check();
    await form.getByRole("textbox", { name: "Bytes in hexadecimal" }).fill("00 f");
    await form.getByRole("button", { name: "Review…" }).click();
    await form.getByText("Write pairs of digits").waitFor();
    await form.getByRole("textbox", { name: "Bytes in hexadecimal" }).fill("6f 6b 0a");
    await form.getByRole("button", { name: "Review…" }).click();
    await review.getByText(`POST ${broker.origin}/full`).waitFor();
    expect(await header("content-type").innerText()).toBe("application/octet-stream");
    await review.getByText("3 bytes").waitFor();
    await review.getByRole("button", { name: "Send once" }).click();
    await result.getByText("Sent once; the source refused it").waitFor();
    await result.getByText(/^status 503 · /).waitFor();
    await result.getByRole("button", { name: "Show the answer" }).click();
    expect(broker.received.slice(1)).toEqual([{ method: "POST", url: "/full", body: "ok\n" }]);
    // The bytes that were sent come from the archive.
    await app.activeRow.getByText("error").waitFor();
    await app.activeRow.click({ button: "right", position: { x: 40, y: 12 } });
    await page.getByRole("menuitem", { name: "Edit and send again…" }).click();
    await eventually(() => form.getByRole("textbox", { name: "Text, sent as UTF-8" }).inputValue()).toBe("ok\n");
    await form.getByRole("button", { name: "Cancel" }).click();

    // A file, put to the host by the browser.
    await app.activeRow.click({ button: "right", position: { x: 40, y: 12 } });
    await page.getByRole("menuitem", { name: "Edit and send again…" }).click();
    await form.getByRole("textbox", { name: /^Params/ }).fill(JSON.stringify({ url: `${broker.origin}/orders` }));
    await form.getByRole("radio", { name: "File" }).check();
    await form.getByRole("button", { name: "Review…" }).click();
    await form.getByText("Choose the file that is to be sent.").waitFor();
    const table = { name: "quotes.csv", mimeType: "", buffer: Buffer.from("day,close\n1,2\n3,4\n") };
    const large = join(temporaryFolder(), "large.bin");
    await writeFile(large, "");
    await truncate(large, 64 * 1024 * 1024 + 1);
    await form.getByLabel("File to be sent").setInputFiles(large);
    await form.getByText("At most 64 MiB are sent at once").waitFor();
    await form.getByLabel("File to be sent").setInputFiles(table);
    await form.getByText(createHash("sha256").update(table.buffer).digest("hex")).waitFor();
    await form.getByText("quotes.csv · 18 bytes").waitFor();
    await form.getByRole("button", { name: "Send it as that" }).click();
    await eventually(() => form.getByRole("button", { name: "Send it as that" }).count()).toBe(0);
    await form.getByRole("button", { name: "Review…" }).click();
    await review.getByText("18 bytes").waitFor();
    expect(await header("content-type").innerText()).toBe("text/csv");
    await review.getByRole("button", { name: "Send once" }).click();
    await result.getByText(/^status 201 · /).waitFor();
    expect(broker.received.splice(2)).toEqual([{ method: "POST", url: "/orders", body: "day,close\n1,2\n3,4\n" }]);
    await result.getByRole("button", { name: "Show the answer" }).click();
    await app.activeRow.getByText("ack").waitFor();

    // Its request as a script.
    const [download] = await Promise.all([
      page.waitForEvent("download"),
      (async () => {
        await app.activeRow.click({ button: "right", position: { x: 40, y: 12 } });
        await page.getByRole("menuitem", { name: "Save request as" }).click();
        await page.getByRole("menuitem", { name: "Python requests" }).click();
      })(),
    ]);
    expect(download.suggestedFilename()).toBe("order.py");
    const script = join(temporaryFolder(), "order.py");
    await download.saveAs(script);
    expect(await readFile(script, "utf8")).toContain(`"${broker.origin}/orders"`);

    // Taken, and never answered.
    await app.command("post put patch");
    await form.getByRole("combobox", { name: "Source" }).fill("broker");
    await page.keyboard.press("Tab");
    await form.getByRole("combobox", { name: "Kind" }).fill("cancel");
    await page.keyboard.press("Tab");
    await form.getByRole("textbox", { name: /^Params/ }).fill(JSON.stringify({ url: `${broker.origin}/lost` }));
    await page.keyboard.press("ControlOrMeta+Enter");
    await review.getByText("0 bytes").waitFor();
    await review.getByRole("button", { name: "Send once" }).click();
    const failure = page.getByRole("dialog", { name: "The send failed" });
    await failure.getByText("It may have been sent: the source did not say").waitFor();
    await failure.getByText("The attempt is recorded").waitFor();
    await failure.getByRole("button", { name: "Show the record" }).click();
    await app.activeRow.getByText("failed").waitFor();
    await app.inspector.getByText("closed the connection before its answer was complete").waitFor();
    expect(broker.received).toHaveLength(3);
    expect(await app.app.problems()).toEqual([]);
  });
});
