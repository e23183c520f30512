import { ChevronLeft, ChevronRight } from "lucide-react";
import { type ReactNode, type RefObject, useCallback, useEffect, useRef, useState } from "react";
import { ArchivedText } from "../../components/archived-text.tsx";
import { Banner } from "../../components/banner.tsx";
import { Button } from "../../components/button.tsx";
import { CodeView } from "../../components/code-view.tsx";
import { FormSwitch } from "../../components/form-switch.tsx";
import { useTask } from "../../components/use-task.ts";
import type { Content } from "./content.ts";
import { HexView } from "./hex-view.tsx";
import type { PDFDocumentProxy } from "./pdf-document.ts";
import { Unfinished } from "./task-state.tsx";
import "./pdf-view.css";

export interface PdfViewProps {
  readonly content: Content;
  readonly bar: ReactNode;
}

const FORMS = [
  { value: "page", label: "Page" },
  { value: "text", label: "Text" },
] as const;

/** No canvas of more pixels is made, however large a page claims to be. */
const MOST_PIXELS = 16 * 1024 * 1024;
const MARGIN = 24;

/** A PDF, page by page. What is none any more is shown as bytes. */
export function PdfView({ content, bar }: PdfViewProps) {
  const { source } = content;
  // Its library is as large as the rest of the app, and few payloads are PDFs.
  const run = useCallback(
    async (signal: AbortSignal) => (await import("./pdf-document.ts")).openPdf(source, signal),
    [source],
  );
  const task = useTask(run);
  if (task.status === "failed") {
    return (
      <>
        <Banner tone="doubt" title="The PDF could not be opened">
          <p>
            <ArchivedText text={task.error.message} />
          </p>
        </Banner>
        <HexView source={source} bar={bar} />
      </>
    );
  }
  if (task.status !== "ready") return <Unfinished task={task} content={content} />;
  return <Pages pdf={task.value} bar={bar} />;
}

interface PagesProps {
  readonly pdf: PDFDocumentProxy;
  readonly bar: ReactNode;
}

function Pages({ pdf, bar }: PagesProps) {
  const [form, setForm] = useState<"page" | "text">("page");
  const [number, setNumber] = useState(1);
  const [zoomed, setZoomed] = useState(false);
  const count = pdf.numPages;
  const go = (to: number) => setNumber(Math.min(Math.max(to, 1), count));
  const bars = (
    <>
      <FormSwitch value={form} options={FORMS} onChange={setForm} />
      {bar}
      <span className="pdf-pager">
        <Button
          variant="quiet"
          aria-label="Previous page"
          icon={<ChevronLeft size={14} />}
          disabled={number === 1}
          onClick={() => go(number - 1)}
        />
        <span data-testid="pdf-page">
          {number} of {count}
        </span>
        <Button
          variant="quiet"
          aria-label="Next page"
          icon={<ChevronRight size={14} />}
          disabled={number === count}
          onClick={() => go(number + 1)}
        />
      </span>
    </>
  );
  if (form === "text") return <PageText pdf={pdf} number={number} bar={bars} />;
  return (
    <div className="pdf-view">
      <div className="view-bar">
        {bars}
        <span className="view-bar-gap" />
        <Button variant="quiet" aria-pressed={zoomed} onClick={() => setZoomed(!zoomed)}>
          1:1
        </Button>
      </div>
      <Page pdf={pdf} number={number} zoomed={zoomed} onGo={go} />
    </div>
  );
}

interface PageProps {
  readonly pdf: PDFDocumentProxy;
  readonly number: number;
  readonly zoomed: boolean;
  readonly onGo: (page: number) => void;
}

function Page({ pdf, number, zoomed, onGo }: PageProps) {
  const place = useRef<HTMLElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const width = useWidth(place);
  const [drawn, setDrawn] = useState<number | null>(null);
  const [fault, setFault] = useState<string | null>(null);

  useEffect(() => {
    if (width === 0) return;
    let ended = false;
    let stop = () => {
      ended = true;
    };
    const draw = async () => {
      const page = await pdf.getPage(number);
      const element = canvas.current;
      if (ended || element === null) return;
      const plain = page.getViewport({ scale: 1 });
      const scale = zoomed ? 4 / 3 : Math.min(4, Math.max(0.1, (width - MARGIN) / plain.width));
      const wanted = scale * devicePixelRatio;
      const fitting = Math.sqrt(MOST_PIXELS / Math.max(1, plain.width * plain.height));
      const viewport = page.getViewport({ scale: Math.min(wanted, fitting) });
      element.width = Math.max(1, Math.floor(viewport.width));
      element.height = Math.max(1, Math.floor(viewport.height));
      element.style.width = `${plain.width * scale}px`;
      const task = page.render({ canvas: element, viewport });
      stop = () => {
        ended = true;
        task.cancel();
      };
      await task.promise;
      setDrawn(number);
      setFault(null);
    };
    draw().catch((error: unknown) => {
      if (!ended) setFault(error instanceof Error ? error.message : String(error));
    });
    return () => stop();
  }, [pdf, number, zoomed, width]);

  return (
    <>
      {fault !== null && (
        <Banner tone="doubt" title={`Page ${number} could not be drawn`}>
          <p>
            <ArchivedText text={fault} />
          </p>
        </Banner>
      )}
      <section
        ref={place}
        className="pdf-place"
        aria-label="Pages"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, so keys must be able to reach it
        tabIndex={0}
        onKeyDown={(event) => {
          if (event.key === "ArrowRight" || event.key === "PageDown") onGo(number + 1);
          else if (event.key === "ArrowLeft" || event.key === "PageUp") onGo(number - 1);
          else return;
          event.preventDefault();
        }}
      >
        <canvas
          ref={canvas}
          key={number}
          className="pdf-page"
          role="img"
          aria-label={`Page ${number}`}
          data-drawn={drawn === number || undefined}
        />
      </section>
    </>
  );
}

function PageText({ pdf, number, bar }: PagesProps & { readonly number: number }) {
  const run = useCallback(async () => (await import("./pdf-document.ts")).pageText(pdf, number), [pdf, number]);
  const task = useTask(run);
  const text = task.status === "ready" ? task.value : "";
  return (
    <>
      {task.status === "failed" && (
        <Banner tone="doubt" title={`Page ${number} could not be read`}>
          <p>
            <ArchivedText text={task.error.message} />
          </p>
        </Banner>
      )}
      <CodeView text={text} language="text" label="Text of the page" bar={bar} />
    </>
  );
}

function useWidth(place: RefObject<HTMLElement | null>): number {
  const [width, setWidth] = useState(0);
  useEffect(() => {
    const element = place.current;
    if (element === null) return;
    const observer = new ResizeObserver(() => setWidth(element.clientWidth));
    observer.observe(element);
    return () => observer.disconnect();
  }, [place]);
  return width;
}
