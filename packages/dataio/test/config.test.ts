// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are references in YAML
import { mkdirSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { configRoot, configValue, type LoadConfigOptions, loadConfig } from "../src/config.ts";
import { archiveLocationFromConfig } from "../src/config-location.ts";
import { temporaryFolder } from "./archives.ts";

const ENV = { HOME: "/home/ada", MXM_MACHINE: "bridge" };
/** A folder with these files of the package `demo`. */
function configWith(files: Readonly<Record<string, string>>): string {
  const root = temporaryFolder();
  mkdirSync(join(root, "demo"));
  for (const [layer, text] of Object.entries(files)) writeFileSync(join(root, "demo", `${layer}.yaml`), text);
  return root;
}
const load = (files: Readonly<Record<string, string>>, options: LoadConfigOptions = {}) =>
  loadConfig("demo", { root: configWith(files), env: ENV, ...options });
const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

describe("where it is looked for", () => {
  it("is $MXM_CONFIG_HOME, else $XDG_CONFIG_HOME/mxm, else ~/.config/mxm", () => {
    const HOME = "/home/ada";
    expect(configRoot({ HOME, MXM_CONFIG_HOME: "/etc/mxm", XDG_CONFIG_HOME: "/xdg" })).toBe(resolve("/etc/mxm"));
    expect(configRoot({ HOME, MXM_CONFIG_HOME: "~/mine" })).toBe(resolve("/home/ada/mine"));
    expect(configRoot({ HOME, MXM_CONFIG_HOME: "", XDG_CONFIG_HOME: "/xdg" })).toBe(resolve("/xdg/mxm"));
    expect(configRoot({ HOME, XDG_CONFIG_HOME: "" })).toBe(join(HOME, ".config", "mxm"));
    expect(configRoot({})).toBe(join(homedir(), ".config", "mxm"));
  });

  it("is the package's folder in it, which need not be there", async () => {
    const root = configWith({ default: "a: 1" });
    expect(configValue(await loadConfig("demo", { env: { MXM_CONFIG_HOME: root } }), "a")).toBe(1);
    const none = await loadConfig("other", { env: { MXM_CONFIG_HOME: root, MXM_MACHINE: "bridge" } });
    expect(none.folder).toBe(join(root, "other"));
    expect(none.files.map((file) => file.found)).toEqual([false, false, false, false, false]);
    expect(plain(none.values)).toEqual({ mxm_env: "dev", mxm_machine: "bridge", mxm_profile: "default" });
  });

  it.each(["", "..", ".", "a/b", "a\\b", "a\0"])("is no folder for a package named %j", async (name) => {
    await expect(loadConfig(name, { root: temporaryFolder() })).rejects.toMatchObject({ code: "PARAMS_INVALID" });
  });
});

describe("layers", () => {
  it("are merged from default to overrides, maps by key, lists and scalars as a whole, null as well", async () => {
    const layer = (n: number) => `values: {l${n}: ${n}, top: ${n}}\nlist: [${n}]\n`;
    const config = await load(
      {
        default: `${layer(1)}kept: yes please\ngone: {a: 1}\nmap: {a: {b: 1, c: 1}}\nwas_map: {a: 1}\nbecomes_map: 1`,
        environment: `dev:\n  values: {l2: 2, top: 2}\nprod:\n  values: {top: 20}`,
        machine: "bridge:\n  values: {l3: 3, top: 3}",
        profile: "research:\n  values: {l4: 4, top: 4}\n  map: {a: {b: 4}}",
        local: `${layer(5)}gone: null\nwas_map: [1, 2]\nbecomes_map: {x: 1}`,
      },
      { profile: "research", overrides: { values: { top: 6 }, list: [] } },
    );
    expect(plain(config.values)).toEqual({
      mxm_env: "dev",
      mxm_machine: "bridge",
      mxm_profile: "research",
      values: { l1: 1, l2: 2, l3: 3, l4: 4, l5: 5, top: 6 },
      list: [],
      kept: "yes please",
      gone: null,
      map: { a: { b: 4, c: 1 } },
      was_map: [1, 2],
      becomes_map: { x: 1 },
    });
  });

  it("may use anchors and merge keys", async () => {
    const { values } = await load({ default: "base: &base {x: 1, y: 1}\nover: {<<: *base, y: 2}\nsame: *base" });
    expect(plain(values)).toMatchObject({ base: { x: 1, y: 1 }, over: { x: 1, y: 2 }, same: { x: 1, y: 1 } });
  });

  it("say where each value was set", async () => {
    const config = await load(
      { default: "paths: {data_root: /a, db_path: /a/x}\nlist: [1]\nempty: {}", local: "paths: {db_path: /b}" },
      { overrides: { extra: true } },
    );
    const file = (name: string) => join(config.folder, `${name}.yaml`);
    expect(config.entries).toEqual([
      { key: "mxm_env", value: "dev", layer: "context", file: null },
      { key: "mxm_machine", value: "bridge", layer: "context", file: null },
      { key: "mxm_profile", value: "default", layer: "context", file: null },
      { key: "paths.data_root", value: "/a", layer: "default", file: file("default") },
      { key: "paths.db_path", value: "/b", layer: "local", file: file("local") },
      { key: "list", value: [1], layer: "default", file: file("default") },
      { key: "empty", value: {}, layer: "default", file: file("default") },
      { key: "extra", value: true, layer: "overrides", file: null },
    ]);
    expect(config.files.map((one) => [one.layer, one.found])).toEqual([
      ["default", true],
      ["environment", false],
      ["machine", false],
      ["profile", false],
      ["local", true],
    ]);
  });

  it("take the block of the chosen environment, machine and profile", async () => {
    const files = {
      environment: "dev: {at: dev}\nprod: {at: prod}\nempty:",
      machine: "bridge: {on: bridge}\nmonolith: {on: monolith}",
      profile: "research: {as: research}",
    };
    const chosen = async (options: LoadConfigOptions) => {
      const { at, on, as } = (await load(files, options)).values;
      return [at, on, as];
    };
    expect(await chosen({})).toEqual(["dev", "bridge", undefined]);
    expect(await chosen({ env: { MXM_ENV: "prod", MXM_MACHINE: "monolith", MXM_PROFILE: "research" } })).toEqual([
      "prod",
      "monolith",
      "research",
    ]);
    expect(await chosen({ environment: "empty", machine: "monolith", profile: "research" })).toEqual([
      undefined,
      "monolith",
      "research",
    ]);
    expect((await load(files)).files.map((file) => file.block)).toEqual([null, "dev", "bridge", null, null]);
    for (const [options, file, name, others] of [
      [{ environment: "staging" }, "environment.yaml", "staging", "dev, prod, empty"],
      [{ machine: "laptop" }, "machine.yaml", "laptop", "bridge, monolith"],
      [{ profile: "trading" }, "profile.yaml", "trading", "research"],
    ] as const) {
      await expect(load(files, options)).rejects.toMatchObject({
        code: "CONFIG_INVALID",
        message: expect.stringMatching(new RegExp(`${file} has no block for .*"${name}"; it has ${others}`)),
        details: { key: name, reference: name, file: expect.stringContaining(file) },
      });
    }
    await expect(load({ environment: "dev: 1" })).rejects.toMatchObject({ code: "CONFIG_INVALID" });
  });

  it("take a file whole that begins with settings", async () => {
    const config = await load({
      default: "site: {name: a}",
      environment: "paths: {data_root: /env}",
      machine: "site: {name: m}\nother: {x: 1}",
      profile: "dataio: {paths: {root: /p}}",
    });
    expect(plain(config.values)).toMatchObject({
      paths: { data_root: "/env" },
      site: { name: "m" },
      other: { x: 1 },
      dataio: { paths: { root: "/p" } },
    });
  });
});

describe("the words of a file", () => {
  it.each([
    ["yes", true],
    ["Off", false],
    ["y", "y"],
    ["010", 8],
    ["0o10", "0o10"],
    ["-0b101", -5],
    ["0x_ff", 255],
    ["1_000", 1000],
    ["1:30", 90],
    ["01:30", "01:30"],
    ["1:30.5", 90.5],
    ["1e3", 1000],
    ["-.5", "-.5"],
    ["-.INF", Number.NEGATIVE_INFINITY],
    ["2025-10-21", "2025-10-21"],
    ["'no'", "no"],
    ["!!str 010", "010"],
    ["~", null],
    ["null", null],
    ["", null],
  ])("are what Python reads: %s", async (word, value) => {
    expect((await load({ default: `a: ${word}` })).values.a).toBe(value);
    expect((await load({ default: `%YAML 1.2\n---\na: ${word}` })).values.a).toBe(value);
  });

  it("are texts where they are keys", async () => {
    expect(plain((await load({ default: "yes: 1\n010: 2" })).values)).toMatchObject({ yes: 1, "010": 2 });
  });
});

describe("references", () => {
  const values = async (text: string, env: Readonly<Record<string, string>> = ENV) =>
    plain((await load({ default: text }, { env: { MXM_MACHINE: "bridge", ...env } })).values);

  it("are resolved from the root of everything merged", async () => {
    const config = await load(
      {
        default:
          "paths:\n  base: /data\n  data_root: ${paths.base}/${mxm_env}/dataio/${mxm_profile}\n  db_path: ${paths.data_root}/dataio.sqlite",
        environment: "prod: {paths: {base: /srv}}",
      },
      { environment: "prod", profile: "default" },
    );
    expect(configValue(config, "paths.db_path")).toBe("/srv/prod/dataio/default/dataio.sqlite");
    expect(config.entries.find((entry) => entry.key === "paths.db_path")).toMatchObject({ layer: "default" });
  });

  it("keep the type of what they are alone, and lead on through other references", async () => {
    expect(
      await values(
        `
n: 42
t: true
big: 3
list: [a, {b: c}]
map: {x: 1, y: "\${n}"}
alone: ["\${n}", "\${t}", "\${list}", "\${map}"]
text: "\${n}-\${t}-\${big}"
item: "\${list.0}\${list[1].b}"
through: "\${copy.y}"
copy: "\${map}"
which: n
nested: "\${\${which}}"
name: x
in_key: "\${map.\${name}}"
spaces: "\${ n }"
`.replace("big: 12345678901234567890\n", "big: 3\n"),
      ),
    ).toMatchObject({
      alone: [42, true, ["a", { b: "c" }], { x: 1, y: 42 }],
      text: "42-True-3",
      item: "ac",
      through: 42,
      nested: 42,
      in_key: 1,
      spaces: 42,
    });
    const big = await load({ default: 'big: 12345678901234567890\ntext: "n${big}"\nsmall: 9007199254740991' });
    expect(big.values).toMatchObject({
      big: 12345678901234567890n,
      text: "n12345678901234567890",
      small: 9007199254740991,
    });
  });

  it("stand in a text as Python writes them", async () => {
    const text =
      "v: 1.0\nsmall: 1.0e-7\nbig: 1e16\non: yes\nwhole: 1\nout: .inf\nm: {v: 2.50}\ncopy: ${m}\nalias: ${v}\n" +
      "a: 'v${v}'\nb: ${small}|${big}|${on}|${whole}|${out}\nc: ${copy.v}/${alias}";
    expect(await values(text)).toMatchObject({ v: 1, a: "v1.0", b: "1e-07|1e+16|True|1|inf", c: "2.5/1.0" });
    const overrides = { whole: 2, half: 0.5 };
    const { values: over } = await load({ default: "a: ${whole}-${half}" }, { overrides });
    expect(over).toMatchObject({ a: "2-0.5" });
  });

  it("can be escaped", async () => {
    expect(
      await values("a: 1\nb: '\\${a}'\nc: '\\\\${a}'\nd: 'x\\${a}${a}'\ne: $a {a} $$\nf: \\n\ng: ${b}!"),
    ).toMatchObject({
      b: "${a}",
      c: "\\1",
      d: "x${a}1",
      e: "$a {a} $$",
      f: "\\n",
      g: "${a}!",
    });
  });

  it("know the environment and the home", async () => {
    const text =
      "a: ${env:TOKEN}\nb: ${oc.env:TOKEN}/x\nc: ${env:NONE,other}\nd: ${env:NONE}\ne: ${home:}/x\nf: ${cwd:}\ng: ${timestamp:}\nh: '${env:NONE,a:b,c}'";
    expect(await values(text, { HOME: "/home/ada", TOKEN: "t" })).toMatchObject({
      a: "t",
      b: "t/x",
      c: "other",
      d: null,
      e: "/home/ada/x",
      f: process.cwd(),
      g: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$/),
      h: "a:b,c",
    });
  });

  it.each([
    [`env:NONE,"/data, all"`, "/data, all"],
    ["env:NONE, 'it\\'s'", "it's"],
    ["env:NONE,'5'", "5"],
    ["env:NONE,5", 5],
    ["oc.env:NONE,5", "5"],
    ["env:NONE,true", true],
    ["oc.env:NONE,true", "True"],
    ["oc.env:NONE,null", null],
    ["env:NONE,", ""],
  ])("take another value for a variable that is not set: %s", async (reference, value) => {
    expect(await values(`a: |-\n  \${${reference}}`)).toMatchObject({ a: value });
  });

  it.each([
    ["a: {b: '${paths.none}/x'}", "a.b", "paths.none", "there is no paths"],
    ["paths: {x: 1}\na: ['${paths.none}']", "a.0", "paths.none", "there is no paths.none"],
    ["x: 1\na: ${x.y}", "a", "x.y", "there is no x.y"],
    ["x: [1]\na: ${x.1}", "a", "x.1", "there is no x.1"],
    ["x: {}\na: ${x.constructor}", "a", "x.constructor", "there is no x.constructor"],
    ["m: {k: 1}\nx: ${m}\na: ${x.toString}", "a", "x.toString", "there is no x.toString"],
    ["a: ${.b}", "a", ".b", "relative"],
    ["a: ${}", "a", "", "no key"],
    ["a: ${oc.env:NONE}", "a", "oc.env:NONE", "not set"],
    ["a: ${what:x}", "a", "what:x", "nothing here"],
    ["m: {k: 1}\na: x${m}", "a", "m", "puts a map into a text"],
    ["m: null\na: x${m}", "a", "m", "puts a null into a text"],
  ])("of %j are named when they lead nowhere", async (text, key, reference, problem) => {
    const failure = load({ default: text });
    await expect(failure).rejects.toMatchObject({
      code: "CONFIG_INVALID",
      details: { file: expect.stringContaining(join("demo", "default.yaml")), key, reference },
    });
    await expect(failure).rejects.toThrow(new RegExp(`default\\.yaml: ${key.replace(".", "\\.")}.*${problem}`));
  });

  it("name the file that has them, not the one that was merged last", async () => {
    await expect(load({ default: "a: {x: '${none}'}", local: "a: {y: 1}" })).rejects.toMatchObject({
      details: { file: expect.stringContaining("default.yaml"), key: "a.x", reference: "none" },
    });
    await expect(load({}, { overrides: { a: "${none}" } })).rejects.toMatchObject({
      message: expect.stringContaining("the overrides: a refers to ${none}"),
      details: { file: null, key: "a" },
    });
  });

  it.each([
    ["a: ${a}", "a -> a"],
    ["a: x${b}\nb: ${c.d}\nc: {d: '${a}'}", "a -> b -> c.d -> a"],
    ["a: {b: '${a}'}", "a -> a.b -> a"],
  ])("in a circle are refused: %j", async (text, circle) => {
    await expect(load({ default: text })).rejects.toMatchObject({
      code: "CONFIG_INVALID",
      message: expect.stringContaining(circle),
    });
  });

  it("that are never closed are refused", async () => {
    await expect(load({ default: "a: x${b" })).rejects.toThrow(/a has a "\$\{" that is never closed/);
  });
});

