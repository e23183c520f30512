/** The line that an event hit: the `data-line` of the element around it; null beside all lines. */
export function lineOf(event: { readonly target: EventTarget }): number | null {
  const element = event.target instanceof Element ? event.target.closest("[data-line]") : null;
  return element === null ? null : Number(element.getAttribute("data-line"));
}
