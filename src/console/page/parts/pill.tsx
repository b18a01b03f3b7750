// One colour for each kind of state, whoever's state it is. Words that stand nowhere are shown without a colour.
const GOOD =
  "ok ready live online active available complete completed done enabled healthy approved signed-in published finished stored";
const BUSY = "queued pending running processing claimed downloading progress starting connecting syncing in-progress";
const WARN = "degraded muted warn warning expiring slow idle paused expired";
const BAD =
  "error failed banned disabled revoked declined lost cancelled canceled unhealthy refused deleted denied blocked";

const TONES = new Map(
  Object.entries({ good: GOOD, busy: BUSY, warn: WARN, bad: BAD }).flatMap(([tone, words]) =>
    words.split(" ").map((word) => [word, tone] as const),
  ),
);

/** A state as a word in a colour. */
export function Pill({ state }: { state: string }) {
  const word = state.toLowerCase().replaceAll(/[\s_]+/g, "-");
  return (
    <span class="pill" data-tone={TONES.get(word) ?? "plain"}>
      {state}
    </span>
  );
}