describe("a file that cannot be used", () => {
  it.each([
    ["a: 1\nb: [1\nc: 2", 3],
    ["a: 1\na: 2", 2],
    ["a:\n\t- 1", 2],
    ["x: 1\na: !shell rm", 2],
    ["a: !!binary aGk=", 1],
    ["a: 1\n---\nb: 1", 2],
    ["? [1]\n: 2", 1],
    ["a: b: c", 1],
    ["[".repeat(20_000), 1],
  ])("is named with its line: %#", async (text, line) => {
    const failure = load({ default: "ok: 1", local: text });
    await expect(failure).rejects.toMatchObject({
      code: "CONFIG_INVALID",
      details: { file: expect.stringContaining("local.yaml"), line, column: expect.any(Number) },
    });
    await expect(failure).rejects.toThrow(new RegExp(`local\\.yaml:${line}:\\d+: `));
  });

  it.each([
    ["a: *none", "none"],
    ["- 1", "must hold a map, not a list"],
    ["text", "must hold a map, not a scalar"],
    ["a: &a [*a]", "levels deep"],
    [`a: ${"[".repeat(70)}${"]".repeat(70)}`, "levels deep"],
    ["%YAML 1.1\n---\na: !!set {x}\n", "Unresolved tag"],
  ])("is named: %j", async (text, problem) => {
    await expect(load({ default: text })).rejects.toMatchObject({
      code: "CONFIG_INVALID",
      message: expect.stringContaining(problem),
      details: { file: expect.stringContaining("default.yaml") },
    });
  });

  it("does not explode, by aliases, by references, or by size", async () => {
    const nine = (value: string) => `[${Array(9).fill(value)}]`;
    const aliases = Array.from({ length: 10 }, (_, n) => `a${n}: &a${n} ${nine(n === 0 ? "1" : `*a${n - 1}`)}`);
    await expect(load({ default: aliases.join("\n") })).rejects.toMatchObject({ code: "CONFIG_INVALID" });
    const lists = Array.from({ length: 10 }, (_, n) => `a${n}: ${nine(n === 0 ? "1" : `"\${a${n - 1}}"`)}`);
    await expect(load({ default: lists.join("\n") })).rejects.toThrow(/becomes too large/);
    const texts = Array.from({ length: 40 }, (_, n) => `a${n}: ${n === 0 ? "xx" : `"\${a${n - 1}}\${a${n - 1}}"`}`);
    await expect(load({ default: texts.join("\n") })).rejects.toThrow(/becomes too large/);
    const chain = Array.from({ length: 5000 }, (_, n) => `a${n}: \${a${n + 1}}`);
    await expect(load({ default: chain.join("\n") })).rejects.toThrow(/too many references/);
    await expect(load({ default: `a: "${"${".repeat(100_000)}"` })).rejects.toThrow(/nests too many/);
    await expect(load({ default: `a: "${"x".repeat(1024 * 1024)}"` })).rejects.toThrow(/more than 1048576 bytes/);
  });

  it("does not pollute a prototype", async () => {
    const config = await load(
      { default: "__proto__: {polluted: 1}\nconstructor: {prototype: {polluted: 1}}\na: {__proto__: {polluted: 1}}" },
      { overrides: JSON.parse('{"__proto__":{"polluted":2}}') },
    );
    expect(Object.hasOwn(Object.prototype, "polluted")).toBe(false);
    expect(configValue(config, "__proto__.polluted")).toBe(2);
    expect(configValue(config, "a.__proto__.polluted")).toBe(1);
    expect(configValue(config, "a.polluted")).toBeUndefined();
  });

  it("is one that is a folder, or no UTF-8", async () => {
    const root = configWith({});
    mkdirSync(join(root, "demo", "default.yaml"));
    await expect(loadConfig("demo", { root })).rejects.toMatchObject({ code: "IO_FAILED" });
    const other = configWith({});
    writeFileSync(join(other, "demo", "default.yaml"), Buffer.from([0x61, 0x3a, 0x20, 0xff]));
    await expect(loadConfig("demo", { root: other })).rejects.toMatchObject({ code: "CONFIG_INVALID" });
  });

  it("or is given as overrides that are no values", async () => {
    await expect(load({}, { overrides: { a: { b: new Date() } } })).rejects.toThrow(/the overrides: a\.b is no text/);
  });

  it("is not an empty one, or one with only comments", async () => {
    expect((await load({ default: "", environment: "# nothing\n", local: "---\n" })).entries).toHaveLength(3);
  });
});

