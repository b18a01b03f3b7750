import { useEffect, useState } from "preact/hooks";
import type { EventInfo } from "../../wire";
import { hrefOf } from "../desk/route";
import { Json } from "../parts/json";
import { anchorOf } from "./chosen";
import { Form } from "./form";
import { formsOf } from "./schema";

interface EventProps {
  readonly api: string;
  readonly namespace: string;
  readonly info: EventInfo;
  readonly way: "to" | "from";
  /** Where the address points: this one, perhaps. */
  readonly anchor: string;
}

/** One event: what for, who may, how often, and what is in it. */
export function Event({ api, namespace, info, way, anchor }: EventProps) {
  const id = anchorOf(api, namespace, way, info.event);
  const [isOpen, setOpen] = useState(anchor === id);
  useEffect(() => {
    if (anchor === id) setOpen(true);
  }, [anchor, id]);
  return (
    <details class="event" id={id} open={isOpen} onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>
        <code class="event-name">{info.event}</code>
        <span class="event-summary">{info.summary}</span>
      </summary>
      {isOpen && (
        <div class="event-body">
          <p class="muted">
            {info.access !== undefined && <>May be sent by: {info.access}. </>}
            {info.limits && info.limits.length > 0 && <>Limit: {info.limits.join(" and ")}. </>}
            <a href={`#${id}`}>Address of this event</a>
            {way === "to" && (
              <>
                {" · "}
                <a href={hrefOf("try", [], { api, namespace, event: info.event })}>Try it</a>
              </>
            )}
          </p>
          {formsOf(info.schema).map((fields, at, forms) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: forms have no names, and never change places
            <Form key={at} title={forms.length > 1 ? `Form ${at + 1} of ${forms.length}` : "Payload"} fields={fields} />
          ))}
          <h5>Example</h5>
          <Json value={info.example} label={`Example of ${info.event}`} />
        </div>
      )}
    </details>
  );
}
