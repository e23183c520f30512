import { FileUp, X } from "lucide-react";
import { type DragEvent, useEffect, useId, useRef, useState } from "react";
import type { ErrorShape, SentFile } from "../../../shared/contract.ts";
import { MOST_SENT } from "../../../shared/upload-url.ts";
import { ArchivedText } from "../../components/archived-text.tsx";
import { Button } from "../../components/button.tsx";
import { ProgressBar } from "../../components/progress-bar.tsx";
import { formatBytesExactly } from "../../format/quantities.ts";
import { useApp, useArchives } from "../../state/context.ts";
import { isSilent, shapeOf } from "../../state/failures.ts";
import { uploadFile } from "../../state/uploads.ts";

export interface FileFieldProps {
  readonly file: SentFile | null;
  readonly fault: string | undefined;
  readonly onChange: (file: SentFile | null) => void;
  /** Says in the params that it is of this type; null where they say so already, or cannot. */
  readonly declare: ((mediaType: string) => void) | null;
}

/** A file to be sent: chosen in the host's dialog, or put to the host by the browser. */
export function FileField({ file, fault, onChange, declare }: FileFieldProps) {
  const app = useApp();
  const native = useArchives((state) => state.info?.nativeDialogs === true);
  const id = useId();
  const input = useRef<HTMLInputElement>(null);
  const [uploading, setUploading] = useState<{ readonly name: string; readonly size: number; readonly done: number }>();
  const [error, setError] = useState<ErrorShape | null>(null);
  const running = useRef<AbortController>(null);
  // What is put for a form that is gone is of no use.
  useEffect(() => () => running.current?.abort(), []);

  const attempt = async (choose: (signal: AbortSignal) => Promise<SentFile | null>) => {
    running.current?.abort();
    const mine = new AbortController();
    running.current = mine;
    setError(null);
    try {
      const chosen = await choose(mine.signal);
      if (chosen !== null && !mine.signal.aborted) onChange(chosen);
    } catch (reason) {
      if (!isSilent(reason) && !mine.signal.aborted) setError(shapeOf(reason));
    } finally {
      if (running.current === mine) setUploading(undefined);
    }
  };
  const upload = (chosen: File) =>
    void attempt((signal) => {
      const told = { name: chosen.name, size: chosen.size };
      setUploading({ ...told, done: 0 });
      return uploadFile(chosen, { signal, onProgress: (done) => !signal.aborted && setUploading({ ...told, done }) });
    });
  const choose = () => {
    if (native) void attempt(() => app.client.call("host.chooseSentFile", {}));
    else input.current?.click();
  };
  const onDrop = (event: DragEvent) => {
    const [dropped] = event.dataTransfer.files;
    event.preventDefault();
    if (dropped !== undefined && !native) upload(dropped);
  };
  const wrong = error?.message ?? fault;
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: dropping is a shorter way to what the button does
    <div
      className="field send-file"
      onDragOver={native ? undefined : (event) => event.preventDefault()}
      onDrop={onDrop}
    >
      <div className="send-file-choice">
        <Button icon={<FileUp size={14} />} onClick={choose} aria-describedby={`${id}-says`}>
          {file === null ? "Choose a file…" : "Choose another…"}
        </Button>
        <input
          ref={input}
          type="file"
          hidden
          aria-label="File to be sent"
          onChange={({ target }) => {
            const [chosen] = target.files ?? [];
            // The same one may be chosen again, changed meanwhile.
            target.value = "";
            if (chosen !== undefined) upload(chosen);
          }}
        />
        <span id={`${id}-says`} className="muted">
          {native ? "" : "Or drop it here. "}Up to {MOST_SENT}, sent as it is.
        </span>
      </div>
      {uploading !== undefined && (
        <div className="send-file-choice" role="status">
          <ProgressBar done={uploading.done} total={uploading.size} label={`Taking ${uploading.name}`} />
          <Button
            variant="quiet"
            icon={<X size={14} />}
            aria-label="Cancel the upload"
            onClick={() => running.current?.abort()}
          />
        </div>
      )}
      {file !== null && uploading === undefined && <Chosen file={file} declare={declare} />}
      {wrong !== undefined && uploading === undefined && (
        <p className="field-fault" role="alert">
          <ArchivedText text={wrong} />
        </p>
      )}
    </div>
  );
}

function Chosen({ file, declare }: { readonly file: SentFile } & Pick<FileFieldProps, "declare">) {
  const { name, sizeBytes, mediaType, checksum } = file;
  return (
    <dl className="send-headers" aria-label="Chosen file">
      <div>
        <dt className="muted">File</dt>
        <dd>
          <ArchivedText text={name} className="strong" /> · {formatBytesExactly(sizeBytes)}
        </dd>
      </div>
      <div>
        <dt className="muted">Looks like</dt>
        <dd>
          {mediaType ?? "no type that is known"}{" "}
          {mediaType !== null && declare !== null && (
            <button type="button" className="link" onClick={() => declare(mediaType)}>
              Send it as that
            </button>
          )}
        </dd>
      </div>
      <div>
        <dt className="muted">SHA-256</dt>
        <dd className="mono">{checksum}</dd>
      </div>
    </dl>
  );
}
