/** Stops a command that was started under a Node that is too old, before anything that needs a newer one is loaded. */
import { requireNode } from "./require-node.mjs";

requireNode();
