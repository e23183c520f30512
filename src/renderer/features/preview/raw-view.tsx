import { PackageOpen } from "lucide-react";
import type { PayloadFacts, RowDetail } from "../../../shared/contract.ts";
import { EmptyState } from "../../components/banner.tsx";
import { Button } from "../../components/button.tsx";
import { useUi } from "../../state/context.ts";
import { HexView } from "./hex-view.tsx";
import { payloadKey, TypeAndSize, WithPayload } from "./preview.tsx";
import { previewKind } from "./preview-kind.ts";
import { TextWindow } from "./text-window.tsx";

/** The payload exactly as it is: as text, or as bytes. */
export function RawView({ detail }: { readonly detail: RowDetail }) {
  return (
    <WithPayload detail={detail}>
      {(payload, url) => <RawContent key={payloadKey(payload)} payload={payload} url={url} />}
    </WithPayload>
  );
}

function RawContent({ payload, url }: { readonly payload: PayloadFacts; readonly url: string }) {
  const chosen = useUi((state) => state.rawForm);
  const set = useUi((state) => state.set);
  if (payload.preview === "empty") {
    return (
      <EmptyState icon={<PackageOpen size={24} aria-hidden />} title="The payload is empty">
        <p>It holds zero bytes. That is what was received.</p>
      </EmptyState>
    );
  }
  const kind = previewKind(payload);
  const isText = kind !== "binary" && kind !== "image" && kind !== "empty";
  const form = chosen ?? (isText ? "text" : "hex");
  const bar = (
    <>
      <fieldset className="form-switch" aria-label="Shown as">
        <Button variant="quiet" aria-pressed={form === "text"} onClick={() => set({ rawForm: "text" })}>
          Text
        </Button>
        <Button variant="quiet" aria-pressed={form === "hex"} onClick={() => set({ rawForm: "hex" })}>
          Hex
        </Button>
      </fieldset>
      <TypeAndSize payload={payload} />
    </>
  );
  if (form === "hex") return <HexView url={url} size={payload.sizeBytes ?? 0} bar={bar} />;
  return <TextWindow payload={payload} url={url} as={payload.preview === "json" ? "raw-json" : "text"} bar={bar} />;
}
