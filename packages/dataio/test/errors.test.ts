import { readdir, rename } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { fromSystemError } from "../src/errors.ts";

it("says what the system refused in words, without its names for it, and keeps the error itself", async () => {
  const nowhere = join(tmpdir(), "dataio nowhere, 'at all'");
  const spoken = async (doing: Promise<unknown>) => {
    const cause: unknown = await doing.catch((error: unknown) => error);
    const error = fromSystemError(cause, "Cannot");
    expect(error.cause).toBe(cause);
    return [error.code, error.message];
  };
  expect(await spoken(readdir(nowhere))).toEqual(["NOT_FOUND", "Cannot: no such file or directory"]);
  expect((await spoken(rename(nowhere, join(nowhere, "b"))))[1]).toBe("Cannot: no such file or directory");
  const unnamed = Object.assign(new Error("ENAMETOOLONG: name too long, scandir 'x'"), { code: "ENAMETOOLONG" });
  expect(await spoken(Promise.reject(unnamed))).toEqual(["IO_FAILED", `Cannot: ${unnamed.message}`]);
  expect((await spoken(Promise.reject(new Error("EOF: all, at once"))))[1]).toBe("Cannot: EOF: all, at once");
  expect((await spoken(Promise.reject(new Error("something else"))))[1]).toBe("Cannot: something else");
});
