import type { Row } from "../../../panel";

export interface Order {
  readonly key: string;
  readonly way: "ascending" | "descending";
}

const collator = new Intl.Collator("en", { numeric: true, sensitivity: "base" });

/** Rows by one column; what is empty comes last either way. */
export function sorted(rows: readonly Row[], order: Order | undefined): readonly Row[] {
  if (!order) return rows;
  const { key } = order;
  const sign = order.way === "ascending" ? 1 : -1;
  return [...rows].sort((one, other) => {
    const [a, b] = [one[key] ?? "", other[key] ?? ""];
    if (a === "" || b === "") return a === b ? 0 : a === "" ? 1 : -1;
    if (typeof a === "number" && typeof b === "number") return sign * (a - b);
    return sign * collator.compare(String(a), String(b));
  });
}
