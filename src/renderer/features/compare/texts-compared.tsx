import { type ReactNode, useCallback, useState } from "react";
import { Banner } from "../../components/banner.tsx";
import { useTask } from "../../components/use-task.ts";
import { decodeText } from "../../format/decode.ts";
import { readRange } from "../../work/payload-bytes.ts";
import { runTask } from "../../work/run-task.ts";
import { TEXT_LIMIT } from "./compare-forms.ts";
import type { ComparedSides } from "./compared-pair.tsx";
import { ComparingState } from "./comparing-state.tsx";
import type { Comparison } from "./comparison.ts";
import { JsonChanges } from "./json-changes.tsx";
import { RowChanges } from "./row-changes.tsx";
import type { KeyChoice } from "./table-diff.ts";
import { TextChanges } from "./text-changes.tsx";

export interface TextsComparedProps {
  readonly form: "json" | "table" | "text";
  readonly pair: ComparedSides;
  readonly bar: ReactNode;
}

interface Result {
  readonly comparison: Comparison;
  readonly invalid: boolean;
}

/** Both payloads as text, compared in a thread of its own. */
export function TextsCompared({ form, pair, bar }: TextsComparedProps) {
  const [key, setKey] = useState<KeyChoice>(null);
  const [left, right] = [pair.left.url, pair.right.url];
  const work = useCallback(
    async (signal: AbortSignal): Promise<Result> => {
      const [before, after] = await Promise.all([read(left, signal), read(right, signal)]);
      const texts = { left: before.text, right: after.text };
      const comparison = await runTask(
        "compare",
        form === "table" ? { form, key, ...texts } : { form, ...texts },
        signal,
      );
      return { comparison, invalid: before.invalid || after.invalid };
    },
    [left, right, form, key],
  );
  const comparing = useTask(work);
  if (comparing.status !== "ready") {
    return (
      <>
        <div className="view-bar">{bar}</div>
        <ComparingState comparing={comparing} />
      </>
    );
  }
  const { comparison, invalid } = comparing.value;
  return (
    <>
      {invalid && (
        <Banner tone="doubt" title="Not all of it is text">
          <p>Bytes that mean nothing in the charset are compared as �; the comparison by bytes is exact.</p>
        </Banner>
      )}
      {comparison.form === "json" && <JsonChanges diff={comparison.diff} bar={bar} />}
      {comparison.form === "text" && <TextChanges diff={comparison.diff} bar={bar} />}
      {comparison.form === "table" && <RowChanges diff={comparison.diff} bar={bar} onKey={setKey} />}
    </>
  );
}

async function read(url: string, signal: AbortSignal): Promise<{ text: string; invalid: boolean }> {
  return decodeText(await readRange(url, 0, TEXT_LIMIT, signal), { cut: false });
}
