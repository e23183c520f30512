/**
 * `dataio stream`: subscribes to a source, archives every message, and prints what was archived. Ctrl-C ends the
 * subscription as it should end: `stream_closed` is recorded.
 */
import { isUtf8 } from "node:buffer";
import type { Command } from "commander";
import type { JsonObject } from "../../canonical-json.ts";
import { withSession } from "../../session.ts";
import type { SessionResponse } from "../../session-options.ts";
import { Store } from "../../store.ts";
import { type AdapterOptions, sourceOf, withAdapter } from "../adapter-options.ts";
import { archiveOf, withArchive } from "../archive-option.ts";
import type { Cli } from "../cli.ts";
import { addCommand } from "../command-help.ts";
import { printableLines } from "../printable.ts";
import { type RequestOptions, requestOf, withRequest } from "../request-options.ts";
import { plainJson } from "../row-output.ts";
import { parseCount } from "../values.ts";

type StreamOptions = RequestOptions & AdapterOptions & { readonly raw?: true; readonly limit?: number };

const ADAPTERS = ["websocket", "sse"] as const;

export function addStream(program: Command, cli: Cli): void {
  const command = addCommand(
    program,
    "stream",
    "subscribe to a source, archive every message and print it as a line of JSON",
    [
      `dataio stream --source demo-market --kind trades --params '{"url": "wss://example.com/trades"}'`,
      `dataio stream --source demo-news --kind headlines --adapter sse --params '{"url": "https://example.com/events"}' --raw`,
      "dataio stream --source demo-news --kind headlines --limit 10",
    ],
  );
  withArchive(withAdapter(withRequest(command), ADAPTERS))
    .option(
      "--raw",
      "only the bytes of the messages, a line break behind each; to a terminal as text that does nothing to it",
    )
    .option("--limit <n>", "end after this many messages", (text) => parseCount(text, 1))
    .action(async (options: StreamOptions, self: Command) => {
      const init = await requestOf(cli, options, "SUBSCRIBE");
      const location = await archiveOf(cli, self);
      const asked = { source: options.source, location, requests: [init], adapters: ADAPTERS, program: [] };
      const opened = await sourceOf(cli, options, asked);
      try {
        using store = await Store.openWhenFree(location, { signal: cli.signal });
        const session = { store, ...opened, signal: cli.signal, mode: "async" } as const;
        await withSession(session, async (open) => {
          let messages = 0;
          for await (const response of open.stream(open.request(init))) {
            await write(cli, store, response, options.raw === true);
            if (response.status === "stream_message") messages += 1;
            if (messages === options.limit) break;
          }
        });
      } finally {
        await opened.adapter.close?.();
      }
    });
}

async function write(cli: Cli, store: Store, response: SessionResponse, raw: boolean): Promise<void> {
  const { checksum, status } = response;
  const data = checksum === null ? Buffer.alloc(0) : await store.readPayload(checksum);
  if (!raw) await cli.output.json({ ...plainJson(response), ...content(data) });
  else if (status !== "stream_message") return;
  else if (cli.output.isTerminal) await cli.output.line(printableLines(data.toString("utf8")));
  else await cli.output.bytes(Buffer.concat([data, Buffer.from("\n")]));
  await cli.output.flush();
}

function content(data: Buffer): JsonObject {
  return isUtf8(data) ? { text: data.toString("utf8") } : { base64: data.toString("base64") };
}
