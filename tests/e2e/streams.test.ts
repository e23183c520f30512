/** Streams: subscribed to, watched as they come, paused without the archive, left and found again, ended by their source. */
import { once } from "node:events";
import { join } from "node:path";
import { Store } from "@mxm/dataio";
import { expect, it, onTestFinished } from "vitest";
import { type WebSocket, WebSocketServer } from "ws";
import { temporaryFolder } from "../../packages/dataio/test/archives.ts";
import { AppPage, eventually } from "../helpers/app-page.ts";
import { describeOnWeb } from "../helpers/hosts.ts";

/** A feed that sends what it is told to, to whoever connected last. */
async function startFeed() {
  const server = new WebSocketServer({ host: "127.0.0.1", port: 0 });
  const sockets: WebSocket[] = [];
  let sent = 0;
  server.on("connection", (socket) => void sockets.push(socket));
  onTestFinished(() => {
    for (const socket of server.clients) socket.terminate();
    server.close();
  });
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  return {
    url: `ws://127.0.0.1:${address.port}/trades`,
    sockets,
    send(count: number) {
      for (let number = 0; number < count; number += 1) {
        sockets.at(-1)?.send(JSON.stringify({ n: sent, px: 100.5 }));
        sent += 1;
      }
    },
  };
}

describeOnWeb("a stream", (launch) => {
  it("is archived while one watches, pauses and leaves; its frames are read back; its end says why", async () => {
    const feed = await startFeed();
    const folder = join(temporaryFolder(), "desk");
    Store.create(folder).close();
    const app = new AppPage(await launch({ args: ["--archive", folder] }));
    const { page } = app;
    const pane = page.getByRole("region", { name: "Stream" });
    const grid = page.getByRole("grid", { name: "Messages" });
    const frame = (text: string) => grid.getByRole("row").filter({ hasText: text });
    const totals = pane.getByTestId("stream-totals");

    await app.button("Archive: desk").waitFor();
    // A source is mapped to a WebSocket, and subscribed to from the sources.
    await app.command("sources and secrets");
    await app.dialog.getByRole("button", { name: "Add a source…" }).click();
    await app.dialog.getByRole("textbox", { name: "Source" }).fill("feed");
    await app.dialog.getByRole("radio", { name: "WebSocket" }).check();
    await app.dialog.getByRole("textbox", { name: "Settings" }).fill(JSON.stringify({ baseUrl: feed.url }));
    await app.dialog.getByRole("button", { name: "Save" }).click();
    await app.dialog.getByRole("button", { name: "Subscribe to feed" }).click();
    const dialog = page.getByRole("dialog", { name: "Subscribe" });
    await dialog.getByRole("radio", { name: "As mapped (websocket)", checked: true }).waitFor();
    await dialog.getByRole("button", { name: "Subscribe", exact: true }).click();
    await dialog.getByText("Say what kind of messages these are.").waitFor();
    await dialog.getByRole("combobox", { name: "Kind" }).fill("trades");
    await page.keyboard.press("ControlOrMeta+Enter");
    await pane.getByText("open", { exact: true }).waitFor();
    await frame(`opened ${feed.url}/`).waitFor();

    feed.send(1_200);
    await eventually(() => totals.innerText(), 30_000).toContain("1,200 messages");
    // It follows: the newest is in sight, and only those in sight are there.
    await frame('{"n":1199,"px":100.5}').waitFor();
    const beneath = async () => {
      const [whole, newest] = [await grid.boundingBox(), await frame('{"n":1199,"px":100.5}').boundingBox()];
      if (whole === null || newest === null) return null;
      return Math.round(whole.y + whole.height - newest.y - newest.height);
    };
    await eventually(beneath).toBe(0);
    expect(await grid.getByTestId("frame").count()).toBeLessThan(80);
    expect(await grid.getAttribute("aria-rowcount")).toBe("1202");

    // The view stands still; the archive does not.
    await pane.getByRole("button", { name: "Pause" }).click();
    feed.send(50);
    await eventually(() => pane.getByTestId("came-meanwhile").innerText()).toBe("50 messages came meanwhile");
    expect(await grid.getAttribute("aria-rowcount")).toBe("1202");
    // What is long out of sight is read back, and its payload shown.
    await grid.focus();
    await page.keyboard.press("Home");
    await frame(`opened ${feed.url}/`).waitFor();
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("ArrowDown");
    await app.inspector.getByRole("button", { name: "Text", exact: true }).click();
    await eventually(() => app.code("Formatted payload")).toContain('"n": 1');
    await app.tab("Metadata");
    await eventually(() => app.inspector.innerText()).toContain("text/plain");
    await app.tab("Preview");
    await pane.getByRole("button", { name: "Resume" }).click();
    await frame('{"n":1249,"px":100.5}').waitFor();

    // Going up holds the view as well, by key or wheel, until one is back at the end.
    await grid.focus();
    await page.keyboard.press("ArrowUp");
    await pane.getByText("The view is paused").waitFor();
    await page.keyboard.press("End");
    await pane.getByText("The view is paused").waitFor({ state: "detached" });
    await grid.hover();
    await page.mouse.wheel(0, -2_000);
    await pane.getByText("The view is paused").waitFor();
    await page.mouse.wheel(0, 4_000);
    await pane.getByText("The view is paused").waitFor({ state: "detached" });

    // The page goes, and the stream does not; it is found again.
    await page.goto("about:blank");
    feed.send(30);
    await page.goBack();
    await app.button("Archive: desk").waitFor();
    await page.getByRole("button", { name: "1 stream", exact: true }).click();
    await eventually(() => totals.innerText()).toContain("1,280 messages");
    await frame('{"n":1279,"px":100.5}').waitFor();

    await pane.getByRole("button", { name: "Stop" }).click();
    await pane.getByText("stopped", { exact: true }).waitFor();
    await frame("closed: left").waitFor();
    await eventually(() => feed.sockets[0]?.readyState).toBe(3);

    // Once more is another subscription; this one its source ends, for a reason.
    await pane.getByRole("button", { name: "Subscribe again" }).click();
    await dialog.getByRole("button", { name: "Subscribe", exact: true }).click();
    await pane.getByText("open", { exact: true }).waitFor();
    feed.send(1);
    await frame('"n":1280').waitFor();
    feed.sockets.at(-1)?.close(1011, "out of memory");
    await pane.getByRole("alert").getByText("closed the connection with code 1011 (out of memory)").waitFor();
    await frame("closed: failed: ").waitFor();

    // Afterwards they are rows as all others are.
    await pane.getByRole("button", { name: "Back to the rows" }).click();
    await eventually(() => app.sessions.count()).toBe(2);
    await app.showSession((await app.sessionIds())[1] ?? "");
    await eventually(() => page.getByRole("region", { name: "Responses" }).innerText()).toContain("1,282 rows");

    // A row of a stream is subscribed to again from its menu and from the inspector; none of it is fetched.
    await app.rows.first().click({ button: "right" });
    await page.getByRole("menuitem", { name: "Subscribe again…" }).click();
    expect(await dialog.getByRole("combobox", { name: "Kind" }).inputValue()).toBe("trades");
    await dialog.getByRole("button", { name: "Cancel" }).click();
    await app.inspected();
    await app.inspector.getByRole("button", { name: "Subscribe again…" }).click();
    await dialog.getByRole("button", { name: "Cancel" }).click();

    // Where a fetch begins, an address of a stream becomes a subscription.
    await app.button("Send or subscribe").click();
    await page.getByRole("menuitem", { name: "Subscribe to a stream…" }).click();
    await dialog.getByRole("button", { name: "Cancel" }).click();
    await app.button("New fetch").click();
    const composer = page.getByRole("dialog", { name: "New fetch" });
    await composer.getByRole("combobox", { name: "Source" }).fill("other");
    await composer.getByRole("combobox", { name: "Kind" }).fill("quotes");
    await composer.getByRole("button", { name: "Fetch", exact: true }).waitFor();
    await composer.getByText("More: paste a request").click();
    await composer.getByRole("textbox", { name: "Paste a request" }).fill(feed.url);
    await composer.getByRole("button", { name: "Take over" }).click();
    await composer.getByRole("button", { name: "Fetch", exact: true }).waitFor({ state: "detached" });
    await composer.getByRole("button", { name: "Subscribe…" }).click();
    await dialog.getByRole("radio", { name: "WebSocket", checked: true }).waitFor();
    await dialog.getByRole("button", { name: "Subscribe", exact: true }).click();
    await pane.getByText("open", { exact: true }).waitFor();
    await pane.getByRole("button", { name: "Stop" }).click();
    await pane.getByText("stopped", { exact: true }).waitFor();
    // A source that streams and does nothing else is not fetched from either.
    await app.button("New fetch").click();
    await composer.getByRole("combobox", { name: "Source" }).fill("feed");
    await composer.getByRole("button", { name: "Subscribe…" }).waitFor();
    await page.keyboard.press("Escape");
    expect(await app.app.problems()).toEqual([]);
  });
});
