import { DataioError } from "@mxm/dataio";
import type { Handlers } from "../../src/backend/dispatch.ts";
import { methods } from "../../src/shared/contract.ts";

function refuse(): never {
  throw new DataioError("CAPABILITY_MISSING", "Not part of this test");
}

/** Handlers for the whole contract: those given, and a refusal for every other method. */
export function refusingHandlers(given: Partial<Handlers> = {}): Handlers {
  const refusals = Object.fromEntries(Object.keys(methods).map((method) => [method, refuse]));
  return { ...(refusals as { [M in keyof Handlers]: typeof refuse }), ...given };
}
