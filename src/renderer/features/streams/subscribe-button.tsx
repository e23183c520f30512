import type { KnownSource } from "../../../shared/contract.ts";
import { Button } from "../../components/button.tsx";
import { useApp } from "../../state/context.ts";
import { newSubscription } from "../../state/streams.ts";
import { EMPTY_SUBSCRIPTION } from "./subscription-draft.ts";

/** Subscribes to a source whose adapter streams; nothing for others. */
export function SubscribeButton({ source, mapping }: Pick<KnownSource, "source" | "mapping">) {
  const app = useApp();
  const adapter = mapping?.settings.adapter;
  if (adapter !== "websocket" && adapter !== "sse") return null;
  return (
    <Button
      aria-label={`Subscribe to ${source}`}
      onClick={() => newSubscription(app, { ...EMPTY_SUBSCRIPTION, source, adapter: "mapped" })}
    >
      Subscribe…
    </Button>
  );
}
