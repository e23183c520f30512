/** Payload files in the file manager of the machine, where the window runs on it. */
import type { PayloadFacts } from "../../shared/contract.ts";
import type { App } from "./app.ts";

/** True when there is a file, and a file manager to show it in. */
export function canReveal(
  app: App,
  payload: PayloadFacts | null = app.detail.getState().detail?.payload ?? null,
): payload is PayloadFacts {
  if (app.archives.getState().info?.nativeDialogs !== true || payload === null) return false;
  return payload.state === "ok" || payload.state === "corrupt" || payload.state === "unchecked";
}

/** Shows the file of a payload; that of the inspected row when none is named. */
export function revealPayload(
  app: App,
  payload: PayloadFacts | null = app.detail.getState().detail?.payload ?? null,
): void {
  const { archive } = app.archives.getState();
  if (archive === null || !canReveal(app, payload)) return;
  const { checksum } = payload;
  void app.attempt("The file could not be shown", () =>
    app.client.call("host.revealPayload", { archiveId: archive.id, checksum }),
  );
}

/** What people call it there. */
export function spokenFileManager(platform: string): string {
  if (platform === "darwin") return "Reveal in Finder";
  return platform === "win32" ? "Show in Explorer" : "Show in the file manager";
}
