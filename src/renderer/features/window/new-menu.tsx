import { Menu } from "@base-ui/react/menu";
import { ChevronDown, Plus, Radio, Send } from "lucide-react";
import { Button } from "../../components/button.tsx";
import { newFetch } from "../../state/commands.ts";
import { useApp } from "../../state/context.ts";
import { newSend } from "../../state/sending.ts";
import { newSubscription } from "../../state/streams.ts";
import { useFetchObstacle } from "../as-of/fetch-obstacle.ts";
import { shortcut, spokenShortcuts } from "./shortcuts.ts";
import "../../components/menu.css";
import "./new-menu.css";

/** What is asked of a source anew: a fetch at one click, the rest beside it. */
export function NewMenu() {
  const app = useApp();
  const obstacle = useFetchObstacle();
  return (
    <span className="new-menu">
      <Button
        variant="primary"
        icon={<Plus size={14} />}
        unavailable={obstacle !== null}
        hint={
          obstacle ?? `Compose a request and archive what comes back (${spokenShortcuts("new-fetch").join(" or ")})`
        }
        onClick={() => newFetch(app)}
      >
        New fetch
      </Button>
      <Menu.Root>
        <Menu.Trigger className="button button-primary button-icon new-menu-more" aria-label="Send or subscribe">
          <ChevronDown size={14} aria-hidden />
        </Menu.Trigger>
        <Menu.Portal>
          <Menu.Positioner sideOffset={4} align="end">
            <Menu.Popup className="menu">
              <Menu.Item
                className="menu-item"
                title={obstacle ?? undefined}
                disabled={obstacle !== null}
                onClick={() => newFetch(app)}
              >
                <Plus size={14} aria-hidden />
                New fetch…
                <span className="menu-shortcut">{shortcut("new-fetch")}</span>
              </Menu.Item>
              <Menu.Item className="menu-item" onClick={() => newSubscription(app)}>
                <Radio size={14} aria-hidden />
                Subscribe to a stream…
              </Menu.Item>
              <Menu.Item className="menu-item" onClick={() => newSend(app)}>
                <Send size={14} aria-hidden />
                Send…
              </Menu.Item>
            </Menu.Popup>
          </Menu.Positioner>
        </Menu.Portal>
      </Menu.Root>
    </span>
  );
}
