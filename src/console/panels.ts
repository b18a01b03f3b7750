import type { Context, Hono } from "hono";
import * as v from "valibot";
import { readJson, readQuery } from "../http/body";
import type { RestEnv } from "../http/rest";
import { type Action, MAX_ROWS, type Panel } from "../panel";
import { Refusal } from "../refusal";
import type { Log } from "../runtime/log";
import type { Access } from "./access";
import type { Done, PanelDetails, PanelInfo, PanelRows } from "./wire";

/** A panel, and whose it is. */
export interface Shown {
  /** An API's name, or `console`. */
  readonly owner: string;
  readonly panel: Panel;
}

const MAX_TEXT = 10_000;
/** Of a row: its parts may be ids of 128 characters each. */
const MAX_ID = 1_024;
/** Of a section; an API bounds what it reads by itself. */
const MAX_SECTION_ROWS = 500;

const text = (max: number) =>
  v.pipe(
    v.string(),
    v.check((value) => value.length <= max, `must have at most ${max} characters`),
  );
const searched = v.object({ search: v.optional(text(200), "") });
const named = v.object({ id: text(MAX_ID) });
const asked = v.object({
  action: text(64),
  id: v.optional(text(MAX_ID), ""),
  fields: v.optional(v.record(text(64), text(MAX_TEXT)), {}),
});

/** Tables of what there is, and what an operator does to it. */
export function addPanels(app: Hono<RestEnv>, panels: readonly Shown[], access: Access, log: Log): void {
  const path = "/panels/:api/:name";

  app.get("/panels", (c) => c.json(panels.map(describe)));

  app.get(path, async (c) => {
    const { panel } = find(c);
    const rows = await panel.rows(readQuery(c, searched).search.trim());
    return c.json({ rows: rows.slice(0, MAX_ROWS) } satisfies PanelRows);
  });

  app.get(`${path}/details`, async (c) => {
    const { panel } = find(c);
    const { id } = readQuery(c, named);
    if (!panel.details) throw new Refusal("not_found", `${panel.title} have no details`);
    const sections = await panel.details(id);
    return c.json(
      sections.map((section) => ({ ...section, rows: section.rows.slice(0, MAX_SECTION_ROWS) })) satisfies PanelDetails,
    );
  });

  app.post(path, async (c) => {
    const { owner, panel } = find(c);
    const given = await readJson(c, asked);
    const action = panel.actions.find(({ name }) => name === given.action);
    if (!action || !panel.act) throw new Refusal("invalid_request", "action is none of these", { field: "action" });
    const id = action.isForNone ? "" : given.id;
    if (!action.isForNone && id === "") throw new Refusal("invalid_request", "id is required", { field: "id" });
    const { userId, name: username } = access.demandCaller(c);
    const { address } = c.env.peer;
    const by = { userId, username, address, userAgent: c.req.header("user-agent") ?? "" };
    const message = await panel.act(action.name, id, fieldsOf(action, given.fields), by);
    // Without what was typed in, which may be a password.
    log.info(
      { operator: userId, panel: `${owner}/${panel.name}`, action: action.name, target: id },
      "an operator acts",
    );
    return c.json({ message } satisfies Done);
  });

  function find(c: Context<RestEnv>): Shown {
    const found = panels.find(({ owner, panel }) => owner === c.req.param("api") && panel.name === c.req.param("name"));
    if (!found) throw new Refusal("not_found", "There is no such panel");
    return found;
  }
}

function describe({ owner, panel }: Shown): PanelInfo {
  const { name, title, columns, actions, details } = panel;
  return { api: owner, name, title, columns, actions, hasDetails: details !== undefined };
}

/** What was filled in, as the action asks for it. @throws Refusal that names the field */
function fieldsOf(action: Action, given: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const fields: Record<string, string> = {};
  for (const { name, title, kind, choices, isOptional } of action.fields) {
    const typed = Object.hasOwn(given, name) ? (given[name] ?? "") : "";
    // Of a password every space counts.
    const value = kind === "password" ? typed : typed.trim();
    if (value === "") {
      if (isOptional) continue;
      throw wrong(name, `${title}: this is needed`);
    }
    if (kind === "number" && !Number.isFinite(Number(value))) throw wrong(name, `${title}: a number is needed`);
    if (kind === "choice" && !choices?.includes(value)) {
      throw wrong(name, `${title}: one of ${choices?.join(", ")} is needed`);
    }
    fields[name] = value;
  }
  return fields;
}

function wrong(field: string, message: string): Refusal {
  return new Refusal("invalid_request", message, { field });
}