describe("the archive's location", () => {
  const location = async (text: string) => archiveLocationFromConfig(await load({ default: text }), ENV);

  it("comes from paths.data_root, paths.db_path and paths.responses_dir", async () => {
    expect(await location("paths: {data_root: /data}")).toEqual({
      root: resolve("/data"),
      databasePath: resolve("/data/dataio.sqlite"),
      responsesDirectory: resolve("/data/responses"),
    });
    expect(await location("paths: {data_root: /data, db_path: '${paths.data_root}/x.db', responses_dir: ~/r}")).toEqual(
      {
        root: resolve("/data"),
        databasePath: resolve("/data/x.db"),
        responsesDirectory: join("/home/ada", "r"),
      },
    );
    expect((await location("paths: {db_path: /db/x.sqlite}")).root).toBe(resolve("/db"));
    expect((await location("paths: {data_root: '~'}")).root).toBe(resolve("/home/ada"));
    expect((await location("paths: {data_root: here}")).root).toBe(resolve("here"));
  });

  it("comes from dataio.paths.root where that is said", async () => {
    const text = "paths: {data_root: /base, db_path: /base/other.db}\ndataio: {paths: {root: '${paths.data_root}/d'}}";
    expect(await location(text)).toEqual({
      root: resolve("/base/d"),
      databasePath: resolve("/base/d/dataio.sqlite"),
      responsesDirectory: resolve("/base/d/responses"),
    });
    expect((await location("dataio: {paths: {root: /d, responses_dir: /r}}")).responsesDirectory).toBe(resolve("/r"));
  });

  it("is missed by its name, and must be a path", async () => {
    await expect(location("a: 1")).rejects.toMatchObject({
      code: "CONFIG_INVALID",
      message: expect.stringMatching(/no paths\.data_root.*default\.yaml/),
      details: { key: "paths.data_root" },
    });
    await expect(location("paths: {data_root: [1]}")).rejects.toMatchObject({
      code: "CONFIG_INVALID",
      details: { key: "paths.data_root", file: expect.stringContaining("default.yaml") },
    });
    await expect(location("paths: {data_root: ~bob/x}")).rejects.toMatchObject({ code: "CONFIG_INVALID" });
    const none = await load({});
    expect(() => archiveLocationFromConfig(none, ENV)).toThrow(dirname(join(none.folder, "x")));
  });
});
