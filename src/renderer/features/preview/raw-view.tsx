import { type ReactNode, useState } from "react";
import type { RowDetail } from "../../../shared/contract.ts";
import { FormSwitch } from "../../components/form-switch.tsx";
import { useUi } from "../../state/context.ts";
import { type Content, payloadContent } from "./content.ts";
import { NothingInside, TypeAndSize } from "./content-view.tsx";
import { HexView } from "./hex-view.tsx";
import { payloadKey, WithPayload } from "./preview.tsx";
import { isTextKind } from "./preview-kind.ts";
import { TextView } from "./text-view.tsx";

/** The payload exactly as it is: as text, or as bytes. */
export function RawView({ detail }: { readonly detail: RowDetail }) {
  return (
    <WithPayload detail={detail}>
      {(payload, url) => (
        <RawContent key={payloadKey(payload)} make={() => payloadContent(payload, url, detail.metadata)} />
      )}
    </WithPayload>
  );
}

const FORMS = [
  { value: "text", label: "Text" },
  { value: "hex", label: "Hex" },
] as const;

function RawContent({ make }: { readonly make: () => Content }) {
  // The parent mounts another one for other bytes.
  const [content] = useState(make);
  const chosen = useUi((state) => state.rawForm);
  const set = useUi((state) => state.set);
  if (content.kind === "empty") return <NothingInside />;
  const form = chosen ?? (isTextKind(content.kind) ? "text" : "hex");
  const bar: ReactNode = (
    <>
      <FormSwitch value={form} options={FORMS} onChange={(rawForm) => set({ rawForm })} />
      <TypeAndSize content={content} />
    </>
  );
  if (form === "hex") return <HexView source={content.source} bar={bar} />;
  return <TextView content={content} layout="none" language={languageOf(content)} bar={bar} />;
}

function languageOf({ kind }: Content) {
  if (kind === "json") return "json";
  return kind === "xml" || kind === "html" ? "xml" : "text";
}
