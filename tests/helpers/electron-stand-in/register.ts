/** For `node --import`: from here on, `electron` is the stand-in. */
import { registerHooks } from "node:module";

registerHooks({
  resolve(specifier, context, nextResolve) {
    if (specifier !== "electron") return nextResolve(specifier, context);
    return { url: new URL("./electron-module.ts", import.meta.url).href, shortCircuit: true };
  },
});
