import { useEffect, useState } from "preact/hooks";
import { Icon } from "./icon";

const SHOWN_MS = 1_600;

/** Puts a text on the clipboard, and says so. */
export function Copy({ text, label = "Copy", isSmall = false }: { text: string; label?: string; isSmall?: boolean }) {
  const [outcome, setOutcome] = useState<"done" | "failed">();
  useEffect(() => {
    if (!outcome) return;
    const timer = setTimeout(() => setOutcome(undefined), SHOWN_MS);
    return () => clearTimeout(timer);
  }, [outcome]);
  const copy = () =>
    navigator.clipboard.writeText(text).then(
      () => setOutcome("done"),
      () => setOutcome("failed"),
    );
  return (
    <button type="button" class={`button small quiet ${isSmall ? "square" : ""}`} title={label} onClick={copy}>
      <Icon name={outcome === "done" ? "done" : "copy"} />
      <span class={isSmall ? "unseen" : undefined} aria-live="polite">
        {outcome === "done" ? "Copied" : outcome === "failed" ? "Not allowed" : label}
      </span>
    </button>
  );
}
