import { describe, expect, it } from "vitest";
import { LIST_KEYS } from "../../src/renderer/components/list-keys.ts";
import { COMMANDS } from "../../src/renderer/features/commands/command-table.ts";
import { isFound } from "../../src/renderer/features/commands/palette-entries.ts";
import { idIn } from "../../src/renderer/state/finding.ts";
import { acceleratorOf, keysOf, matchesKeys, SHORTCUTS, spokenKeys } from "../../src/shared/shortcuts.ts";

const none = { ctrlKey: false, metaKey: false, altKey: false, shiftKey: false };

describe("the table of commands", () => {
  it("has every command once, and every key once", () => {
    const ids = COMMANDS.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    const titles = COMMANDS.map(({ title }) => title);
    expect(new Set(titles).size).toBe(titles.length);
    const keys = [...Object.values(SHORTCUTS).flat(), ...LIST_KEYS.flatMap((move) => move.keys)].map((key) =>
      key.toLowerCase(),
    );
    expect(new Set(keys).size).toBe(keys.length);
  });

  it("finds commands by any of their words, in any order", () => {
    const entry = { id: "refetch", title: "Re-fetch the rows", words: "Rows again", note: "Ctrl+R", run: () => {} };
    expect(isFound(entry, "")).toBe(true);
    expect(isFound(entry, "AGAIN fetch")).toBe(true);
    expect(isFound(entry, "again theme")).toBe(false);
  });
});

describe("an id that is pasted", () => {
  it("is hexadecimal, whole or its beginning, whatever stands around it", () => {
    expect(idIn(" 9C7D321D-28ba-4028-88cd-c329e8ef1ff3\n")).toBe("9c7d321d-28ba-4028-88cd-c329e8ef1ff3");
    expect(idIn("a".repeat(64))).toBe("a".repeat(64));
    expect(idIn("0199b3f2")).toBe("0199b3f2");
  });

  it("is nothing that people write", () => {
    for (const text of ["", "deadbee", "justetf.profile", "decade facade", "https://ab.cd", `${"a".repeat(65)}`]) {
      expect([text, idIn(text)]).toEqual([text, null]);
    }
  });
});

describe("shortcuts", () => {
  it("are Ctrl, or Command on a Mac, and nothing more than was said", () => {
    const controlK = { ...none, key: "k", ctrlKey: true };
    expect(matchesKeys("Mod+K", controlK, false)).toBe(true);
    expect(matchesKeys("Mod+K", controlK, true)).toBe(false);
    expect(matchesKeys("Mod+K", { ...none, key: "k", metaKey: true }, true)).toBe(true);
    expect(matchesKeys("Mod+K", { ...controlK, shiftKey: true }, false)).toBe(false);
    expect(matchesKeys("Mod+K", { ...controlK, altKey: true }, false)).toBe(false);
    expect(matchesKeys("Mod+K", { ...none, key: "k" }, false)).toBe(false);
  });

  it("with Option are known by their place on a Mac, where it makes other signs of letters", () => {
    const optionN = { ...none, key: "Dead", code: "KeyN", altKey: true };
    expect(matchesKeys("Alt+N", optionN, true)).toBe(true);
    expect(matchesKeys("Alt+O", { ...optionN, key: "ø", code: "KeyO" }, true)).toBe(true);
    expect(matchesKeys("Alt+O", optionN, true)).toBe(false);
    expect(matchesKeys("Alt+Enter", { ...optionN, key: "Enter", code: "Enter" }, true)).toBe(true);
    expect(matchesKeys("Mod+N", { ...optionN, altKey: false, metaKey: true }, true)).toBe(false);
    expect(matchesKeys("Alt+N", optionN, false)).toBe(false);
  });

  it("take a sign however the keyboard makes it", () => {
    expect(matchesKeys("?", { ...none, key: "?", shiftKey: true }, false)).toBe(true);
    expect(matchesKeys("/", { ...none, key: "/", shiftKey: true }, false)).toBe(true);
    expect(matchesKeys("/", { ...none, key: "/", ctrlKey: true }, false)).toBe(false);
    expect(matchesKeys("Mod+Space", { ...none, key: " ", ctrlKey: true }, false)).toBe(true);
    expect(matchesKeys("Shift+F10", { ...none, key: "F10" }, false)).toBe(false);
  });

  it("are spoken as the system speaks them", () => {
    expect(spokenKeys("Mod+K", false)).toBe("Ctrl+K");
    expect(spokenKeys("Mod+K", true)).toBe("⌘K");
    expect(spokenKeys("Alt+ArrowRight", false)).toBe("Alt+→");
    expect(acceleratorOf("Mod+,")).toBe("CmdOrCtrl+,");
    expect(keysOf("toString")).toEqual([]);
  });
});
