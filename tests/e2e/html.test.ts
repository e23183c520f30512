/** An archived page is drawn without being able to do anything: it runs nothing, asks nobody and leads nowhere. */
import { once } from "node:events";
import { createServer } from "node:http";
import { expect, it, onTestFinished } from "vitest";
import { AppPage, eventually } from "../helpers/app-page.ts";
import { describeOnHosts } from "../helpers/hosts.ts";
import { payloadArchive } from "../helpers/payload-archive.ts";

/** A server that counts who asks it for anything. */
async function startTrap(): Promise<{ readonly origin: string; readonly asked: string[] }> {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(request.url ?? "");
    response.end("caught");
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  onTestFinished(() => void server.close());
  const address = server.address();
  return { origin: `http://127.0.0.1:${typeof address === "object" ? address?.port : ""}`, asked };
}

const page = (trap: string) => `<!DOCTYPE html>
<html><head><title>A page</title>
<meta http-equiv="refresh" content="0;url=${trap}/refresh">
<base href="${trap}/">
<link rel="stylesheet" href="${trap}/style.css">
<style>@import url("${trap}/import.css"); h1 { color: rgb(1, 2, 3); background: url("${trap}/background.png") }</style>
<script>parent.document.title = "run"; top.location = "${trap}/top"; fetch("${trap}/fetch")</script>
<script src="${trap}/script.js"></script></head>
<body onload="parent.postMessage('run', '*'); new Image().src = '${trap}/onload'">
<h1>Prices</h1><img src="${trap}/image.png" onerror="parent.postMessage('run', '*')"><iframe src="${trap}/frame"></iframe>
<object data="${trap}/object"></object><video src="${trap}/video" autoplay></video>
<a id="out" href="${trap}/link">link</a> <a id="top" href="${trap}/top-link" target="_top">top</a>
<form action="${trap}/form"><button id="go">Send</button></form>
<svg><script>parent.document.title = "run"</script></svg></body></html>`;

describeOnHosts("an archived page", (launch) => {
  it("is shown as its source, and rendered on demand without running or requesting anything", async () => {
    const trap = await startTrap();
    const folder = await payloadArchive("pages", "text/html", [page(trap.origin)]);
    const app = new AppPage(await launch({ args: ["--archive", folder] }));
    await app.archiveShown("pages");
    const watch = app.watch();
    await app.page.evaluate('window.told = []; addEventListener("message", (event) => told.push(event.data))');
    const before = await app.page.evaluate("[document.title, location.href]");
    const windows = app.page.context().pages().length;
    await app.select("response:r0");
    await eventually(() => app.code("Payload")).toContain('<meta http-equiv="refresh"');

    await app.inspector.getByRole("button", { name: "Rendered" }).click();
    const frame = app.inspector.frameLocator("iframe[title='The page, inert']");
    const heading = frame.getByRole("heading", { name: "Prices" });
    await heading.waitFor();
    // Its own style is there; nothing that would have to be fetched is.
    expect(await app.inspector.locator("iframe").getAttribute("sandbox")).toBe("");
    for (const id of ["out", "top", "go"]) await frame.locator(`#${id}`).click();
    await heading.waitFor();
    // Whatever of these had begun would be over once the host has been asked for something else.
    await app.tab("Raw");
    await eventually(() => app.code("Payload")).toContain("<title>A page</title>");
    await app.tab("Preview");
    await app.inspector.getByRole("button", { name: "Rendered" }).click();
    await heading.waitFor();

    expect(trap.asked).toEqual([]);
    expect(watch.dialogs).toEqual([]);
    expect(await app.page.evaluate("told")).toEqual([]);
    expect(await app.page.evaluate("[document.title, location.href]")).toEqual(before);
    expect(app.page.context().pages().length).toBe(windows);
    await app.inspector.getByRole("button", { name: "Source" }).click();
    await eventually(() => app.code("Payload")).toContain("<title>A page</title>");
  });
});
