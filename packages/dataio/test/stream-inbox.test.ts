import { describe, expect, it } from "vitest";
import { StreamInbox } from "../src/stream-inbox.ts";

const value = (number: number) => ({ number });

describe("StreamInbox", () => {
  it("hands values over in order, to readers that came before or after them", async () => {
    const inbox = new StreamInbox<{ number: number }>();
    const early = [inbox.next(), inbox.next()];
    for (const number of [1, 2, 3]) inbox.push(value(number));
    expect(inbox.size).toBe(1);
    inbox.end();
    const results = await Promise.all([...early, inbox.next(), inbox.next()]);
    expect(results.map((result) => result.value?.number)).toEqual([1, 2, 3, undefined]);
    expect(results.map((result) => result.done)).toEqual([false, false, false, true]);
  });

  it("throws a failure once, behind the values that came before it, and takes nothing more", async () => {
    const inbox = new StreamInbox<{ number: number }>();
    inbox.push(value(1));
    inbox.fail(new Error("broke"));
    inbox.push(value(2));
    inbox.end();
    expect(await inbox.next()).toEqual({ done: false, value: value(1) });
    await expect(inbox.next()).rejects.toThrow("broke");
    expect(await inbox.next()).toEqual({ done: true, value: undefined });
  });

  it("ends every reader that waits", async () => {
    const inbox = new StreamInbox<{ number: number }>();
    const waiting = [inbox.next(), inbox.next()];
    inbox.end();
    expect((await Promise.all(waiting)).every(({ done }) => done)).toBe(true);
  });

  it("says when a value was taken, and forgets what is cleared", async () => {
    let taken = 0;
    const inbox = new StreamInbox<{ number: number }>(() => {
      taken += 1;
    });
    inbox.push(value(1));
    inbox.push(value(2));
    expect(taken).toBe(0);
    await inbox.next();
    expect(taken).toBe(1);
    inbox.clear();
    inbox.end();
    expect((await inbox.next()).done).toBe(true);
    expect(taken).toBe(1);
  });
});
