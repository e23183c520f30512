import { describe, expect, it } from "vitest";
import { createArchivesStore } from "../../src/renderer/state/archives.ts";
import { createJobsStore } from "../../src/renderer/state/jobs.ts";
import { createSettingsStore } from "../../src/renderer/state/settings.ts";
import { createClient } from "../../src/shared/client.ts";
import type { AppInfo, Job, OpenArchive } from "../../src/shared/contract.ts";
import { DEFAULT_SETTINGS } from "../../src/shared/default-settings.ts";
import type { HostMessage } from "../../src/shared/wire.ts";

const settings = DEFAULT_SETTINGS;

function archive(path: string): OpenArchive {
  const counts = { sessions: 0, requests: 0, responses: 0 };
  return {
    id: `id:${path}`,
    path,
    name: path,
    readOnly: true,
    canWrite: true,
    extended: false,
    journalMode: "wal",
    counts,
  };
}

/** A host with the archives /a and /b; every other path is refused. Answers in the order of the calls, or as held back. */
function startHost(initialArchive: string | null) {
  const info: AppInfo = {
    version: "1",
    host: "web",
    readOnly: false,
    nativeDialogs: false,
    platform: "linux",
    settings,
    initialArchive,
  };
  const calls: string[] = [];
  const slow = new Set<string>();
  let tell: (message: HostMessage) => void = () => {};

  const answer = (method: string, params: unknown): unknown => {
    const path = typeof params === "object" && params !== null && "path" in params ? String(params.path) : "";
    calls.push(path === "" ? method : `${method} ${path}`);
    switch (method) {
      case "app.info":
        return info;
      case "archives.open":
        return path === "/a" || path === "/b" ? archive(path) : null;
      case "archives.setReadOnly":
        return { ...archive("/a"), readOnly: false };
      case "settings.update":
        return settings;
      default:
        return [];
    }
  };
  const client = createClient({
    send(message) {
      if (message.type === "cancel") return;
      const value = answer(message.method, message.params);
      const error = { code: "NOT_AN_ARCHIVE", message: "no archive", details: {} };
      const result: HostMessage =
        value === null
          ? { type: "result", id: message.id, ok: false, error }
          : { type: "result", id: message.id, ok: true, value };
      const isSlow = typeof value === "object" && value !== null && "path" in value && slow.has(String(value.path));
      setTimeout(() => tell(result), isSlow ? 20 : 0);
    },
    onMessage(listener) {
      tell = listener;
      return () => {};
    },
  });
  return { client, calls, slow };
}

function memory(text: string | null) {
  let kept = text;
  return {
    read: () => kept,
    write(next: string) {
      kept = next;
    },
  };
}

describe("opening archives", () => {
  it("begins with the archive that the host was started with", async () => {
    const host = startHost("/a");
    const archives = createArchivesStore(host.client, memory(null));
    await archives.getState().start();
    expect(archives.getState().archive?.path).toBe("/a");
  });

  it("comes back to what was open before a reload, also when that was nothing", async () => {
    const reloaded = createArchivesStore(startHost("/a").client, memory("/b"));
    await reloaded.getState().start();
    expect(reloaded.getState().archive?.path).toBe("/b");

    const kept = memory(null);
    const first = createArchivesStore(startHost("/a").client, kept);
    await first.getState().start();
    await first.getState().close();
    const second = createArchivesStore(startHost("/a").client, kept);
    await second.getState().start();
    expect(second.getState().archive).toBeNull();
  });

  it("keeps the open archive when another one is refused, and says why", async () => {
    const host = startHost(null);
    const archives = createArchivesStore(host.client, memory(null));
    await archives.getState().open("/a");
    await archives.getState().open("/nothing");
    expect(archives.getState().archive?.path).toBe("/a");
    expect(archives.getState().failure).toMatchObject({ path: "/nothing", error: { code: "NOT_AN_ARCHIVE" } });
    await archives.getState().open("/b");
    expect(archives.getState()).toMatchObject({ archive: { path: "/b" }, failure: null, opening: null });
    expect(host.calls).toContain("archives.close");
  });

  it("ends with the one that was chosen last, whichever answers last", async () => {
    const host = startHost(null);
    host.slow.add("/a");
    const archives = createArchivesStore(host.client, memory(null));
    await Promise.all([archives.getState().open("/a"), archives.getState().open("/b")]);
    expect(archives.getState().archive?.path).toBe("/b");
  });

  it("takes up what the host tells of the open archive alone", async () => {
    const archives = createArchivesStore(startHost("/a").client, memory(null));
    await archives.getState().start();
    archives.getState().told({ ...archive("/b"), readOnly: false });
    expect(archives.getState().archive).toMatchObject({ path: "/a", readOnly: true });
    await archives.getState().setReadOnly(false);
    expect(archives.getState().archive?.readOnly).toBe(false);
  });
});

describe("jobs", () => {
  const job = (id: string, status: "running" | "succeeded"): Job => ({
    id,
    title: id,
    startedAt: "2025-01-01T00:00:00Z",
    endedAt: null,
    archivePath: null,
    state: status === "running" ? { status, done: 0, total: null } : { status },
    detail: { kind: "sample", step: "", path: null },
  });

  it("do not begin again when the answer that started them comes after their end", () => {
    const jobs = createJobsStore(startHost(null).client);
    jobs.getState().told(job("1", "succeeded"));
    jobs.getState().told(job("1", "running"));
    expect(jobs.getState().jobs).toEqual([job("1", "succeeded")]);
  });

  it("are off the list once the host has cleared them, and not before", async () => {
    const host = startHost(null);
    const jobs = createJobsStore(host.client);
    jobs.getState().told(job("1", "succeeded"));
    jobs.getState().told(job("2", "running"));
    await jobs.getState().clear("1");
    expect(host.calls.at(-1)).toBe("jobs.clear");
    expect(jobs.getState().jobs.map(({ id }) => id)).toEqual(["2", "1"]);
    jobs.getState().toldCleared(["1", "unknown"]);
    expect(jobs.getState().jobs.map(({ id }) => id)).toEqual(["2"]);
  });
});

describe("settings", () => {
  it("take effect at once, and are not undone by what the host told before", async () => {
    const store = createSettingsStore(startHost(null).client);
    const kept = store.getState().update({ theme: "dark" });
    expect(store.getState().settings).toEqual({ ...settings, theme: "dark" });
    store.getState().told(settings);
    expect(store.getState().settings.theme).toBe("dark");
    await kept;
    store.getState().told({ ...settings, theme: "light" });
    expect(store.getState().settings.theme).toBe("light");
  });
});
