/** The row that the inspector shows, as one goes through rows. */
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { createDetailStore } from "../../src/renderer/state/detail.ts";
import { createClient } from "../../src/shared/client.ts";
import { methods } from "../../src/shared/contract.ts";
import type { ClientMessage, HostMessage } from "../../src/shared/wire.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function startHost() {
  const asked: string[] = [];
  let tell: (message: HostMessage) => void = () => {};
  const client = createClient({
    send(message: ClientMessage) {
      if (message.type !== "call") return;
      const { ref } = methods["rows.get"].parse(message.params);
      asked.push(ref.id);
      queueMicrotask(() => tell({ type: "result", id: message.id, ok: true, value: { row: { ref } } }));
    },
    onMessage(listener) {
      tell = listener;
      return () => {};
    },
  });
  return { client, asked };
}

it("asks for a row at once, and of rows that are run through for the last one alone", async () => {
  const { client, asked } = startHost();
  const { getState } = createDetailStore(client);
  const show = (id: string) => getState().show("a", { type: "response", id });
  await show("1");
  expect([asked, getState().detail?.row.ref.id]).toEqual([["1"], "1"]);
  const run: Promise<void>[] = [];
  for (const id of ["2", "3", "4"]) {
    run.push(show(id));
    await vi.advanceTimersByTimeAsync(20);
  }
  expect(asked).toEqual(["1"]);
  await vi.advanceTimersByTimeAsync(20);
  await Promise.all(run);
  expect([asked, getState().detail?.row.ref.id]).toEqual([["1", "4"], "4"]);
  await vi.advanceTimersByTimeAsync(200);
  await show("5");
  expect(asked).toEqual(["1", "4", "5"]);
});
