/** The app is built before tests that start its threads, as built: from sources each would compile the whole library anew. */
import { buildIfNeeded } from "../../scripts/build-if-needed.mjs";
import { ROOT } from "./root.ts";

export default function setup(): void {
  if (!buildIfNeeded(ROOT)) throw new Error("The app cannot be built, so there is nothing to test.");
}
