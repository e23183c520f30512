import { Banner } from "../../components/banner.tsx";
import { Button } from "../../components/button.tsx";
import { backToNow } from "../../state/as-of.ts";
import { useApp, useRows } from "../../state/context.ts";
import { isLater } from "./moments.ts";

/** Over a row that was not there yet at the moment that the window is as of. */
export function AsOfNotice({ time }: { readonly time: string }) {
  const app = useApp();
  const asOf = useRows((state) => state.listing?.asOf ?? null);
  if (!isLater(time, asOf)) return null;
  return (
    <Banner
      tone="doubt"
      title="This row came later"
      actions={<Button onClick={() => backToNow(app)}>Back to now</Button>}
    >
      <p>At the moment that the lists are as of, it was not there yet.</p>
    </Banner>
  );
}
