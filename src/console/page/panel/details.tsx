import type { Action, Column, Row } from "../../../panel";
import type { PanelDetails } from "../../wire";
import { useFetched } from "../desk/fetched";
import { Cell } from "../parts/cell";
import { Copy } from "../parts/copy";
import { Dialog } from "../parts/dialog";
import { Loading, Notice, Trouble } from "../parts/notice";
import { Table } from "../parts/table";
import { Offers } from "./offers";

const LOOK_MS = 5_000;

interface DetailsProps {
  readonly path: string;
  readonly id: string;
  /** As the table shows it; undefined when it is not among its rows. */
  readonly row: Row | undefined;
  readonly name: string;
  readonly columns: readonly Column[];
  readonly actions: readonly Action[];
  readonly onChoose: (action: Action) => void;
  readonly onClose: () => void;
}

/** Everything about one row, along the side. */
export function Details({ path, id, row, name, columns, actions, onChoose, onClose }: DetailsProps) {
  const query = `${path}/details?id=${encodeURIComponent(id)}`;
  const { value: sections, trouble, again } = useFetched<PanelDetails>(query, LOOK_MS);
  return (
    <Dialog kind="drawer" title={name} onClose={onClose}>
      <div class="drawer-body">
        {actions.length > 0 && <Offers name={name} actions={actions} onChoose={onChoose} isWide />}
        <dl class="facts">
          {/* An id of the table's own means nothing to anybody, where another one is shown. */}
          {!columns.some(({ kind }) => kind === "id") && (
            <div>
              <dt>Id</dt>
              <dd>
                <code>{id}</code> <Copy text={id} />
              </dd>
            </div>
          )}
          {row &&
            columns.map(({ key, title, kind }) => (
              <div key={key}>
                <dt>{title}</dt>
                <dd>
                  <Cell kind={kind} value={row[key]} isWhole />
                  {kind === "id" && typeof row[key] === "string" && row[key] !== "" && <Copy text={row[key]} />}
                </dd>
              </div>
            ))}
        </dl>
        {trouble && <Trouble text={trouble} again={again} />}
        {!sections && !trouble && <Loading what="Looking…" />}
        {sections?.map((section) => (
          <section key={section.title} class="section">
            <h3>{section.title}</h3>
            {section.rows.length === 0 ? (
              <Notice title="Nothing here" />
            ) : (
              <div class="scrolls">
                <Table caption={section.title} columns={section.columns} rows={section.rows} copiesIds />
              </div>
            )}
          </section>
        ))}
      </div>
    </Dialog>
  );
}
