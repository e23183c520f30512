import type { DecodedForm } from "../../state/commands.ts";

const ENDINGS = { gzip: /\.(gz|gzip)$/i, zstd: /\.(zst|zstd)$/i } as const;

/** What a packed payload is saved as once it is decoded: its name without the ending of the packing. */
export function decodedForm(name: string, decode: DecodedForm["decode"]): DecodedForm {
  if (/\.tgz$/i.test(name) && decode === "gzip") return { decode, suggestedName: name.replace(/\.tgz$/i, ".tar") };
  const bare = name.replace(ENDINGS[decode], "");
  return { decode, suggestedName: bare === name || bare === "" ? `${name}.decoded` : bare };
}
