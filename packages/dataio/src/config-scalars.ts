/**
 * What the plain words of a YAML file are, by the rules of PyYAML as OmegaConf sets them up, which mxm-config reads with:
 * YAML 1.1, where `no` is false and `010` is eight, but dates stay texts and `1e3` is a number. Source: PyYAML
 * `resolver.py` and `constructor.py`, OmegaConf 2.3 `_utils.py`.
 */
import type { ScalarTag } from "yaml";

const INTEGER =
  /^(?:[-+]?0b[01_]+|[-+]?0[0-7_]+|[-+]?(?:0|[1-9][0-9_]*)|[-+]?0x[0-9a-fA-F_]+|[-+]?[1-9][0-9_]*(?::[0-5]?[0-9])+)$/;
const FLOAT =
  /^(?:[-+]?[0-9][0-9_]*\.[0-9_]*(?:[eE][-+]?[0-9]+)?|[-+]?[0-9]+(?:_[0-9]+)*[eE][-+]?[0-9]+|\.[0-9][0-9_]*(?:[eE][-+][0-9]+)?|[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+\.[0-9_]*|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$/;

/** For the `failsafe` schema, to which a plain word is a text. Integers come as bigints, so that they are exact. */
export const CONFIG_SCALARS: readonly (ScalarTag | "null")[] = [
  "null",
  {
    tag: "tag:yaml.org,2002:bool",
    default: true,
    test: /^(?:yes|Yes|YES|no|No|NO|true|True|TRUE|false|False|FALSE|on|On|ON|off|Off|OFF)$/,
    resolve: (word) => /^(?:yes|true|on)$/i.test(word),
  },
  { tag: "tag:yaml.org,2002:int", default: true, test: INTEGER, resolve: integerOf },
  { tag: "tag:yaml.org,2002:float", default: true, test: FLOAT, resolve: floatOf },
];

function integerOf(word: string): bigint {
  const { digits, isNegative } = signed(word);
  const value = digits.includes(":")
    ? digits.split(":").reduce((total, part) => total * 60n + BigInt(part), 0n)
    : BigInt(/^0[0-7]/.test(digits) ? `0o${digits.slice(1)}` : digits);
  return isNegative ? -value : value;
}

function floatOf(word: string): number {
  const { digits, isNegative } = signed(word.toLowerCase());
  let value: number;
  if (digits === ".inf") value = Number.POSITIVE_INFINITY;
  else if (digits === ".nan") value = Number.NaN;
  else value = digits.split(":").reduce((total, part) => total * 60 + Number(part), 0);
  return isNegative ? -value : value;
}

function signed(word: string): { readonly digits: string; readonly isNegative: boolean } {
  return { digits: word.replace(/^[-+]/, "").replaceAll("_", ""), isNegative: word.startsWith("-") };
}
