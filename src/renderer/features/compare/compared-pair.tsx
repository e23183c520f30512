import { Equal, FileX } from "lucide-react";
import { type ReactNode, useState } from "react";
import type { PayloadFacts, RowDetail } from "../../../shared/contract.ts";
import { payloadUrl } from "../../../shared/payload-url.ts";
import { assertNever } from "../../assert-never.ts";
import { Banner, EmptyState } from "../../components/banner.tsx";
import { Button } from "../../components/button.tsx";
import { formatBytes } from "../../format/quantities.ts";
import { BytesCompared } from "./bytes-compared.tsx";
import { type CompareForm, compareForms, isReadable, TEXT_LIMIT } from "./compare-forms.ts";
import { ImagesCompared } from "./images-compared.tsx";
import { TextsCompared } from "./texts-compared.tsx";

const NAMES: Readonly<Record<CompareForm, string>> = {
  json: "JSON",
  table: "Rows",
  text: "Lines",
  image: "Images",
  hex: "Bytes",
};

export interface PairProps {
  readonly archiveId: string;
  readonly left: RowDetail;
  readonly right: RowDetail;
  /** What to do where both have the same bytes. */
  readonly otherwise: ReactNode;
}

/** Two payloads, compared in the form that tells most; in others when asked to. */
export function ComparedPair({ archiveId, left, right, otherwise }: PairProps) {
  const [chosen, setChosen] = useState<CompareForm | null>(null);
  const [before, after] = [left.payload, right.payload];
  if (!isReadable(before) || !isReadable(after)) {
    return (
      <>
        <SideTrouble side="left" payload={before} />
        <SideTrouble side="right" payload={after} />
        <EmptyState icon={<FileX size={24} aria-hidden />} title="There are not two payloads to compare">
          <p>{sameChecksum(left, right)}</p>
        </EmptyState>
      </>
    );
  }
  const damaged = (
    <>
      <SideTrouble side="left" payload={before} />
      <SideTrouble side="right" payload={after} />
    </>
  );
  if (before.checksum === after.checksum) {
    return (
      <>
        {damaged}
        <EmptyState icon={<Equal size={24} aria-hidden />} title="The same bytes" actions={otherwise}>
          <p>Both responses have the same checksum; the archive keeps their payload once.</p>
        </EmptyState>
      </>
    );
  }
  const { forms, tooLargeFor } = compareForms(before, after);
  const form = chosen !== null && forms.includes(chosen) ? chosen : (forms[0] ?? "hex");
  const pair = {
    left: { url: payloadUrl(archiveId, before.checksum), payload: before },
    right: { url: payloadUrl(archiveId, after.checksum), payload: after },
  };
  const bar = (
    <fieldset className="form-switch" aria-label="Compared as">
      {forms.map((each) => (
        <Button key={each} variant="quiet" aria-pressed={each === form} onClick={() => setChosen(each)}>
          {NAMES[each]}
        </Button>
      ))}
    </fieldset>
  );
  return (
    <>
      {damaged}
      {tooLargeFor !== null && (
        <Banner tone="note" title={`Too large to be compared by ${NAMES[tooLargeFor]}`}>
          <p>
            That is done up to {formatBytes(TEXT_LIMIT)} a side; these are {formatBytes(before.sizeBytes ?? 0)} and{" "}
            {formatBytes(after.sizeBytes ?? 0)}. Their bytes are compared, a part at a time.
          </p>
        </Banner>
      )}
      <Content key={form} form={form} pair={pair} bar={bar} />
    </>
  );
}

export interface ComparedSide {
  readonly url: string;
  readonly payload: PayloadFacts;
}
export interface ComparedSides {
  readonly left: ComparedSide;
  readonly right: ComparedSide;
}

function Content({
  form,
  pair,
  bar,
}: {
  readonly form: CompareForm;
  readonly pair: ComparedSides;
  readonly bar: ReactNode;
}) {
  switch (form) {
    case "json":
    case "table":
    case "text":
      return <TextsCompared form={form} pair={pair} bar={bar} />;
    case "image":
      return <ImagesCompared pair={pair} bar={bar} />;
    case "hex":
      return <BytesCompared pair={pair} bar={bar} />;
    default:
      return assertNever(form);
  }
}

/** What is wrong with the bytes of a side, where something is. */
function SideTrouble({ side, payload }: { readonly side: "left" | "right"; readonly payload: PayloadFacts | null }) {
  const which = side === "left" ? "The older payload (−)" : "The newer payload (+)";
  if (payload === null) return <Banner tone="note" title={`${which} does not exist: there was no response`} />;
  switch (payload.state) {
    case "ok":
    case "none":
      return null;
    case "corrupt":
      return (
        <Banner tone="bad" title={`${which} is corrupt: its bytes do not match its checksum`}>
          <p>What is on disk is compared, which is not what was received.</p>
        </Banner>
      );
    case "missing":
      return <Banner tone="bad" title={`${which} is missing: there is no file with its checksum`} />;
    case "unaddressable":
      return <Banner tone="doubt" title={`${which} cannot be addressed: the row holds no usable checksum`} />;
    case "unchecked":
      return <Banner tone="note" title={`${which} is not verified yet: it is too large to be hashed on the way`} />;
    default:
      return assertNever(payload.state);
  }
}

/** Checksums say something also where there are no bytes. */
function sameChecksum(left: RowDetail, right: RowDetail): string {
  const [before, after] = [left.row.checksum, right.row.checksum];
  if (before === null || after === null)
    return "One of them has no checksum, so it is not known whether they were equal.";
  return before === after
    ? "Their checksums are equal: when they came in, so were their bytes."
    : "Their checksums differ: when they came in, so did their bytes.";
}
