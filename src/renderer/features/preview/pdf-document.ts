/**
 * A PDF for looking at: pages as pictures and as text. It runs no script of the document, follows no link, loads nothing
 * but the app's own files, and reads the payload by range.
 */
import {
  GlobalWorkerOptions,
  getDocument,
  PasswordException,
  PDFDataRangeTransport,
  type PDFDocumentProxy,
  VerbosityLevel,
} from "pdfjs-dist";
import workerUrl from "pdfjs-dist/build/pdf.worker.min.mjs?url";
import { readSource, sourceSize } from "../../work/sources.ts";
import type { Source } from "../../work/tasks.ts";

export type { PDFDocumentProxy } from "pdfjs-dist";

GlobalWorkerOptions.workerSrc = new URL(workerUrl, document.baseURI).href;

/** Images of more pixels than this are left out: a few bytes can claim any number. */
const MOST_IMAGE_PIXELS = 64 * 1024 * 1024;
const RANGE_BYTES = 256 * 1024;

class SourceTransport extends PDFDataRangeTransport {
  readonly #source: Source;
  readonly #signal: AbortSignal;
  readonly #fail: (error: unknown) => void;

  constructor(source: Source, signal: AbortSignal, fail: (error: unknown) => void) {
    super(sourceSize(source), null);
    this.#source = source;
    this.#signal = signal;
    this.#fail = fail;
  }

  override requestDataRange(begin: number, end: number): void {
    readSource(this.#source, begin, end - begin, this.#signal).then(
      // What is given away is taken over, and decoded bytes are still needed here.
      (bytes) => this.onDataRange(begin, bytes.slice()),
      (error: unknown) => this.#fail(error),
    );
  }
}

/** Opens a document; it is closed when `signal` is aborted. @throws Error that says why it cannot be shown. */
export async function openPdf(source: Source, signal: AbortSignal): Promise<PDFDocumentProxy> {
  const failure = Promise.withResolvers<never>();
  const task = getDocument({
    range: new SourceTransport(source, signal, failure.reject),
    rangeChunkSize: RANGE_BYTES,
    disableAutoFetch: true,
    disableStream: true,
    enableXfa: false,
    // The app's policy knows no WebAssembly.
    useWasm: false,
    useWorkerFetch: false,
    maxImageSize: MOST_IMAGE_PIXELS,
    verbosity: VerbosityLevel.ERRORS,
  });
  signal.addEventListener("abort", () => {
    failure.reject(new Error("Cancelled."));
    void task.destroy();
  });
  try {
    return await Promise.race([task.promise, failure.promise]);
  } catch (error) {
    if (error instanceof PasswordException) throw new Error("It is encrypted, and a password is needed.");
    throw error;
  }
}

/** The text of a page, as far as the document has one: a line where it has one. */
export async function pageText(pdf: PDFDocumentProxy, number: number): Promise<string> {
  const page = await pdf.getPage(number);
  const { items } = await page.getTextContent();
  return items.map((item) => ("str" in item ? item.str + (item.hasEOL ? "\n" : "") : "")).join("");
}
