import { useEffect, useRef, useState } from "preact/hooks";
import { type Action, MAX_ROWS, type Row } from "../../../panel";
import type { PanelInfo, PanelRows } from "../../wire";
import { useFetched } from "../desk/fetched";
import { plural, titled } from "../desk/format";
import { keepInAddress, type Route } from "../desk/route";
import { Loading, Notice, Trouble } from "../parts/notice";
import { Page } from "../parts/page";
import { Search } from "../parts/search";
import { Table } from "../parts/table";
import { ActionDialog } from "./action";
import { Details } from "./details";
import { nameOf, offersFor } from "./offered";
import { Offers } from "./offers";

const LOOK_MS = 4_000;

interface Asked {
  readonly action: Action;
  readonly id: string;
  readonly name: string;
}

/** One table of what there is, and what can be done to it. */
export function Panel({ info, route }: { info: PanelInfo; route: Route }) {
  const [search, setSearch] = useState(route.query.get("search") ?? "");
  const [openId, setOpenId] = useState(route.query.get("id") ?? "");
  const [asked, setAsked] = useState<Asked>();
  const path = `/panels/${encodeURIComponent(info.api)}/${encodeURIComponent(info.name)}`;
  const { value, trouble, again } = useFetched<PanelRows>(`${path}?search=${encodeURIComponent(search)}`, LOOK_MS);
  useEffect(() => {
    keepInAddress("panel", [info.api, info.name], { search, id: openId });
  }, [info, search, openId]);

  // While another search is under way, the rows of the last one stay.
  const last = useRef<readonly Row[]>(undefined);
  if (value) last.current = value.rows;
  const rows = last.current;

  const firstKey = info.columns[0]?.key;
  const rowActions = info.actions.filter(({ isForNone }) => !isForNone);
  const ask = (action: Action, id: string, name: string) => setAsked({ action, id, name });
  const openRow = rows?.find(({ id }) => id === openId);
  const openName = openRow ? nameOf(openRow, firstKey) : openId;

  return (
    <Page
      title={info.title}
      group={titled(info.api)}
      aside={info.actions
        .filter(({ isForNone }) => isForNone)
        .map((action) => (
          <button key={action.name} type="button" class="button primary" onClick={() => ask(action, "", "")}>
            {action.title}
          </button>
        ))}
    >
      <div class="toolbar">
        <Search label={`Search ${info.title}`} value={search} onChange={setSearch} />
        <span class="muted" role="status">
          {rows && counted(rows.length)}
        </span>
      </div>
      {trouble && <Trouble text={trouble} again={again} />}
      {!rows && !trouble && <Loading what="Looking…" />}
      {rows?.length === 0 && (
        <Notice title={search === "" ? "Nothing here yet" : `Nothing matches “${search}”`}>
          {search === "" ? "What there will be appears by itself." : "The search looks at what the columns show."}
        </Notice>
      )}
      {rows && rows.length > 0 && (
        <div class="card scrolls cards-on-phone">
          <Table
            caption={info.title}
            columns={info.columns}
            rows={rows}
            onOpen={info.hasDetails ? ({ id }) => setOpenId(id) : undefined}
            actions={
              rowActions.length === 0
                ? undefined
                : (row) => {
                    const name = nameOf(row, firstKey);
                    return (
                      <Offers
                        name={name}
                        actions={offersFor(rowActions, row)}
                        onChoose={(action) => ask(action, row.id, name)}
                      />
                    );
                  }
            }
          />
        </div>
      )}
      {openId !== "" && info.hasDetails && (
        <Details
          path={path}
          id={openId}
          row={openRow}
          name={openName}
          columns={info.columns}
          actions={openRow ? offersFor(rowActions, openRow) : []}
          onChoose={(action) => ask(action, openId, openName)}
          onClose={() => setOpenId("")}
        />
      )}
      {asked && (
        <ActionDialog
          key={`${asked.action.name} ${asked.id}`}
          {...asked}
          row={rows?.find(({ id }) => id === asked.id)}
          path={path}
          onDone={() => void again()}
          onClose={() => setAsked(undefined)}
        />
      )}
    </Page>
  );
}

function counted(count: number): string {
  return count >= MAX_ROWS ? `The newest ${MAX_ROWS}; search for others` : plural(count, "row");
}
