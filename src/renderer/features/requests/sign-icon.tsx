import {
  CircleAlert,
  CircleCheck,
  CircleDashed,
  CircleDot,
  CircleQuestionMark,
  CircleSlash,
  CircleX,
  FileDiff,
  FileX,
  LoaderCircle,
  Radio,
  RotateCcw,
  ShieldCheck,
} from "lucide-react";
import type { Sign } from "./statuses.ts";

const ICONS = {
  check: CircleCheck,
  cross: CircleX,
  alert: CircleAlert,
  dashed: CircleDashed,
  recycle: RotateCcw,
  partial: CircleDot,
  stream: Radio,
  unknown: CircleQuestionMark,
  shield: ShieldCheck,
  absent: FileX,
  running: LoaderCircle,
  stopped: CircleSlash,
  changed: FileDiff,
} as const satisfies Record<Sign, unknown>;

/** Made once, so that a row whose sign stays has nothing to do for it. */
const ELEMENTS = new Map(
  Object.entries(ICONS).map(([sign, Icon]) => [
    sign,
    <Icon key={sign} size={13} className={sign === "running" ? "spin" : undefined} aria-hidden />,
  ]),
);

export function SignIcon({ sign }: { readonly sign: Sign }) {
  return ELEMENTS.get(sign);
}
