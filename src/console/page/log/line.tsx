import type { LogLine } from "../../wire";
import { clock, exact } from "../desk/format";
import { Json } from "../parts/json";
import { Opens } from "../parts/opens";

/** One line of the log; what else it knows opens below. */
export function Line({ line }: { line: LogLine }) {
  const at = Date.parse(line.time);
  const head = (
    <>
      <time dateTime={line.time} title={exact(at)}>
        {clock(at)}
      </time>
      <span class="level" data-level={line.level}>
        {line.level}
      </span>
      <span class="log-api">{line.api ?? ""}</span>
      <span class="log-text">
        {line.message}
        <Preview fields={line.fields} />
      </span>
    </>
  );
  if (Object.keys(line.fields).length === 0) return <li class="log-line plain">{head}</li>;
  return (
    <li class="log-line">
      <Opens head={head} body={() => <Json value={line.fields} label="What the line knows" />} />
    </li>
  );
}

/** The fields as far as one line goes. */
function Preview({ fields }: { fields: LogLine["fields"] }) {
  const parts = Object.entries(fields).map(([name, value]) => {
    const text = typeof value === "string" ? value : (JSON.stringify(value) ?? "");
    return `${name}=${text.length > 60 ? `${text.slice(0, 60)}…` : text}`;
  });
  return parts.length === 0 ? null : <span class="log-fields"> {parts.join("  ")}</span>;
}
