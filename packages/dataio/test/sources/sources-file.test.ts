import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { isDataioError, readSources, saveSource, sourcesJsonSchema } from "../../src/index.ts";
import { rateOf, retryOf } from "../../src/sources/source-settings.ts";
import { temporaryFolder } from "../archives.ts";

function fileWith(text: string): string {
  const file = join(temporaryFolder(), "dataio.config.yaml");
  writeFileSync(file, text);
  return file;
}

async function problem(text: string): Promise<string> {
  try {
    await readSources(fileWith(text));
  } catch (error) {
    if (isDataioError(error, "CONFIG_INVALID")) return error.message.replace(/^.*dataio\.config\.yaml/, "");
    throw error;
  }
  return "";
}

const EXAMPLE = `# how the desk's sources are asked
sources:
  justetf:   { adapter: http, baseUrl: "https://example.com/api", headers: { authorization: "Bearer \${secret:JUSTETF}" }, rate: 2/s, retry: 3 } # ours
  vendor-x:  { adapter: command, run: [python, -m, vendor_x.fetch], timeout: 60s }
  # kept by Ann
  house:
    adapter: module
    file: ./adapters/house.mjs # do not move
`;

describe("dataio.config.yaml", () => {
  it("is read with its types, and says where it is wrong", async () => {
    const config = await readSources(fileWith(EXAMPLE));
    expect(Object.keys(config?.sources ?? {})).toEqual(["justetf", "vendor-x", "house"]);
    expect(config?.sources.house).toEqual({ adapter: "module", file: "./adapters/house.mjs" });
    expect(await readSources(join(temporaryFolder(), "absent.yaml"))).toBeUndefined();
    expect(await readSources(fileWith("# nothing yet\n"))).toEqual({ sources: {} });

    expect(await problem("sources:\n  a: { adapter: ftp }\n")).toMatch(/^:2:\d+: sources\.a\.adapter: must be http, /);
    expect(await problem("sources:\n  a:\n    adapter: http\n    retires: 3\n")).toMatch(
      /^:3:\d+: sources\.a: there is no "retires" here/,
    );
    expect(await problem("sources:\n  a: { adapter: http, timeout: 60 }\n")).toMatch(/^:2:\d+: sources\.a\.timeout: /);
    expect(await problem("sources:\n  a: {\n")).toMatch(/^:\d+:\d+: /);
    expect(await problem('sources:\n  a: { adapter: command, run: ["${secret:X}"] }\n')).toContain(
      "sources.a.run: cannot refer",
    );
    expect(await problem('sources:\n  a: { adapter: http, headers: { x: "${secret:X}" } }\n')).toContain(
      "need a baseUrl",
    );
    expect(await problem('sources:\n  a: { adapter: http, query: { x: "1" } }\n')).toContain("need a baseUrl");
  });

  it("is edited without losing what people wrote", async () => {
    const file = fileWith(EXAMPLE);
    await saveSource(file, "house", { adapter: "module", file: "./adapters/house.mjs", rate: "1/m" });
    const added = readFileSync(file, "utf8");
    expect(added).toBe(`${EXAMPLE}    rate: 1/m\n`.replaceAll(/: {2,}\{/g, ": {").replace(/\[(.*)\]/, "[ $1 ]"));
    await saveSource(file, "new one", { adapter: "local-file", root: "in" });
    await saveSource(file, "vendor-x", null);
    const text = readFileSync(file, "utf8");
    expect(text).toContain("# how the desk's sources are asked");
    expect(text).toContain("# ours");
    expect(text).toContain("# kept by Ann");
    expect(text).toContain("# do not move");
    const config = await readSources(file);
    expect(Object.keys(config?.sources ?? {})).toEqual(["justetf", "house", "new one"]);
    expect(config?.sources.justetf).toMatchObject({ rate: "2/s", retry: 3 });

    const fresh = join(temporaryFolder(), "deep", "dataio.config.yaml");
    await saveSource(fresh, "a", { adapter: "http" });
    expect(readFileSync(fresh, "utf8")).toBe("sources:\n  a:\n    adapter: http\n");
    const emptied = fileWith("sources:\n");
    expect(await readSources(emptied)).toEqual({ sources: {} });
    await saveSource(emptied, "a", { adapter: "http" });
    expect(await readSources(emptied)).toEqual({ sources: { a: { adapter: "http" } } });
    const broken = fileWith("sources: 3\n");
    await expect(saveSource(broken, "a", { adapter: "http" })).rejects.toMatchObject({ code: "CONFIG_INVALID" });
    expect(readFileSync(broken, "utf8")).toBe("sources: 3\n");
  });

  it("has a JSON schema that is current (scripts/sources-schema.mjs writes it)", () => {
    const committed: unknown = JSON.parse(readFileSync(join(import.meta.dirname, "../../sources.schema.json"), "utf8"));
    expect(committed).toEqual(JSON.parse(JSON.stringify(sourcesJsonSchema())));
  });

  it("writes rates and repetitions as people say them", () => {
    expect(["2/s", "100/m", "5/10s", "3 / 1.5h"].map(rateOf)).toEqual([
      { limit: 2, intervalMs: 1000 },
      { limit: 100, intervalMs: 60_000 },
      { limit: 5, intervalMs: 10_000 },
      { limit: 3, intervalMs: 5_400_000 },
    ]);
    expect(retryOf(3)).toEqual({ attempts: 4 });
    expect(retryOf({ times: 1, minDelay: "2s" })).toEqual({ attempts: 2, minDelayMs: 2000 });
  });
});
