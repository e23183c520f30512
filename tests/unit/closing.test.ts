/** How the two hosts end while jobs run: the desktop asks, the web host says so and waits. */
import { setImmediate as turn } from "node:timers/promises";
import { describe, expect, it, vi } from "vitest";
import { countedJobs, namedJobs, spokenLeft } from "../../src/backend/closing.ts";
import { Quitting } from "../../src/main/quitting.ts";
import type { Job } from "../../src/shared/contract.ts";
import { Closing } from "../../src/web/closing.ts";

const job = (title: string): Job => ({
  id: title,
  title,
  startedAt: "2026-01-01T00:00:00Z",
  endedAt: null,
  archivePath: null,
  state: { status: "running", done: 0, total: null },
  detail: { kind: "sample", step: "", path: null },
});

/** A backend whose jobs end when the test says so. */
function backendWith(...titles: string[]) {
  let running = titles.map(job);
  const listeners = new Set<(name: string) => void>();
  const waiting: (() => void)[] = [];
  return {
    runningJobs: () => running,
    onEvent(listener: (name: string) => void) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    listeners,
    endOne() {
      running = running.slice(1);
      for (const listener of [...listeners]) listener("job.changed");
      if (running.length === 0) for (const resolve of waiting.splice(0)) resolve();
    },
    endJobs: () => (running.length === 0 ? Promise.resolve() : new Promise<void>((resolve) => waiting.push(resolve))),
    close: vi.fn(async () => {}),
  };
}

it("jobs are counted, and the first of them named", () => {
  expect(countedJobs([job("a")])).toBe("1 job is running");
  expect(countedJobs([job("a"), job("b")])).toBe("2 jobs are running");
  expect(namedJobs([job("a"), job("b")])).toBe("“a”, “b”");
  expect(namedJobs(["a", "b", "c", "d", "e"].map(job))).toBe("“a”, “b”, “c” and 2 more");
});

it("what is left of them is said by what they do", () => {
  const doing = (...kinds: Job["detail"]["kind"][]) => kinds.map((kind) => ({ ...job(kind), detail: { kind } }) as Job);
  expect(spokenLeft(doing("fetch", "stream"))).toBe("; what came before is kept");
  expect(spokenLeft(doing("export", "verify"))).toBe("; of an export nothing is left");
  expect(spokenLeft(doing("import", "export", "send"))).toBe(
    "; what came before is kept; of an export nothing is left; what is being sent may have arrived",
  );
  expect(spokenLeft(doing("verify", "sample"))).toBe("");
});

