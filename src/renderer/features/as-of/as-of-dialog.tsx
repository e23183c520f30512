import { type FormEvent, useId, useState } from "react";
import { Button } from "../../components/button.tsx";
import { Modal } from "../../components/modal.tsx";
import { parseTime } from "../../format/times.ts";
import { visibleText } from "../../format/visible-text.ts";
import { asOfOf, momentOfRow, showAsOf } from "../../state/as-of.ts";
import { useApp, useSessions, useTimeZone, useUi } from "../../state/context.ts";
import { fieldOf, momentOfField, startOfDay } from "./moments.ts";
import "./as-of.css";
import "../../components/fields.css";

/** Chooses the moment that the window is as of. */
export function AsOfDialog() {
  const app = useApp();
  const zone = useTimeZone();
  const close = useUi((state) => state.closeDialog);
  const session = useSessions(({ items, selectedId }) => items.find(({ id }) => id === selectedId) ?? null);
  const [value, setValue] = useState(() => fieldOf(asOfOf(app) ?? new Date().toISOString(), zone));
  const id = useId();
  const moment = momentOfField(value, zone);
  const choose = (chosen: string) => {
    close();
    void showAsOf(app, chosen);
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (moment !== null) choose(moment);
  };
  const now = Date.now();
  const ended = session?.endedAt ?? null;
  const ofRow = momentOfRow(app);
  return (
    <Modal
      title="As of a moment"
      description="The window then shows what was there at that moment: of each request the answer that a pipeline would have been served from the archive."
      focusFirst="input"
      onClose={close}
      footer={
        <>
          <Button onClick={close}>Cancel</Button>
          <Button variant="primary" unavailable={moment === null} onClick={() => moment !== null && choose(moment)}>
            Show
          </Button>
        </>
      }
    >
      <form onSubmit={submit}>
        <div className="field">
          <label className="field-label" htmlFor={id}>
            Date and time, {zone === "utc" ? "UTC" : "local"}
          </label>
          <input
            id={id}
            className="input mono"
            type="text"
            spellCheck={false}
            autoComplete="off"
            placeholder="2025-10-21 16:38:04"
            value={value}
            aria-invalid={moment === null}
            aria-describedby={moment === null ? `${id}-fault` : undefined}
            onChange={(event) => setValue(event.target.value)}
          />
        </div>
        <p id={`${id}-fault`} className="field-fault as-of-fault" role="status">
          {moment === null && "Write it as 2025-10-21 16:38:04; the clock may be left out."}
        </p>
        <div className="as-of-choices">
          <Button onClick={() => choose(startOfDay(now, zone, 0))}>Start of today</Button>
          <Button onClick={() => choose(startOfDay(now, zone, 1))}>Start of yesterday</Button>
          {session !== null && ended !== null && parseTime(ended) !== null && (
            <Button onClick={() => choose(ended)}>End of the session of {visibleText(session.source)}</Button>
          )}
          {ofRow !== null && <Button onClick={() => choose(ofRow)}>Time of the selected row</Button>}
        </div>
      </form>
    </Modal>
  );
}
