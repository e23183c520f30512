import { type ReactNode, useEffect, useState } from "react";
import { Banner } from "../../components/banner.tsx";
import { Button } from "../../components/button.tsx";
import type { Content } from "./content.ts";
import { HexView } from "./hex-view.tsx";
import { useImageEndsEarly } from "./use-image-end.ts";

export interface ImageViewProps {
  readonly content: Content;
  readonly bar: ReactNode;
}

/** An image, fitted or pixel by pixel. As an `img` it can run nothing, SVG included. What cannot be decoded is shown as bytes. */
export function ImageView({ content, bar }: ImageViewProps) {
  const url = useImageUrl(content);
  const [natural, setNatural] = useState<{ readonly width: number; readonly height: number } | null>(null);
  const [broken, setBroken] = useState(false);
  const [zoomed, setZoomed] = useState(false);
  const endsEarly = useImageEndsEarly(content.source);
  if (broken) {
    return (
      <>
        <Banner tone="doubt" title="The image could not be decoded">
          <p>Its first bytes say it is an image, the rest does not. Here are its bytes.</p>
        </Banner>
        <HexView source={content.source} bar={bar} />
      </>
    );
  }
  return (
    <div className="image-view">
      {endsEarly && (
        <Banner tone="doubt" title="The image ends early">
          <p>The mark of its end is missing: what is drawn is what there is of it.</p>
        </Banner>
      )}
      <div className="view-bar">
        {bar}
        {natural !== null && (
          <span className="view-fact" data-testid="image-size">
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
          src={url ?? undefined}
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

/** The image's address: the payload's own, or one for decoded bytes that lives as long as they are shown. */
function useImageUrl({ source, type }: Content): string | null {
  const [made, setMade] = useState<string | null>(null);
  useEffect(() => {
    if (source.kind === "url") return;
    const url = URL.createObjectURL(new Blob([source.bytes], { type: type ?? "" }));
    setMade(url);
    return () => URL.revokeObjectURL(url);
  }, [source, type]);
  return source.kind === "url" ? source.url : made;
}
