import { type ReactNode, useState } from "react";
import type { PayloadFacts } from "../../../shared/contract.ts";
import { Banner } from "../../components/banner.tsx";
import { Button } from "../../components/button.tsx";
import { HexView } from "./hex-view.tsx";

export interface ImageViewProps {
  readonly payload: PayloadFacts;
  readonly url: string;
  readonly bar: ReactNode;
}

/** An image, fitted or pixel by pixel. As an `img` it can run nothing, SVG included. What cannot be decoded is shown as bytes. */
export function ImageView({ payload, url, bar }: ImageViewProps) {
  const [natural, setNatural] = useState<{ readonly width: number; readonly height: number } | null>(null);
  const [broken, setBroken] = useState(false);
  const [zoomed, setZoomed] = useState(false);
  if (broken) {
    return (
      <>
        <Banner tone="doubt" title="The image could not be decoded">
          <p>Its first bytes say it is an image, the rest does not. Here are its bytes.</p>
        </Banner>
        <HexView url={url} size={payload.sizeBytes ?? 0} bar={bar} />
      </>
    );
  }
  return (
    <div className="image-view">
      <div className="view-bar">
        {bar}
        {natural !== null && (
          <span data-testid="image-size">
            {natural.width} × {natural.height} px
          </span>
        )}
        <span className="view-bar-gap" />
        <Button variant="quiet" aria-pressed={zoomed} onClick={() => setZoomed(!zoomed)}>
          1:1
        </Button>
      </div>
      <section className={zoomed ? "image-place" : "image-place image-fitted"} aria-label="Image">
        <img
          src={url}
          alt="The payload"
          onLoad={(event) => {
            const { naturalWidth: width, naturalHeight: height } = event.currentTarget;
            setNatural({ width, height });
          }}
          onError={() => setBroken(true)}
        />
      </section>
    </div>
  );
}
