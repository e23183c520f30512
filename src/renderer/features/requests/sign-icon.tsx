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

export function SignIcon({ sign }: { readonly sign: Sign }) {
  const Icon = ICONS[sign];
  return <Icon size={13} className={sign === "running" ? "spin" : undefined} aria-hidden />;
}
