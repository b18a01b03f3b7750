import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import type { Column, Row } from "../../../panel";
import { Cell } from "./cell";
import { Copy } from "./copy";
import { Icon } from "./icon";
import { type Order, sorted } from "./order";

interface TableProps {
  /** Says what the table is about to those who do not see it. */
  readonly caption: string;
  readonly columns: readonly Column[];
  readonly rows: readonly Row[];
  /** Makes the first column's value a button. */
  readonly onOpen?: ((row: Row) => void) | undefined;
  readonly actions?: ((row: Row) => ComponentChildren) | undefined;
  /** Ids can be taken from here to where one is asked for. */
  readonly copiesIds?: boolean;
}

const RIGHT = new Set(["number", "bytes"]);

/** A table that sorts by its headings; on a phone each row is a card. */
export function Table({ caption, columns, rows, onOpen, actions, copiesIds }: TableProps) {
  const [order, setOrder] = useState<Order>();
  const shown = sorted(rows, order);
  return (
    <table class="table">
      <caption class="unseen">{caption}</caption>
      <thead>
        <tr>
          {columns.map((column) => (
            <Heading key={column.key} column={column} order={order} onOrder={setOrder} />
          ))}
          {actions && (
            <th scope="col" class="actions">
              <span class="unseen">Actions</span>
            </th>
          )}
        </tr>
      </thead>
      <tbody>
        {shown.map((row) => (
          <tr key={row.id}>
            {columns.map((column, at) => (
              <td key={column.key} data-title={column.title} class={RIGHT.has(column.kind) ? "right" : undefined}>
                {at === 0 && onOpen ? (
                  <button type="button" class="link" onClick={() => onOpen(row)}>
                    <Cell kind={column.kind} value={row[column.key]} />
                    <span class="unseen">, details</span>
                  </button>
                ) : (
                  <Cell kind={column.kind} value={row[column.key]} />
                )}
                {copiesIds && column.kind === "id" && typeof row[column.key] === "string" && (
                  <Copy text={String(row[column.key])} label={`Copy ${row[column.key]}`} isSmall />
                )}
              </td>
            ))}
            {actions && <td class="actions">{actions(row)}</td>}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

interface HeadingProps {
  readonly column: Column;
  readonly order: Order | undefined;
  readonly onOrder: (order: Order | undefined) => void;
}

/** Up, down, and back to the order of the server. */
function Heading({ column, order, onOrder }: HeadingProps) {
  const way = order?.key === column.key ? order.way : undefined;
  const next = way === undefined ? "ascending" : way === "ascending" ? "descending" : undefined;
  return (
    <th scope="col" aria-sort={way} class={RIGHT.has(column.kind) ? "right" : undefined}>
      <button type="button" class="heading" onClick={() => onOrder(next && { key: column.key, way: next })}>
        {column.title}
        {way && <Icon name={way === "ascending" ? "up" : "down"} />}
      </button>
    </th>
  );
}
