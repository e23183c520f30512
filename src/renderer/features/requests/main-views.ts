/** What the middle of the window can show, in words. */
import type { MainView } from "../../state/ui.ts";

export const MAIN_VIEWS: readonly { readonly value: MainView; readonly label: string }[] = [
  { value: "responses", label: "Responses" },
  { value: "requests", label: "Requests" },
  { value: "sessions", label: "Sessions" },
  { value: "overview", label: "Overview" },
];
