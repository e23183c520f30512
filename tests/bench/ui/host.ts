/** The web host as `npm run serve` starts it, watched from within, and a client that asks it past the window. */
import { once } from "node:events";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { pathToFileURL } from "node:url";
import { type Client, createClient } from "../../../src/shared/client.ts";
import { clientTransport, openSocket } from "../../contract/websocket-client.ts";
import { AppProcess } from "../../helpers/app-process.ts";
import { ROOT } from "../../helpers/root.ts";

const LINK = /http:\/\/127\.0\.0\.1:(\d+)\/\S*token=\S+/;
const WATCH = pathToFileURL(join(import.meta.dirname, "loop-watch.ts")).href;

export interface Host {
  /** The link for a browser. */
  readonly url: string;
  readonly client: Client;
  /** The longest time in ms that the main thread could not hear of anything while `work` went on. */
  longestBlock(work: () => Promise<unknown>): Promise<number>;
  close(): Promise<void>;
}

/** Starts the built host. @param home where its settings, recent archives and indexes are. */
export async function startHost(home: string): Promise<Host> {
  const env = { ...process.env, MXM_DATAIO_BROWSER_HOME: home };
  const args = ["--import", WATCH, join(ROOT, "out/main/serve.js")];
  const app = new AppProcess("web host", [process.execPath, args, { cwd: ROOT, env }], "ipc");
  const [url, port] = await app.waitUntil("printing its link", () => LINK.exec(app.output));
  const socket = await openSocket({ url, port: Number(port) });
  return {
    url,
    client: createClient(clientTransport(socket)),
    async longestBlock(work) {
      app.child.send("begin");
      await work();
      const told = once(app.child, "message");
      app.child.send("longest");
      const [answer]: { longestMs: number }[] = await told;
      return answer?.longestMs ?? Number.NaN;
    },
    async close() {
      socket.close();
      app.child.kill("SIGTERM");
      await app.ended();
    },
  };
}

/** Opens an archive, waits until its index is complete, and gives its id. */
export async function openIndexed(host: Host, path: string): Promise<string> {
  const { id } = await host.client.call("archives.open", { path });
  await indexed(host, id);
  return id;
}

/** Waits until the index of an open archive is complete, its texts included: until then a thread is busy with it. */
export async function indexed({ client }: Host, archiveId: string): Promise<void> {
  while (true) {
    const index = await client.call("index.get", { archiveId });
    if (index.state === "unavailable") throw new Error(`There is no index: ${index.reason}`);
    const isComplete =
      index.state === "ready" && index.pending === 0 && index.searchesText && index.searchPending === 0;
    if (isComplete) return;
    await sleep(50);
  }
}

/** Runs a verify job to its end. */
export async function verifyAll({ client }: Host, archiveId: string): Promise<void> {
  const started = await client.call("verify.start", { archiveId });
  while (true) {
    const job = (await client.call("jobs.list", {})).find(({ id }) => id === started.id);
    if (job?.state.status === "succeeded") return;
    if (job === undefined || job.state.status === "failed") throw new Error("The archive could not be verified");
    await sleep(50);
  }
}