describe("the desktop app", () => {
  /** Electron's `app`, as far as quitting goes. */
  function desktop(backend: ReturnType<typeof backendWith>, options: { isMac?: boolean } = {}) {
    let hasWindow = true;
    let answer: (isWanted: boolean) => void = () => {};
    let fail: (error: Error) => void = () => {};
    const asked: number[] = [];
    const exits: number[] = [];
    const failures: unknown[] = [];
    const flush = vi.fn(async () => {});
    const preventable = () => ({
      prevented: false,
      preventDefault() {
        this.prevented = true;
      },
    });
    const quit = () => {
      const before = preventable();
      quitting.onBeforeQuit(before);
      if (before.prevented) return;
      const will = preventable();
      quitting.onWillQuit(will, flush);
      if (!will.prevented) exits.push(0);
    };
    const quitting = new Quitting({
      backend,
      ask: (jobs) => {
        asked.push(jobs.length);
        return new Promise((resolve, reject) => {
          answer = resolve;
          fail = reject;
        });
      },
      quit,
      exit: (code) => void exits.push(code),
      staysWithoutWindow: options.isMac ?? false,
      hasWindow: () => hasWindow,
      reportFailure: (error) => void failures.push(error),
    });
    return {
      quitting,
      quit,
      asked,
      exits,
      failures,
      flush,
      closeWindow() {
        hasWindow = false;
        quitting.onWindowsClosed();
      },
      openWindow() {
        hasWindow = true;
      },
      async answer(isWanted: boolean | Error) {
        if (isWanted instanceof Error) fail(isWanted);
        else answer(isWanted);
        await turn();
      },
    };
  }

  it("ends in order when nothing runs: by quitting, and by closing its window", async () => {
    for (const end of ["quit", "closeWindow"] as const) {
      const backend = backendWith();
      const app = desktop(backend);
      app[end]();
      expect(app.exits).toEqual([]);
      await turn();
      expect([app.exits, app.asked]).toEqual([[0], []]);
      expect(backend.close).toHaveBeenCalledTimes(1);
      expect(app.flush).toHaveBeenCalledTimes(1);
    }
  });

  it("asks before it quits while jobs run, once, and does what the person says", async () => {
    const backend = backendWith("a", "b");
    const app = desktop(backend);
    app.quit();
    app.quit();
    expect(app.asked).toEqual([2]);
    await app.answer(false);
    expect([app.exits, backend.close.mock.calls.length]).toEqual([[], 0]);
    backend.endOne();
    app.quit();
    expect(app.asked).toEqual([2, 1]);
    await app.answer(true);
    // The job winds down first, however long that takes it.
    expect([app.exits, backend.close.mock.calls.length]).toEqual([[], 0]);
    backend.endOne();
    await turn();
    expect(app.exits).toEqual([0]);
    expect(backend.close).toHaveBeenCalledTimes(1);
  });

  it("stays without a window until its jobs have ended, and longer when a window came back", async () => {
    const backend = backendWith("a", "b");
    const app = desktop(backend);
    app.closeWindow();
    backend.endOne();
    await turn();
    expect([app.exits, app.asked]).toEqual([[], []]);
    app.openWindow();
    backend.endOne();
    await turn();
    expect(app.exits).toEqual([]);
    app.closeWindow();
    await turn();
    expect(app.exits).toEqual([0]);
    expect(backend.listeners.size).toBe(0);

    const other = backendWith("a");
    const left = desktop(other);
    // Closed, opened and closed again: what waits does so once.
    left.closeWindow();
    left.openWindow();
    left.closeWindow();
    expect(other.listeners.size).toBe(1);
    other.endOne();
    await turn();
    expect(left.exits).toEqual([0]);
  });

  it("stays on a Mac, jobs or none", async () => {
    const app = desktop(backendWith(), { isMac: true });
    app.closeWindow();
    await turn();
    expect(app.exits).toEqual([]);
  });

  it("asks nobody when a signal ends it, or when nobody can be asked", async () => {
    const start = () => {
      const backend = backendWith("a");
      const ended = async () => {
        backend.endOne();
        await turn();
      };
      return { ...desktop(backend), ended };
    };
    const first = start();
    first.quitting.quitUnasked();
    await first.ended();
    expect([first.exits, first.asked]).toEqual([[0], []]);
    // A signal while the question is shown; its answer comes too late.
    const second = start();
    second.quit();
    second.quitting.quitUnasked();
    await second.answer(false);
    await second.ended();
    expect([second.exits, second.asked]).toEqual([[0], [1]]);
    const third = start();
    third.quit();
    await third.answer(new Error("no display"));
    await third.ended();
    expect([third.exits, third.failures.length]).toEqual([[0], 1]);
  });

  it("ends with 1 when the backend cannot be closed", async () => {
    const backend = backendWith();
    backend.close.mockRejectedValueOnce(new Error("locked"));
    const app = desktop(backend);
    app.quit();
    await turn();
    expect([app.exits, app.failures.length]).toEqual([[1], 1]);
  });
});

describe("the web host", () => {
  function web(backend: ReturnType<typeof backendWith>) {
    let now = 0;
    let printed = "";
    const exits: number[] = [];
    const server = { close: vi.fn(async () => {}) };
    const closing = new Closing({
      backend,
      server,
      print: (text) => {
        printed += text;
      },
      exit: (code) => void exits.push(code),
      reportFailure: () => {},
      clock: () => now,
    });
    return {
      server,
      exits,
      printed: () => printed,
      async signal(afterMs = 0) {
        now += afterMs;
        closing.onSignal();
        await turn();
      },
    };
  }

  it("ends at once and without a word when nothing runs", async () => {
    const app = web(backendWith());
    await app.signal();
    expect([app.exits, app.printed()]).toEqual([[0], ""]);
  });

  it("says what runs, serves on until that has wound down, and then ends", async () => {
    const backend = backendWith("desk: 40 requests", "Verify small");
    const app = web(backend);
    await app.signal();
    // The same Ctrl-C, passed on by another process.
    await app.signal(20);
    expect(app.printed()).toContain("2 jobs are running: “desk: 40 requests”, “Verify small”.");
    expect([app.exits, app.server.close.mock.calls.length]).toEqual([[], 0]);
    backend.endOne();
    backend.endOne();
    await turn();
    expect(app.exits).toEqual([0]);
    expect(app.server.close).toHaveBeenCalledTimes(1);
    expect(backend.close).toHaveBeenCalledTimes(1);
  });

  it("ends at once when it is told again", async () => {
    const app = web(backendWith("a"));
    await app.signal();
    await app.signal(2_000);
    expect(app.exits).toEqual([1]);
  });
});
