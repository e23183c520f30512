import { Check, Copy } from "lucide-react";
import { useEffect, useState } from "react";
import { Button } from "./button.tsx";

const SHOWN_MS = 1500;

/** Puts a text on the clipboard and says so for a moment. */
export function CopyButton({ text, label }: { readonly text: string; readonly label: string }) {
  const [outcome, setOutcome] = useState<"none" | "copied" | "refused">("none");

  useEffect(() => {
    if (outcome === "none") return;
    const timer = setTimeout(() => setOutcome("none"), SHOWN_MS);
    return () => clearTimeout(timer);
  }, [outcome]);

  const copy = () => {
    navigator.clipboard.writeText(text).then(
      () => setOutcome("copied"),
      () => setOutcome("refused"),
    );
  };

  return (
    <Button
      variant="quiet"
      className="copy-button"
      aria-label={label}
      hint={outcome === "copied" ? "Copied" : outcome === "refused" ? "The clipboard refused" : label}
      icon={outcome === "copied" ? <Check size={13} className="tone-good" /> : <Copy size={13} />}
      onClick={copy}
    />
  );
}
