import { useState } from "preact/hooks";
import { clock } from "../desk/format";
import { useSource } from "../desk/source";
import { Json } from "../parts/json";
import { Opens } from "../parts/opens";
import { Search } from "../parts/search";
import { preview } from "./preview";
import type { Happening, Trial } from "./trial";

const SIGNS: Readonly<Record<Happening["kind"], readonly [sign: string, word: string]>> = {
  sent: ["→", "sent"],
  received: ["←", "received"],
  answer: ["✓", "acknowledged"],
  note: ["·", "note"],
  trouble: ["!", "trouble"],
};

/** What went over the connection, newest first. */
export function Happenings({ title, trial }: { title: string; trial: Trial }) {
  const happenings = useSource(trial.happenings);
  const [search, setSearch] = useState("");
  const words = search.toLowerCase();
  const shown = words === "" ? happenings : happenings.filter((each) => speaksOf(each, words));
  return (
    <div class="happenings">
      <header>
        <h3>What happened</h3>
        <Search label="Only with" value={search} onChange={setSearch} />
        {happenings.length > 0 && (
          <button type="button" class="button small quiet" onClick={() => trial.clear()}>
            Clear
          </button>
        )}
      </header>
      {happenings.length === 0 ? (
        <p class="muted">Nothing yet. Connect, then send something.</p>
      ) : (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, which takes the focus
        <div class="happenings-log" role="log" tabIndex={0} aria-label={`What happened: ${title}`}>
          <ol>
            {shown.map((happening) => (
              <Item key={happening.key} happening={happening} />
            ))}
          </ol>
        </div>
      )}
    </div>
  );
}

function Item({ happening: { at, kind, title, payload } }: { happening: Happening }) {
  const [sign, word] = SIGNS[kind];
  const isBad = kind === "trouble" || title === "error" || isRefusal(payload);
  const head = (
    <>
      <span class="sign" aria-hidden="true">
        {sign}
      </span>
      <span class="unseen">{word}: </span>
      <span class="happening-title">{title}</span>
      {payload !== undefined && <span class="happening-payload">{preview(payload)}</span>}
      <time>{clock(at)}</time>
    </>
  );
  return (
    <li class="happening" data-kind={kind} data-tone={isBad ? "bad" : undefined}>
      {payload === undefined ? (
        <div class="happening-head">{head}</div>
      ) : (
        <Opens class="happening-head" head={head} body={() => <Json value={payload} label={`Payload of ${title}`} />} />
      )}
    </li>
  );
}

function speaksOf({ title, payload }: Happening, words: string): boolean {
  return `${title} ${JSON.stringify(payload) ?? ""}`.toLowerCase().includes(words);
}

/** An acknowledgement that says no. */
function isRefusal(payload: unknown): boolean {
  return typeof payload === "object" && payload !== null && "success" in payload && payload.success === false;
}
