import { useDesk } from "../desk/desk";
import { useSource } from "../desk/source";
import type { Phase } from "../desk/stream";

const WORDS: Readonly<Record<Phase, string>> = {
  connecting: "Connecting…",
  open: "Live",
  lost: "Connection lost, trying again…",
};

/** Whether what is shown is what is. */
export function Live() {
  const phase = useSource(useDesk().stream.phase);
  return (
    <span class="stream-state" data-phase={phase} role="status">
      {WORDS[phase]}
    </span>
  );
}
