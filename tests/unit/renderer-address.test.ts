/** The address of a view, and how it follows the view and leads it. */
import fc from "fast-check";
import { describe, expect, it, onTestFinished } from "vitest";
import { isSameAddress, parseAddress, printAddress } from "../../src/renderer/state/address.ts";
import { fieldsOf, syncAddress, viewOf } from "../../src/renderer/state/address-sync.ts";
import { createApp, PLAIN_VIEW } from "../../src/renderer/state/app.ts";
import { applyFilterText, filterBy } from "../../src/renderer/state/filter.ts";
import { readFilter } from "../../src/renderer/state/filter-terms.ts";
import { createClient } from "../../src/shared/client.ts";
import { DEFAULT_SETTINGS } from "../../src/shared/default-settings.ts";
import { printFilter } from "../../src/shared/filter-text.ts";
import type { HostMessage } from "../../src/shared/wire.ts";

const anyText = fc.string({ unit: "binary", maxLength: 40 }).map((text) => text.toWellFormed());

describe("an address", () => {
  it("comes back as it was, whatever is in it", () => {
    const fields = fc
      .dictionary(
        anyText.filter((name) => name !== "archive"),
        anyText,
      )
      .map((all) => new Map(Object.entries(all)));
    const archive = anyText.filter((text) => text !== "");
    fc.assert(
      fc.property(archive, fields, (path, all) => {
        const address = { archive: path, fields: all };
        expect(parseAddress(printAddress(address))).toEqual(address);
        // As a browser has it: nothing in it that it would write otherwise.
        expect(new URL(`http://localhost/${printAddress(address)}`).hash).toBe(printAddress(address));
      }),
    );
  });

  it("can be read by people", () => {
    const view = {
      sessionId: "s-1",
      filter: readFilter("source:justetf -kind:a"),
      sort: { column: "size", direction: "asc" },
    } as const;
    expect(printAddress({ archive: "/data/my archive", fields: fieldsOf(view) })).toBe(
      "#archive=/data/my+archive&session=s-1&filter=source:justetf+-kind:a&sort=size.asc",
    );
    expect(viewOf(fieldsOf(view))).toEqual(view);
    expect([...fieldsOf(PLAIN_VIEW)]).toEqual([]);
    const tables = {
      ...PLAIN_VIEW,
      main: "overview",
      requestSort: { column: "responses", direction: "desc" },
      sessionSort: { column: "bytes", direction: "asc" },
    } as const;
    expect(printAddress({ archive: "/a", fields: fieldsOf(tables) })).toBe(
      "#archive=/a&view=overview&requestSort=responses.desc&sessionSort=bytes.asc",
    );
    expect(viewOf(fieldsOf(tables))).toEqual(tables);
  });

  it("is harmless when it is garbage", () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const { archive, fields } = parseAddress(`#${text}`);
        const view = viewOf(fields);
        expect(
          isSameAddress({ archive, fields: fieldsOf(viewOf(fieldsOf(view))) }, { archive, fields: fieldsOf(view) }),
        ).toBe(true);
      }),
    );
    const wrong = new Map([
      ["sort", "size.sideways"],
      ["requestSort", "bytes.desc"],
      ["sessionSort", ""],
      ["session", "x".repeat(2000)],
      ["filter", "size:abc changed:maybe"],
      ["other", "1"],
    ]);
    expect(viewOf(wrong)).toEqual(PLAIN_VIEW);
    expect(parseAddress("#archive=&filter=a").archive).toBeNull();
  });
});

/** A window with a history, as far as an address needs one. */
function startPage(hash: string) {
  const entries = [hash];
  let at = 0;
  let listener: () => void = () => {};
  const hashOf = (url: string) => (url.startsWith("#") ? url : "");
  const page = {
    location: {
      get hash() {
        return entries[at] ?? "";
      },
      pathname: "/",
    },
    history: {
      pushState: (_state: unknown, _title: string, url?: string | URL | null) => {
        entries.splice(at + 1, entries.length, hashOf(String(url)));
        at += 1;
      },
      replaceState: (_state: unknown, _title: string, url?: string | URL | null) => {
        entries[at] = hashOf(String(url));
      },
    },
    addEventListener: (_type: "popstate", heard: () => void) => {
      listener = heard;
    },
    removeEventListener: () => {
      listener = () => {};
    },
  };
  const go = (steps: number) => {
    at += steps;
    listener();
  };
  return { page, entries, go };
}

