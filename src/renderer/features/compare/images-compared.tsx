import { type ReactNode, useMemo, useState } from "react";
import { formatBytes } from "../../format/quantities.ts";
import { useImageEndsEarly } from "../preview/use-image-end.ts";
import type { ComparedSide, ComparedSides } from "./compared-pair.tsx";

/** Two images beside each other, or one below the other where there is no room; as `img` they can run nothing. */
export function ImagesCompared({ pair, bar }: { readonly pair: ComparedSides; readonly bar: ReactNode }) {
  return (
    <>
      <div className="view-bar">{bar}</div>
      <div className="compared-images">
        <OneImage name="Older (−)" side={pair.left} />
        <OneImage name="Newer (+)" side={pair.right} />
      </div>
    </>
  );
}

function OneImage({ name, side }: { readonly name: string; readonly side: ComparedSide }) {
  const [state, setState] = useState<string | null>(null);
  const { url } = side;
  const size = side.payload.sizeBytes ?? 0;
  const endsEarly = useImageEndsEarly(useMemo(() => ({ kind: "url", url, size }), [url, size]));
  return (
    <figure className="compared-image">
      <div className="image-place image-fitted">
        <img
          src={url}
          alt={name}
          onLoad={(event) => setState(`${event.currentTarget.naturalWidth} × ${event.currentTarget.naturalHeight} px`)}
          onError={() => setState("could not be decoded")}
        />
      </div>
      <figcaption className="muted">
        {name} · {formatBytes(size)}
        {state !== null && ` · ${state}`}
        {endsEarly && " · ends early"}
      </figcaption>
    </figure>
  );
}
