import { ArchivedText } from "../../components/archived-text.tsx";
import { stringValue } from "../../format/json-text.ts";
import { formatCount } from "../../format/quantities.ts";
import { visibleText } from "../../format/visible-text.ts";
import { type ComposerDraft, labelOf } from "./draft.ts";
import { eachValues, forEach, hasPlace, MOST_REQUESTS, PLACE } from "./for-each.ts";
import { fieldText, formText, readForm, withFieldText, withType } from "./params-form.ts";
import { currentOf } from "./request-list.ts";

export interface EachValuesProps {
  readonly draft: ComposerDraft;
  readonly onChange: (patch: Partial<ComposerDraft>) => void;
}

/** How many of the first requests are shown; the last one always is. */
const FIRST = 3;

/** What the values of a request make of it. */
export function EachValues({ draft, onChange }: EachValuesProps) {
  const values = eachValues(draft.each);
  if (values.length === 0 || !hasPlace(draft)) return <PutInto draft={draft} onChange={onChange} />;
  const count = values.length > MOST_REQUESTS ? `more than ${formatCount(MOST_REQUESTS)}` : formatCount(values.length);
  const shown = values.length <= FIRST + 1 ? values : [...values.slice(0, FIRST), ...values.slice(-1)];
  const made = forEach(currentOf(draft), shown);
  return (
    <section className="each-values" aria-label="What it makes">
      <p className="muted">
        {values.length === 1 ? "1 request:" : `${count} requests, of which the first and the last are:`}
      </p>
      <ul>
        {made.map((request, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: values may be equal, and only their order tells them apart.
          <li key={index}>
            <ArchivedText text={request.kind} />{" "}
            <ArchivedText text={labelOf(request.paramsJson).slice(0, 300)} className="mono muted" />
          </li>
        ))}
      </ul>
    </section>
  );
}

/** Puts the place of the value into a param; a day becomes the first of the values. */
function PutInto({ draft, onChange }: EachValuesProps) {
  const reading = readForm(draft.paramsJson);
  const params = reading.ok ? reading.form.params.filter(({ type }) => type === "text" || type === "date") : [];
  if (!reading.ok || params.length === 0 || hasPlace(draft)) return null;
  return (
    <label className="each-into">
      <span>Write {PLACE} into the text of a param, or in the place of</span>
      <select
        className="input"
        value=""
        onChange={(event) => {
          const param = params.find(({ id }) => String(id) === event.target.value);
          if (param === undefined) return;
          const day = param.type === "date" ? fieldText(param) : "";
          const form = withFieldText(withType(reading.form, param.id, "text"), param.id, PLACE);
          onChange({
            paramsJson: formText(form),
            ...(draft.each.trim() === "" && day !== "" ? { each: `${day}..${day}` } : {}),
          });
        }}
      >
        <option value="">…</option>
        {params.map((param) => (
          <option key={param.id} value={param.id}>
            {visibleText(stringValue(param.name))}
          </option>
        ))}
      </select>
    </label>
  );
}