/** A host with the archives /a and /b, without rows. */
function startApp(initialArchive: string | null) {
  let tell: (message: HostMessage) => void = () => {};
  const asked: unknown[] = [];
  const answer = (method: string, params: Record<string, unknown>): unknown => {
    switch (method) {
      case "app.info":
        return { version: "1", host: "web", settings: DEFAULT_SETTINGS, initialArchive };
      case "archives.open":
        return params.path === "/a" || params.path === "/b"
          ? { id: `id:${params.path}`, path: params.path, name: params.path, counts: { responses: 0 } }
          : null;
      case "rows.list":
        asked.push(params);
        return { items: [], nextCursor: null, total: 0, by: "index" };
      case "sessions.list":
        return { items: [], nextCursor: null };
      case "index.get":
        return { state: "ready", pending: 0 };
      default:
        return [];
    }
  };
  const client = createClient({
    send(message) {
      if (message.type === "cancel") return;
      const value = answer(message.method, message.params as Record<string, unknown>);
      const error = { code: "NOT_AN_ARCHIVE", message: "no archive", details: {} };
      const result: HostMessage =
        value === null
          ? { type: "result", id: message.id, ok: false, error }
          : { type: "result", id: message.id, ok: true, value };
      setTimeout(() => tell(result));
    },
    onMessage(listener) {
      tell = listener;
      return () => {};
    },
  });
  let kept: string | null = null;
  const memory = {
    read: () => kept,
    write(text: string) {
      kept = text;
    },
  };
  return { app: createApp(client, memory, () => {}), asked };
}

function start(hash: string, initialArchive: string | null) {
  const { page, entries, go } = startPage(hash);
  const { app, asked } = startApp(initialArchive);
  onTestFinished(syncAddress(app, page));
  onTestFinished(app.start());
  const settled = (wanted: string) => expect.poll(() => page.location.hash).toBe(wanted);
  return { app, entries, go, asked, settled };
}

describe("the view and its address", () => {
  it("follow each other, there and back", async () => {
    const { app, entries, go, settled } = start("", "/a");
    await settled("#archive=/a");
    void filterBy(app, readFilter("kind:x"));
    await settled("#archive=/a&filter=kind:x");
    void app.rows.getState().sortBy({ column: "size", direction: "desc" });
    await settled("#archive=/a&filter=kind:x&sort=size.desc");
    app.showSession("s");
    await settled("#archive=/a&session=s&filter=kind:x&sort=size.desc");
    // What is typed is no view yet, and another order is no step.
    void filterBy(app, readFilter("kind:x"), readFilter("typed"));
    await expect.poll(() => app.rows.getState().phase).toBe("ready");
    expect(entries).toHaveLength(3);

    go(-1);
    await expect.poll(() => app.rows.getState().listing?.sessionId).toBeNull();
    expect(app.sessions.getState().selectedId).toBeNull();
    expect(printFilter(app.rows.getState().listing?.filter ?? [])).toBe("kind:x");
    go(-1);
    await expect.poll(() => app.rows.getState().listing?.filter).toEqual([]);
    go(2);
    await expect.poll(() => app.rows.getState().listing?.sessionId).toBe("s");
    expect(entries).toHaveLength(3);
    applyFilterText(app, "kind:y");
    await settled("#archive=/a&session=s&filter=kind:y&sort=size.desc");
    expect(entries).toHaveLength(4);
  });

  it("begin with the address, whatever the host was started with", async () => {
    const { app, entries, asked, settled } = start("#archive=/b&filter=kind:x&session=s&junk=1", "/a");
    await settled("#archive=/b&session=s&filter=kind:x");
    expect(entries).toHaveLength(1);
    expect(app.sessions.getState().selectedId).toBe("s");
    // Nothing else was listed on the way.
    expect(asked).toHaveLength(1);
    expect(asked[0]).toMatchObject({ archiveId: "id:/b", sessionId: "s", filter: readFilter("kind:x") });
  });

  it("lead from archive to archive, and to the doors", async () => {
    const { app, go, settled } = start("", null);
    await expect.poll(() => app.archives.getState().info).not.toBeNull();
    void app.archives.getState().open("/a");
    await settled("#archive=/a");
    void app.archives.getState().open("/b");
    await settled("#archive=/b");
    go(-1);
    await expect.poll(() => app.archives.getState().archive?.path).toBe("/a");
    go(-1);
    await expect.poll(() => app.archives.getState().archive).toBeNull();
    go(2);
    await expect.poll(() => app.archives.getState().archive?.path).toBe("/b");
  });

  it("keep an address whose archive cannot be opened, and overwrite one that says nothing", async () => {
    const gone = start("#archive=/gone&filter=a", null);
    await expect.poll(() => gone.app.archives.getState().failure?.path).toBe("/gone");
    expect(gone.entries).toEqual(["#archive=/gone&filter=a"]);
    const garbage = start("#%%%=&&?", "/a");
    await garbage.settled("#archive=/a");
    expect(garbage.entries).toHaveLength(1);
  });
});
