/**
 * What every fuzz test asks of the library: that it answers, or refuses with its own error; soon; and leaves the
 * prototypes alone that all objects share.
 */
import { afterEach, beforeEach, expect } from "vitest";
import { type DataioErrorCode, isDataioError } from "../../src/errors.ts";

export type Outcome<T> =
  | { readonly state: "answered"; readonly value: T }
  | { readonly state: "refused"; readonly code: DataioErrorCode };

/** What became of an action. Any other error than the library's own is thrown on, and fails the test. */
export async function outcomeOf<T>(action: () => T | Promise<T>): Promise<Outcome<T>> {
  try {
    return { state: "answered", value: await action() };
  } catch (error) {
    if (!isDataioError(error)) throw error;
    return { state: "refused", code: error.code };
  }
}

/**
 * Runs an action whose input is large enough that a cost that grows with its square would take many times the limit.
 * @param limitMs of processor time, for the machine may be busy; one that only waits meets the test's own timeout
 */
export async function within<T>(limitMs: number, action: () => T | Promise<T>): Promise<T> {
  const started = process.cpuUsage();
  const value = await action();
  const { user, system } = process.cpuUsage(started);
  expect((user + system) / 1000).toBeLessThan(limitMs);
  return value;
}

const SHARED = { Object, Array, Function, String, Number, Map, Set, Error };

/** Checks around each test of a file that no shared prototype has got, lost or changed a member. */
export function guardPrototypes(): void {
  const state = () =>
    Object.entries(SHARED).map(([name, { prototype }]) => ({
      name,
      parent: Object.getPrototypeOf(prototype),
      members: Object.getOwnPropertyDescriptors(prototype),
    }));
  let before: ReturnType<typeof state>;
  beforeEach(() => {
    before = state();
  });
  afterEach(() => {
    for (const [index, { name, parent, members }] of state().entries()) {
      expect(Object.is(parent, before[index]?.parent), `the parent of ${name}.prototype`).toBe(true);
      expect(Reflect.ownKeys(members), `the members of ${name}.prototype`).toEqual(
        Reflect.ownKeys(before[index]?.members ?? {}),
      );
    }
  });
}
