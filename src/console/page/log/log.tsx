import { useState } from "preact/hooks";
import type { LogLine } from "../../wire";
import { useDesk } from "../desk/desk";
import { number, titled } from "../desk/format";
import { useSource } from "../desk/source";
import { Icon } from "../parts/icon";
import { Notice } from "../parts/notice";
import { Page } from "../parts/page";
import { Search } from "../parts/search";
import { type Filter, LEVELS, passes } from "./filter";
import { Line } from "./line";

/** More in a page helps nobody, and slows the browser. */
const SHOWN = 400;

const TITLES: Readonly<Record<LogLine["level"], string>> = {
  debug: "Everything",
  info: "Info and above",
  warn: "Warnings and errors",
  error: "Errors only",
};

/** The server's log as it is written, newest first. */
export function Log() {
  const { stream } = useDesk();
  const lines = useSource(stream.lines);
  const apis = useSource(stream.figures).at(-1)?.apis ?? [];
  const [filter, setFilter] = useState<Filter>({ level: "debug", api: "", text: "" });
  /** What is looked at while nothing may move. */
  const [held, setHeld] = useState<readonly LogLine[]>();

  const chosen = (held ?? lines).filter((line) => passes(line, filter));
  const missed = held ? lines.filter((line) => passes(line, filter)).length - chosen.length : 0;
  return (
    <Page title="Log" about="As it is written, newest first. Secrets are taken out before it leaves the server.">
      <div class="toolbar">
        <Search label="Search the log" value={filter.text} onChange={(text) => setFilter({ ...filter, text })} />
        <select
          aria-label="Level"
          value={filter.level}
          onChange={(event) => setFilter({ ...filter, level: event.currentTarget.value as LogLine["level"] })}
        >
          {LEVELS.map((level) => (
            <option key={level} value={level}>
              {TITLES[level]}
            </option>
          ))}
        </select>
        <select
          aria-label="API"
          value={filter.api}
          onChange={(event) => setFilter({ ...filter, api: event.currentTarget.value })}
        >
          <option value="">All APIs</option>
          {apis.map(({ name }) => (
            <option key={name} value={name}>
              {titled(name)}
            </option>
          ))}
        </select>
        <button
          type="button"
          class="button"
          aria-pressed={held !== undefined}
          onClick={() => setHeld(held ? undefined : lines)}
        >
          <Icon name={held ? "play" : "pause"} />
          {held ? "Go on" : "Pause"}
        </button>
        <span class="muted" role="status">
          {held ? `Paused${missed > 0 ? `; ${number(missed)} more since` : ""}` : ""}
        </span>
      </div>
      {chosen.length === 0 ? (
        <Notice title={lines.length === 0 ? "Nothing was logged yet" : "No line passes this filter"}>
          {lines.length === 0 && "How much a server logs is its HEADEND_LOG_LEVEL."}
        </Notice>
      ) : (
        <ol class="card log" aria-label="Log lines, newest first">
          {chosen.slice(0, SHOWN).map((line) => (
            <Line key={`${line.time} ${line.id}`} line={line} />
          ))}
        </ol>
      )}
    </Page>
  );
}
