import { type RefObject, useLayoutEffect, useState } from "react";
import { LineView } from "./line-view.ts";

/** The view of a list that `scroller` scrolls, below a head that is as high as a line. @param lineHeight CSS pixels */
export function useLineView(scroller: RefObject<HTMLElement | null>, lineHeight: number): LineView {
  const [view] = useState(() => new LineView());

  useLayoutEffect(() => {
    const element = scroller.current;
    if (element === null) return;
    view.attach(element);
    const onScroll = () => view.scrolled();
    const onScrollEnd = () => view.scrollEnded();
    element.addEventListener("scroll", onScroll, { passive: true });
    element.addEventListener("scrollend", onScrollEnd, { passive: true });
    return () => {
      element.removeEventListener("scroll", onScroll);
      element.removeEventListener("scrollend", onScrollEnd);
      view.attach(null);
    };
  }, [scroller, view]);

  useLayoutEffect(() => {
    const element = scroller.current;
    if (element === null) return;
    const measure = () => view.resize(element.clientHeight - lineHeight);
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    return () => observer.disconnect();
  }, [scroller, view, lineHeight]);

  return view;
}
