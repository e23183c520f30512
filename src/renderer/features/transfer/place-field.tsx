import { FolderOpen } from "lucide-react";
import { useId, useState } from "react";
import type { Params } from "../../../shared/contract.ts";
import { Button } from "../../components/button.tsx";
import { useApp, useArchives } from "../../state/context.ts";
import { PlaceDialog } from "../archives/place-dialog.tsx";

export interface PlaceFieldProps {
  readonly label: string;
  readonly value: string;
  readonly purpose: Extract<Params<"host.chooseFolder">["purpose"], "export" | "import">;
  /** How the files end that may be chosen; none: a folder is. */
  readonly endings: readonly string[];
  readonly fault?: string | null;
  readonly onChange: (path: string) => void;
}

/** A path of the host's machine: typed, or chosen in the host's own way. */
export function PlaceField({ label, value, purpose, endings, fault = null, onChange }: PlaceFieldProps) {
  const app = useApp();
  const native = useArchives((state) => state.info?.nativeDialogs === true);
  const [choosing, setChoosing] = useState(false);
  const id = useId();
  const browse = () => {
    if (!native) {
      setChoosing(true);
      return;
    }
    void app.attempt("The dialog could not be shown", async () => {
      const { path } = await (endings.length === 0
        ? app.client.call("host.chooseFolder", { purpose })
        : app.client.call("host.chooseFile", { endings: [...endings] }));
      if (path !== null) onChange(path);
    });
  };
  return (
    <div className="field">
      <label className="field-label" htmlFor={id}>
        {label}
      </label>
      <div className="place">
        <input
          id={id}
          className="input mono"
          value={value}
          spellCheck={false}
          aria-invalid={fault !== null}
          aria-describedby={fault === null ? undefined : `${id}-fault`}
          onChange={(event) => onChange(event.target.value)}
        />
        <Button icon={<FolderOpen size={14} />} onClick={browse}>
          Browse…
        </Button>
      </div>
      {fault !== null && (
        <p id={`${id}-fault`} className="field-fault">
          {fault}
        </p>
      )}
      {choosing && (
        <PlaceDialog
          start={value.trim() === "" ? null : value.trim()}
          endings={endings}
          onChoose={(path) => {
            setChoosing(false);
            onChange(path);
          }}
          onClose={() => setChoosing(false)}
        />
      )}
    </div>
  );
}
