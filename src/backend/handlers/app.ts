/** The app itself: what it is, what a person chose. */
import type { BackendContext } from "../context.ts";
import type { Handlers } from "../dispatch.ts";

export function appHandlers(context: BackendContext): Pick<Handlers, "app.info" | "settings.update"> {
  return {
    "app.info": () => ({
      version: context.version,
      host: context.host.kind,
      readOnly: context.readOnly,
      nativeDialogs: context.host.chooseFolder !== undefined && context.host.chooseSaveFile !== undefined,
      platform: process.platform,
      settings: context.settings.current,
      initialArchive: context.initialArchive,
    }),
    "settings.update": async (patch) => {
      const settings = await context.settings.update(patch);
      context.emit("settings.changed", settings);
      return settings;
    },
  };
}
