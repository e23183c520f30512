import { describe, expect, it } from "vitest";
import { throwIfCancelled, untilCancelled, valuesUntilCancelled } from "../src/cancellation.ts";

const never = new Promise<never>(() => {});

describe("throwIfCancelled", () => {
  it("throws only once the signal has aborted, with its reason as cause", () => {
    const controller = new AbortController();
    throwIfCancelled(undefined);
    throwIfCancelled(controller.signal);
    controller.abort("the user went home");
    expect(() => throwIfCancelled(controller.signal)).toThrow(
      expect.objectContaining({ code: "CANCELLED", cause: "the user went home" }),
    );
  });
});

describe("untilCancelled", () => {
  it("passes a value and a failure on", async () => {
    const { signal } = new AbortController();
    expect(await untilCancelled(Promise.resolve(1), signal)).toBe(1);
    await expect(untilCancelled(Promise.reject(new Error("own")), signal)).rejects.toThrow("own");
  });

  it("stops waiting when the signal aborts, before or meanwhile", async () => {
    const controller = new AbortController();
    const waiting = untilCancelled(never, controller.signal);
    controller.abort();
    await expect(waiting).rejects.toMatchObject({ code: "CANCELLED" });
    await expect(untilCancelled(never, controller.signal)).rejects.toMatchObject({ code: "CANCELLED" });
  });
});

describe("valuesUntilCancelled", () => {
  /** Counts to `length`, then hangs if asked to; tells whether it was left properly. */
  function counter(length: number, hangs: boolean) {
    const seen = { left: false };
    async function* count() {
      try {
        for (let value = 1; value <= length; value += 1) yield value;
        if (hangs) await never;
      } finally {
        seen.left = true;
      }
    }
    return { seen, values: count() };
  }

  it.each([undefined, new AbortController().signal])("yields everything of a source that ends", async (signal) => {
    const values: number[] = [];
    for await (const value of valuesUntilCancelled(counter(3, false).values, signal)) values.push(value);
    expect(values).toEqual([1, 2, 3]);
  });

  it("stops while the source hangs", async () => {
    const controller = new AbortController();
    const values: number[] = [];
    const reading = (async () => {
      for await (const value of valuesUntilCancelled(counter(2, true).values, controller.signal)) {
        values.push(value);
        if (value === 2) setImmediate(() => controller.abort());
      }
    })();
    await expect(reading).rejects.toMatchObject({ code: "CANCELLED" });
    expect(values).toEqual([1, 2]);
  });

  it("takes no further value after an abort, and tells the source to stop", async () => {
    const controller = new AbortController();
    const { seen, values } = counter(9, false);
    const reading = (async () => {
      for await (const _ of valuesUntilCancelled(values, controller.signal)) controller.abort();
    })();
    await expect(reading).rejects.toMatchObject({ code: "CANCELLED" });
    expect(seen.left).toBe(true);
  });

  it("tells the source to stop when the reader leaves", async () => {
    const { seen, values } = counter(9, false);
    for await (const _ of valuesUntilCancelled(values, new AbortController().signal)) break;
    expect(seen.left).toBe(true);
  });

  it("passes a failure of the source on", async () => {
    async function* failing() {
      yield 1;
      throw new Error("source broke");
    }
    const reading = (async () => {
      for await (const _ of valuesUntilCancelled(failing(), new AbortController().signal));
    })();
    await expect(reading).rejects.toThrow("source broke");
  });
});
