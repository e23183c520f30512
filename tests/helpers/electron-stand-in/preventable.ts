/** An Electron event that a listener may prevent. */
export type Preventable<Facts extends object> = Electron.Event<Facts>;

export function preventable<Facts extends object>(facts: Facts): Preventable<Facts> {
  let prevented = false;
  const event = {
    preventDefault() {
      prevented = true;
    },
    get defaultPrevented() {
      return prevented;
    },
  };
  // The getter has to survive, so the facts are put onto the event and not the other way round.
  return Object.assign(event, facts);
}
